"""Pictures and masks brought to another size."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy import typing as npt
from PIL import Image

from webui.images.canvas import Sides, extended
from webui.images.filling import edge_filled

Fit: TypeAlias = Literal["stretch", "crop", "fill"]
"""How a picture of another shape gets a size: distorted, cut, or with more around it."""


def resized(pixels: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.uint8]:
    """A picture [h, w, 3] or a mask [h, w] at another size.

    Pictures by Lanczos' filter. It rings, which would lay faint ghosts around the edges of a mask;
    masks are averaged linearly instead. Raises ValueError for a size below 1.
    """
    _check_size(width, height)
    return _sampled(pixels, (width, height), (0, 0, pixels.shape[1], pixels.shape[0]))


def fitted(
    pixels: npt.NDArray[np.uint8], width: int, height: int, mode: Fit
) -> npt.NDArray[np.uint8]:
    """A picture [h, w, 3] of any shape as one of that size.

    "stretch" distorts it; "crop" covers the size and cuts evenly what is too much; "fill" fits it
    inside, and continues its edges into the rest. Raises ValueError for a size below 1.
    """
    _check_size(width, height)
    if mode == "stretch":
        return resized(pixels, width, height)
    if mode == "crop":
        return _sampled(pixels, (width, height), _even_cut(pixels, width, height))
    inner, sides = _inside(pixels, width, height)
    return edge_filled(*extended(inner, sides))


def fitted_mask(
    mask: npt.NDArray[np.uint8], width: int, height: int, mode: Fit
) -> npt.NDArray[np.uint8]:
    """A mask [h, w] that follows its picture through `fitted`; what "fill" adds is 0.

    Raises ValueError for a size below 1.
    """
    _check_size(width, height)
    if mode == "stretch":
        return resized(mask, width, height)
    if mode == "crop":
        return _sampled(mask, (width, height), _even_cut(mask, width, height))
    inner, sides = _inside(mask, width, height)
    return np.pad(inner, ((sides.top, sides.bottom), (sides.left, sides.right)))


def padded(pixels: npt.NDArray[np.uint8], multiple: int) -> npt.NDArray[np.uint8]:
    """A picture or a mask whose sides are multiples: its right and bottom edges are repeated.

    Raises ValueError for a multiple below 1.
    """
    if multiple < 1:
        raise ValueError(f"Sides are padded to multiples of 1 or more, not of {multiple}.")
    down, across = (-side % multiple for side in pixels.shape[:2])
    more = ((0, down), (0, across), (0, 0))
    return np.pad(pixels, more[: pixels.ndim], mode="edge")


def _check_size(width: int, height: int) -> None:
    if min(width, height) < 1:
        raise ValueError(f"A picture has at least one pixel each way, not {width}x{height}.")


def _sampled(
    pixels: npt.NDArray[np.uint8],
    size: tuple[int, int],
    box: tuple[float, float, float, float],
) -> npt.NDArray[np.uint8]:
    """The box (left, top, right, bottom) of a picture at another size (width, height)."""
    kind = Image.Resampling.LANCZOS if pixels.ndim == 3 else Image.Resampling.BILINEAR
    return np.array(Image.fromarray(pixels).resize(size, kind, box=box))


def _even_cut(
    pixels: npt.NDArray[np.uint8], width: int, height: int
) -> tuple[float, float, float, float]:
    """The largest box of the target's shape in the middle; to parts of pixels, so really there."""
    high, wide = pixels.shape[:2]
    across = min(float(wide), high * width / height)
    down = min(float(high), wide * height / width)
    left, top = (wide - across) / 2, (high - down) / 2
    return left, top, left + across, top + down


def _inside(
    pixels: npt.NDArray[np.uint8], width: int, height: int
) -> tuple[npt.NDArray[np.uint8], Sides]:
    """The picture or mask as large as it fits, and what is missing around it."""
    high, wide = pixels.shape[:2]
    across = max(1, min(width, round(wide * height / high)))
    down = max(1, min(height, round(high * width / wide)))
    left, top = (width - across) // 2, (height - down) // 2
    sides = Sides(left, top, width - across - left, height - down - top)
    return resized(pixels, across, down), sides
