"""Something plausible where a picture is to be drawn anew, for the model to start from."""

from __future__ import annotations

from math import ceil, log2
from typing import TypeAlias, cast

import numpy as np
from numpy import typing as npt
from PIL import Image
from scipy import ndimage
from scipy.fft import next_fast_len
from scipy.signal import windows

from webui.images.masks import bounds, check_mask

_Floats: TypeAlias = npt.NDArray[np.float32]
_Where: TypeAlias = npt.NDArray[np.bool_]

_MID_GREY = 128
"""Where no colour is kept that could be continued."""

_SOFTENINGS = 8
"""At each level of a pyramid; the more, the nearer a filled hole comes to a smooth surface."""

_PIXELS_PER_BLUR = 4.0
"""At d pixels from the edge, colours are blurred over about 1 + d / 4."""

_WIDEST_SEAM = 32.0
"""Pixels over which the edge's colours give way to noise."""

_BINS = 4096
"""Of the levels of noise, when its colours are matched; 16 to each of the picture's."""


def filled_in(pixels: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The picture [h, w, 3] with the colours around each hole of the mask flowing into it.

    Colours come from where the mask is 0, and that stays exactly as it is; elsewhere they replace
    the picture by the mask's weight. Without any kept pixel they are mid grey. The way is to pull
    and push (Gortler et al., "The Lumigraph", 1996), softened at each level. Raises ValueError for
    a mask of another size.
    """
    check_mask(pixels, mask)
    known = mask == 0
    if not known.any() or known.all():
        return _laid_over(pixels, np.full(pixels.shape, _MID_GREY, np.float32), mask)
    return _laid_over(pixels, _flowed(pixels.astype(np.float32), known), mask)


def edge_filled(
    pixels: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """The picture [h, w, 3] continued over the rim that the mask marks, by its nearest colours.

    The further out, the more they are blurred. Where the mask is 0 nothing changes; between, its
    weight counts. Without any kept pixel the rim is mid grey. Raises ValueError for a mask of
    another size.
    """
    check_mask(pixels, mask)
    if mask.all() or not mask.any():
        return filled_in(pixels, mask)
    nearest, distance = _edges(pixels, mask > 0)
    return _laid_over(pixels, _blurred_outwards(nearest, distance), mask)


def spectrum_filled(
    pixels: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8], seed: int
) -> npt.NDArray[np.uint8]:
    """The picture [h, w, 3] continued over the rim that the mask marks, by noise like itself.

    The noise has the spectrum of what is kept, with random phases, and its colours; near the kept
    part it gives way to `edge_filled`. The same seed (0 or more) gives the same. Where the mask is
    0 nothing changes; between, its weight counts. Without any kept pixel the rim is mid grey.
    Raises ValueError for a mask of another size.
    """
    check_mask(pixels, mask)
    rim = mask > 0
    kept = bounds((~rim).astype(np.uint8))
    if kept is None or not rim.any():
        return filled_in(pixels, mask)
    nearest, distance = _edges(pixels, rim)
    smooth = _blurred_outwards(nearest, distance)
    randomness = np.random.Generator(np.random.PCG64(seed))
    noise = _noise_like(kept.of(smooth), (mask.shape[0], mask.shape[1]), randomness)
    noise = _with_colours_of(noise, pixels, rim)
    seam = min(_WIDEST_SEAM, max(1.0, float(distance.max()) / 4))
    share = np.clip(distance / seam, 0, 1)[..., None]
    share = share * share * (3 - 2 * share)
    mixed = np.asarray(smooth + (noise - smooth) * share, np.float32)
    return _laid_over(pixels, mixed, mask)


def _laid_over(
    pixels: npt.NDArray[np.uint8], colours: _Floats, mask: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """Colours over the picture by the mask's weight; exactly the picture where it is 0."""
    share = mask[..., None].astype(np.float32) / 255
    mixed = pixels + (colours - pixels) * share
    return np.rint(mixed).astype(np.uint8)


def _flowed(colours: _Floats, known: _Where) -> _Floats:
    """Colours [h, w, 3] everywhere, from where they are known, [h, w]; which is somewhere."""
    if known.all():
        return colours
    pushed = _doubled(_flowed(*_halved(colours, known)), known.shape[0], known.shape[1])
    mixed = np.where(known[..., None], colours, pushed)
    for _ in range(_SOFTENINGS):
        mixed = np.where(known[..., None], colours, _neighbours(mixed))
    return mixed


def _halved(colours: _Floats, known: _Where) -> tuple[_Floats, _Where]:
    """Half the size, rounded up: the mean of what is known in each square of four."""
    odd = ((0, known.shape[0] % 2), (0, known.shape[1] % 2))
    weights = np.pad(known, odd).astype(np.float32)
    values = np.pad(colours, (*odd, (0, 0))) * weights[..., None]
    high, wide = weights.shape[0] // 2, weights.shape[1] // 2
    count = weights.reshape(high, 2, wide, 2).sum(axis=(1, 3))
    total = values.reshape(high, 2, wide, 2, 3).sum(axis=(1, 3))
    return total / np.maximum(count, 1)[..., None], count > 0


def _doubled(colours: _Floats, height: int, width: int) -> _Floats:
    """Twice the size, or one less, interpolated between the middles of pixels."""
    for axis, length in enumerate((height, width)):
        places = (np.arange(length) + 0.5) / 2 - 0.5
        before = np.floor(places).astype(np.intp)
        share = (places - before).astype(np.float32)
        share = share[:, None, None] if axis == 0 else share[None, :, None]
        last = colours.shape[axis] - 1
        near = np.take(colours, np.clip(before, 0, last), axis)
        far = np.take(colours, np.clip(before + 1, 0, last), axis)
        colours = np.asarray(near + (far - near) * share, np.float32)
    return colours


def _neighbours(colours: _Floats) -> _Floats:
    """The mean of the four neighbours of each pixel; at a border, of the pixel itself too."""
    around = np.pad(colours, ((1, 1), (1, 1), (0, 0)), mode="edge")
    across = around[1:-1, :-2] + around[1:-1, 2:]
    return (across + around[:-2, 1:-1] + around[2:, 1:-1]) * np.float32(0.25)


def _edges(pixels: npt.NDArray[np.uint8], rim: _Where) -> tuple[npt.NDArray[np.uint8], _Floats]:
    """The nearest kept colour for each pixel, [h, w, 3], and how far away it is, [h, w]."""
    distance, (rows, columns) = cast(
        "tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]",
        ndimage.distance_transform_edt(rim, return_indices=True),
    )
    return pixels[rows, columns], distance.astype(np.float32)


def _blurred_outwards(nearest: npt.NDArray[np.uint8], distance: _Floats) -> _Floats:
    """Ever coarser versions of a picture, one fading into the next with the distance."""
    height, width = distance.shape
    picture, result = Image.fromarray(nearest), nearest.astype(np.float32)
    level = np.log2(1 + distance / _PIXELS_PER_BLUR)
    for step in range(1, ceil(log2(1 + float(distance.max()) / _PIXELS_PER_BLUR)) + 1):
        side = 2**step
        coarse = picture.reduce(side).resize(
            (width, height), Image.Resampling.BILINEAR, box=(0, 0, width / side, height / side)
        )
        share = np.clip(level - (step - 1), 0, 1)[..., None]
        result += (np.asarray(coarse) - result) * share
    return result


def _noise_like(sample: _Floats, size: tuple[int, int], randomness: np.random.Generator) -> _Floats:
    """Noise of a size [h, w], no smaller than the sample, with its spectrum: [h, w, 3] around 0.

    All channels are given the same random phases, so that colours still go together (Galerne et
    al., "Random Phase Textures", 2011). The sample fades out to its edges, or they would be seen
    in the spectrum as a cross.
    """
    high, wide = (windows.hann(side + 2)[1:-1].astype(np.float32) for side in sample.shape[:2])
    window = (high[:, None] * wide)[..., None]
    centred = sample - (sample * window).sum(axis=(0, 1)) / window.sum()
    grid = [cast("int", next_fast_len(side, real=True)) for side in size]
    spectrum = np.fft.rfft2((centred * window).transpose(2, 0, 1), s=grid)
    phases = np.fft.rfft2(randomness.standard_normal(grid, dtype=np.float32))
    phases /= np.maximum(np.abs(phases), np.finfo(np.float32).tiny)
    noise = np.fft.irfft2(spectrum * phases, s=grid)[:, : size[0], : size[1]]
    return np.asarray(noise.transpose(1, 2, 0), np.float32)


def _with_colours_of(noise: _Floats, pixels: npt.NDArray[np.uint8], rim: _Where) -> _Floats:
    """Noise [h, w, 3] whose channels in the rim have the histograms of what is kept."""
    matched = np.zeros_like(noise)
    for channel in range(3):
        values = noise[..., channel][rim]
        low, high = float(values.min()), float(values.max())
        scale = (_BINS - 1) / max(high - low, 1e-6)
        bins = ((values - low) * scale).astype(np.intp)
        levels = np.bincount(pixels[..., channel][~rim], minlength=256)
        there = np.flatnonzero(levels)
        table = np.interp(_ranks(np.bincount(bins, minlength=_BINS)), _ranks(levels)[there], there)
        matched[rim, channel] = table[bins]
    return matched


def _ranks(counts: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Where the middle of each bin of a histogram stands among all that it counts, 0..1."""
    return (np.cumsum(counts) - counts / 2) / counts.sum()
