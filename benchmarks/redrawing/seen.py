"""What is looked at in pictures that were drawn over."""

from __future__ import annotations

import numpy as np
from numpy import typing as npt
from PIL import Image, ImageOps
from scipy import ndimage

from benchmarks.redrawing.given import SIDE, Box
from models.pocket.recipe.painter import Scene
from webui.evaluating.judge import Seen


def sees(seen: Seen, kind: str, colour: str) -> bool:
    return any((thing.kind, thing.colour) == (kind, colour) for thing in seen.things)


def is_there(seen: Seen, scene: Scene) -> bool:
    """Whether the place and the time of day are those of the scene."""
    return (seen.place, seen.time) == (scene.place, scene.time)


def around(picture: Image.Image, box: Box, padding: int = 16) -> Image.Image:
    """A square of the picture with the box in it, as large as the judge expects things."""
    left, top, right, bottom = box
    side = min(SIDE, max(right - left, bottom - top) + 2 * padding)
    x = min(max(0, (left + right - side) // 2), SIDE - side)
    y = min(max(0, (top + bottom - side) // 2), SIDE - side)
    return picture.crop((x, y, x + side, y + side))


def is_equal_outside(before: Image.Image, after: Image.Image, box: Box, reach: int) -> bool:
    """Whether all pixels further than `reach` from the box are what they were."""
    outside = np.ones((SIDE, SIDE), np.bool_)
    left, top, right, bottom = box
    outside[max(0, top - reach) : bottom + reach, max(0, left - reach) : right + reach] = False
    return bool((_levels(before)[outside] == _levels(after)[outside]).all())


def rim_change(before: Image.Image, after: Image.Image, box: Box) -> float:
    """How much the sky just inside of the box is another one than before, in levels."""
    left, top, right, bottom = box
    rim = np.zeros((SIDE, SIDE), np.bool_)
    rim[top + 6 : bottom - 6, left + 6 : right - 6] = True
    rim[top + 11 : bottom - 11, left + 11 : right - 11] = False
    rim[60:] = False  # the ground may rise
    apart = np.abs(_levels(after) - _levels(before)).mean(axis=2)
    return float(np.median(apart[rim]))


def grown_part(picture: Image.Image, side: str, length: int = SIDE) -> Image.Image:
    """So many rows or columns from a side on."""
    width, height = picture.size
    boxes = {
        "left": (0, 0, length, height),
        "top": (0, 0, width, length),
        "right": (width - length, 0, width, height),
    }
    return picture.crop(boxes[side])


def seam(before: Image.Image, after: Image.Image, side: str, overlap: int = 16) -> float:
    """Mean gradient across the seam of a grown picture, by the mean gradient that it had."""
    new = max(after.width - before.width, after.height - before.height)
    across = _gradients(after, side)[new - 1 : new + overlap]
    return float(across.mean() / _gradients(before, side).mean())


def _gradients(picture: Image.Image, side: str) -> npt.NDArray[np.float32]:
    """Between each line of pixels and the next, counted from a side."""
    turned = {
        "left": picture,
        "right": ImageOps.mirror(picture),
        "top": picture.transpose(Image.Transpose.TRANSPOSE),
    }
    return np.abs(np.diff(_levels(turned[side]), axis=1)).mean(axis=(0, 2))


def edge_overlap(one: Image.Image, other: Image.Image) -> float:
    """Intersection over union of the strongest tenth of the edges, 3 pixels wide."""
    first, second = (
        ndimage.binary_dilation(steep > np.quantile(steep, 0.9))
        for steep in map(_steep, (one, other))
    )
    both, either = np.logical_and(first, second), np.logical_or(first, second)
    return float(both.sum() / either.sum())


def _steep(picture: Image.Image) -> npt.NDArray[np.float32]:
    grey = _levels(picture.convert("L"))
    return np.abs(np.diff(grey, axis=1))[:-1] + np.abs(np.diff(grey, axis=0))[:, :-1]


def change(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures of one size, in levels."""
    return float(np.abs(_levels(one) - _levels(other)).mean())


def _levels(picture: Image.Image) -> npt.NDArray[np.float32]:
    return np.asarray(picture, np.float32)
