"""The canvas of a picture made larger: how far on which side, and what is new then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import typing as npt


@dataclass(frozen=True, slots=True)
class Sides:
    """By how many pixels a canvas grows on each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError for a side that would shrink."""
        if min(self.left, self.top, self.right, self.bottom) < 0:
            raise ValueError(f"A canvas grows by 0 pixels or more on each side, not by {self}.")


def extended(
    pixels: npt.NDArray[np.uint8], sides: Sides
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """The picture [h, w, 3] on its larger canvas, and the mask of what is new.

    The rim is black in the picture, and 255 in the mask.
    """
    down, across = (sides.top, sides.bottom), (sides.left, sides.right)
    kept = np.zeros(pixels.shape[:2], np.uint8)
    return (
        np.pad(pixels, (down, across, (0, 0))),
        np.pad(kept, (down, across), constant_values=255),
    )


def seam_mask(size: tuple[int, int], sides: Sides, overlap: int) -> npt.NDArray[np.uint8]:
    """The mask of a grown canvas with a soft seam, [h, w] of the grown size.

    255 in the rim; from there it falls evenly to 0 over `overlap` pixels of the picture, whose
    width and height before it grew is `size`. Raises ValueError for an overlap below 0.
    """
    if overlap < 0:
        raise ValueError(f"A seam overlaps its picture by 0 pixels or more, not {overlap}.")
    across = _falling(size[0], sides.left, sides.right, overlap)
    down = _falling(size[1], sides.top, sides.bottom, overlap)
    return np.maximum(across[None, :], down[:, None])


def _falling(length: int, before: int, after: int, overlap: int) -> npt.NDArray[np.uint8]:
    """One row of a seam: [before + length + after]."""
    places = np.arange(length)
    # a side that does not grow has no seam
    from_start = places + 1 if before else np.full(length, overlap + 1)
    from_end = length - places if after else np.full(length, overlap + 1)
    nearest = np.minimum(np.minimum(from_start, from_end), overlap + 1)
    inside = np.rint(255 * (1 - nearest / (overlap + 1))).astype(np.uint8)
    return np.pad(inside, (before, after), constant_values=255)
