"""Boxes, and the part of a picture that is drawn when only the mask is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TypeVar

import numpy as np
from numpy import typing as npt

_Kind = TypeVar("_Kind", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels; `right` and `bottom` are the first that no longer belong."""

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        """Raises ValueError for a box without pixels, or one that starts outside of a picture."""
        if not (0 <= self.left < self.right and 0 <= self.top < self.bottom):
            raise ValueError(
                f"A box holds at least one pixel and starts at 0 or later, not {self}."
            )

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def of(self, array: npt.NDArray[_Kind]) -> npt.NDArray[_Kind]:
        """What lies in the box of an array [h, w, ...]: a view, [height, width, ...]."""
        return array[self.top : self.bottom, self.left : self.right]


def region_around(mask_box: Box, padding: int, picture_size: tuple[int, int], ratio: float) -> Box:
    """What is cut out and drawn on its own: "only masked" of A1111.

    The box of the mask with `padding` pixels around it, widened or heightened to `ratio` (width by
    height of the size it is drawn at) as far as the picture (width, height) allows. It lies inside
    the picture and contains the box of the mask; where the picture is too small, the ratio is not
    reached. Raises ValueError for a box outside the picture, a padding below 0, or no ratio.
    """
    width, height = picture_size
    if mask_box.right > width or mask_box.bottom > height:
        raise ValueError(f"The {mask_box} reaches out of a picture of {width}x{height}.")
    if padding < 0:
        raise ValueError(f"The padding around a mask is 0 pixels or more, not {padding}.")
    if not (isfinite(ratio) and ratio > 0):
        raise ValueError(f"Width by height is a number above 0, not {ratio}.")
    left, right = max(0, mask_box.left - padding), min(width, mask_box.right + padding)
    top, bottom = max(0, mask_box.top - padding), min(height, mask_box.bottom + padding)
    # the larger of what is there and what the ratio asks for; one of the two stays as it is
    wide = max(right - left, round(min(width, (bottom - top) * ratio)))
    high = max(bottom - top, round(min(height, (right - left) / ratio)))
    left, right = _widened(left, right, wide, width)
    top, bottom = _widened(top, bottom, high, height)
    return Box(left, top, right, bottom)


def _widened(start: int, end: int, length: int, limit: int) -> tuple[int, int]:
    """A stretch of `length` around the given one, moved where it would leave 0 to `limit`."""
    start = min(max(0, start - (length - (end - start)) // 2), limit - length)
    return start, start + length
