"""From a picture to the map that a ControlNet reads, at the size that is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy import typing as npt

from webui.images.compositing import composite
from webui.images.map_resizing import fitted_map
from webui.images.masks import check_mask
from webui.images.resizing import Fit, fitted_mask, resized

Levels: TypeAlias = npt.NDArray[np.uint8]

_LONGEST = 4096
"""Pixels of the longer side that a preprocessor is shown at most, whatever its resolution."""

_PAPER = 255
"""What lies under transparent pictures."""


def control_map(
    pixels: Levels,
    size: tuple[int, int],
    resize: Fit,
    preprocess: Callable[[Levels], Levels],
    resolution: int | None = None,
    mask: Levels | None = None,
) -> Levels:
    """The map [height, width, 3] of a picture at a size (width, height), or 4 with alpha.

    The three steps at once; what they take is said there.
    """
    return finished_map(preprocess(prepared_picture(pixels, size, resize, resolution, mask)), size)


def prepared_picture(
    pixels: Levels,
    size: tuple[int, int],
    resize: Fit,
    resolution: int | None = None,
    mask: Levels | None = None,
) -> Levels:
    """What a preprocessor is shown of a picture [h, w, 3 or 4]: [h, w, 3], or 4 with a mask.

    `size`: width and height that are drawn; the picture comes to their shape by `resize`, so that a
    map needs only be stretched. `resolution`: pixels of the shorter side, as what is drawn if None.
    `mask`: [h, w] of any size, 255 where a network for inpainting is to fill; alpha is 0 there, as
    it is where the picture is transparent. Without a mask, transparent pictures lie on white.
    Raises ValueError for a size below 1.
    """
    width, height = _seen_size(size, resolution)
    alpha = None if pixels.shape[2] == 3 else np.ascontiguousarray(pixels[..., 3])
    whole = fitted_map(_on_paper(pixels, alpha), width, height, resize)
    if mask is None:
        return whole
    hole = fitted_mask(_like(mask, pixels), width, height, resize)
    if alpha is not None:
        hole = np.maximum(hole, fitted_mask(255 - alpha, width, height, resize))
    return np.dstack([whole, 255 - hole])


def finished_map(made: Levels, size: tuple[int, int]) -> Levels:
    """A preprocessor's map [h, w, 3 or 4] at the size (width, height) that is drawn.

    Lines stay thin and bright, and colours of regions what they are; alpha is 0 or 255. Raises
    ValueError for a size below 1.
    """
    width, height = size
    whole = fitted_map(np.ascontiguousarray(made[..., :3]), width, height, "stretch")
    if made.shape[2] == 3:
        return whole
    alpha = resized(np.ascontiguousarray(made[..., 3]), width, height)
    return np.dstack([whole, np.where(alpha < 128, 0, 255).astype(np.uint8)])


def shown_map(made: Levels) -> Levels:
    """A map as people see it, [h, w, 3]: what is to be filled is black."""
    if made.shape[2] == 3:
        return made
    return made[..., :3] * (made[..., 3:] > 0)


def _seen_size(size: tuple[int, int], resolution: int | None) -> tuple[int, int]:
    """Width and height at which a preprocessor looks: the shape of what is drawn."""
    if resolution is None:
        return size
    if min(size) < 1 or resolution < 1:
        raise ValueError(f"A map has at least one pixel each way, not {size} at {resolution}.")
    scale = min(resolution / min(size), _LONGEST / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _on_paper(pixels: Levels, alpha: Levels | None) -> Levels:
    """A picture without transparency."""
    colours = np.ascontiguousarray(pixels[..., :3])
    if alpha is None:
        return colours
    return composite(np.full_like(colours, _PAPER), colours, alpha)


def _like(mask: Levels, pixels: Levels) -> Levels:
    """The mask at the size of its picture."""
    if mask.ndim == 2 and mask.shape != pixels.shape[:2]:
        return resized(mask, pixels.shape[1], pixels.shape[0])
    check_mask(pixels, mask)
    return mask
