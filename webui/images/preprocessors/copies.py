"""Maps that are coarse copies of a picture: blurred, smaller, in blocks, or stirred up."""

from __future__ import annotations

import cv2
import numpy as np
from numpy import typing as npt

from webui.images.preprocessors.channels import Levels, colours

_WIDEST_BLUR = 8.0
"""Pixels of a blur that is worked out at full size; wider ones are on a smaller copy."""

_MOST_SHUFFLED = 16_384
"""Pixels along a side up to which pictures are stirred by OpenCV, which counts them in 16 bits."""


def blur_gaussian(pixels: Levels, a: float, b: float) -> Levels:
    """Gaussian blur over `a` pixels."""
    picture, sigma = colours(pixels), max(a, 0.01)
    height, width = picture.shape[:2]
    shrink = max(1, int(min(sigma / _WIDEST_BLUR, height, width)))
    small = _scaled(picture, width // shrink, height // shrink, cv2.INTER_AREA)
    sigma = min(sigma / shrink, float(max(small.shape)))
    blurred = cv2.GaussianBlur(small, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return _scaled(np.asarray(blurred, np.uint8), width, height, cv2.INTER_LINEAR)


def tile_resample(pixels: Levels, a: float, b: float) -> Levels:
    """The picture without detail finer than `a` pixels, for networks that put in new ones."""
    picture = colours(pixels)
    height, width = picture.shape[:2]
    if a <= 1:
        return picture
    small = _scaled(picture, max(1, int(width / a)), max(1, int(height / a)), cv2.INTER_AREA)
    return _scaled(small, width, height, cv2.INTER_CUBIC)


def tile_colorfix(pixels: Levels, a: float, b: float) -> Levels:
    """The picture's colours without its detail: each the mean over `a` pixels to all sides.

    The larger, the freer is what a network puts in between them.
    """
    side = 2 * max(1, round(a)) + 1
    mean = cv2.blur(colours(pixels), (side, side), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(mean, np.uint8)


def color_grid(pixels: Levels, a: float, b: float) -> Levels:
    """Square blocks of `a` pixels, each of the mean colour of what is in it."""
    picture, side = colours(pixels), max(1, round(a))
    height, width = picture.shape[:2]
    blocks = _scaled(picture, max(1, width // side), max(1, height // side), cv2.INTER_AREA)
    return _scaled(blocks, width, height, cv2.INTER_NEAREST)


def shuffle(pixels: Levels, a: float, b: float) -> Levels:
    """The picture stirred up: its colours and textures are left, its composition is gone.

    `a` is the seed; the same one stirs alike. Each pixel takes its colour from a place that two
    fields of smooth noise tell, as in the training of ControlNet's shuffle.
    """
    picture = colours(pixels)
    height, width = picture.shape[:2]
    if max(height, width) > _MOST_SHUFFLED:
        raise ValueError(f"A picture of {width} × {height} pixels is too large to be shuffled.")
    randomness = np.random.Generator(np.random.PCG64(abs(int(a))))
    columns, rows = (
        _smooth_noise(randomness, height, width) * np.float32(side - 1) for side in (width, height)
    )
    return np.asarray(cv2.remap(picture, columns, rows, cv2.INTER_LINEAR), np.uint8)


def _smooth_noise(
    randomness: np.random.Generator, height: int, width: int
) -> npt.NDArray[np.float32]:
    """Noise [h, w] from 0 to 1, both reached, with waves about half as long as the shorter side."""
    wave = max(1.0, min(height, width) / 2)
    grid = (int(height / wave) + 2, int(width / wave) + 2)
    grains = randomness.random(grid, dtype=np.float32)
    # the outer half of the rim's cells has nothing beyond it to flow to: left out
    margin = int(wave / 2)
    size = (width + 2 * margin, height + 2 * margin)
    smooth = np.asarray(cv2.resize(grains, size, interpolation=cv2.INTER_CUBIC), np.float32)
    smooth = smooth[margin : margin + height, margin : margin + width]
    low, high = float(smooth.min()), float(smooth.max())
    return np.asarray((smooth - low) / max(high - low, 1e-6), np.float32)


def _scaled(picture: Levels, width: int, height: int, kind: int) -> Levels:
    if picture.shape[:2] == (height, width):
        return picture
    return np.asarray(cv2.resize(picture, (width, height), interpolation=kind), np.uint8)
