"""Masks: uint8 [h, w], 255 where a picture is drawn anew and 0 where it is kept."""

from __future__ import annotations

from math import floor

import numpy as np
from numpy import typing as npt
from PIL import Image
from scipy import ndimage

from webui.images.region import Box

WIDEST_BLUR = 128
"""Pixels; twice what A1111 offers. The time a blur takes grows with it."""

_HALF = 127
"""A pixel belongs to a mask above this."""

_SAME_COLOUR = 2
"""Levels by which the colours of one brush may differ."""


def check_mask(pixels: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8]) -> None:
    """Raises ValueError where a mask [h, w] is not of the size of its picture [h, w, ...]."""
    if mask.ndim != 2 or mask.shape != pixels.shape[:2]:
        raise ValueError(
            f"A mask is as large as its picture: [h, w] {pixels.shape[:2]}, not {mask.shape}."
        )


def mask_of(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """What an uploaded mask picture, [h, w, 3] or [h, w, 4], means.

    A layer painted in one colour on nothing tells by its alpha: painted is 255. Any other picture
    tells by its luminance, and what is transparent counts as black. Raises ValueError for another
    number of channels.
    """
    if picture.ndim != 3 or picture.shape[2] not in (3, 4):
        raise ValueError(
            f"A mask picture has 3 or 4 channels, [h, w, 3 or 4], not {picture.shape}."
        )
    luminance = np.array(Image.fromarray(picture[..., :3]).convert("L"))
    if picture.shape[2] == 3:
        return luminance
    alpha = picture[..., 3]
    if alpha.min() < 255 and _of_one_colour(picture[..., :3], alpha):
        return alpha.copy()
    return _times(luminance, alpha)


def _of_one_colour(colours: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8]) -> bool:
    """Whether all that shows has one colour.

    Browsers keep colours multiplied by alpha in 8 bits, so that the soft edge of a stroke comes
    back with a colour that is the more inexact, the fainter it is.
    """
    shown = alpha > 0
    if not shown.any():
        return True
    strengths, brush = alpha[shown], colours.reshape(-1, 3)[alpha.argmax()]
    apart = np.abs(colours[shown].astype(np.int16) - brush).max(axis=1)
    return bool((apart <= _SAME_COLOUR + 255 / strengths).all())


def _times(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The product of two masks, where 255 stands for 1."""
    return ((first.astype(np.uint16) * second + 127) // 255).astype(np.uint8)


def mask_from_alpha(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """What is transparent in a picture [h, w, 4] is drawn anew. Raises ValueError without alpha."""
    if picture.ndim != 3 or picture.shape[2] != 4:
        raise ValueError(f"A picture with alpha has 4 channels, [h, w, 4], not {picture.shape}.")
    return 255 - picture[..., 3]


def grown(mask: npt.NDArray[np.uint8], pixels: int) -> npt.NDArray[np.uint8]:
    """The mask with hard edges, grown by a disc of that radius; shrunk where it is below 0.

    By 0 the mask stays as it is, soft edges included. What lies beyond the picture is neither in
    the mask nor out of it: a mask that touches the border does not shrink from there.
    """
    inside = mask > _HALF
    if pixels == 0:
        return mask.copy()
    if inside.all() or not inside.any():  # no edge to measure from
        return _hard(inside)
    if pixels > 0:
        return _hard(_distance(~inside) <= pixels)
    return _hard(_distance(inside) > -pixels)


def _hard(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    return np.where(inside, np.uint8(255), np.uint8(0))


def _distance(outside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """From each pixel to the nearest that is False, of which there must be one."""
    return np.asarray(ndimage.distance_transform_edt(outside), np.float64)


def blurred(mask: npt.NDArray[np.uint8], pixels: float) -> npt.NDArray[np.uint8]:
    """Blurred by a Gaussian with a standard deviation of `pixels`, 0 to 128.

    It is exactly 0 further than three of them from what was above 0. Beyond the picture, the mask
    goes on as at its border. Raises ValueError for a blur outside of the range.
    """
    if not 0 <= pixels <= WIDEST_BLUR:
        raise ValueError(f"A mask is blurred by 0 to {WIDEST_BLUR} pixels, not {pixels}.")
    reach = 3 * pixels
    if reach < 1 or not mask.any():
        return mask.copy()
    soft = ndimage.gaussian_filter(
        mask.astype(np.float32), pixels, mode="nearest", radius=floor(reach)
    )
    # rows and columns are blurred one after the other, which reaches further across corners
    soft[_distance(mask == 0) > reach] = 0
    return np.rint(soft).astype(np.uint8)


def inverted(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Kept where it was drawn anew, and the other way round."""
    return 255 - mask


def bounds(mask: npt.NDArray[np.uint8]) -> Box | None:
    """The smallest box of all that is above 0; None where nothing is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return None
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def latent_mask(mask: npt.NDArray[np.uint8], factor: int) -> npt.NDArray[np.float32]:
    """The mask of the latents, [h / factor, w / factor] in 0..1: each the average of its square.

    Raises ValueError for sides that are no multiples of the factor.
    """
    height, width = mask.shape
    if factor < 1 or height % factor or width % factor:
        raise ValueError(
            f"The sides of a mask are multiples of {factor} here, not {width}x{height}; pad it."
        )
    squares = mask.reshape(height // factor, factor, width // factor, factor)
    return squares.mean(axis=(1, 3), dtype=np.float32) / np.float32(255)


def coverage(mask: npt.NDArray[np.uint8]) -> float:
    """The share of the picture that is drawn anew, 0..1; soft edges count in part."""
    return float(mask.mean()) / 255
