"""What kind of map a picture is: it says how it may be brought to another size."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy import typing as npt

Levels: TypeAlias = npt.NDArray[np.uint8]

_MOST_COLOURS = 200
"""A map of regions has fewer (ADE20K names 150 kinds), a photograph more."""

_PIXELS_PER_COLOUR = 16
"""At least, on average, in a map of regions: a tiny photograph has few colours, too."""

_SAMPLE = 4096
"""Pixels that are looked at first; in most pictures they tell already."""

_THIN = 0.1
"""Squares of four pixels that are all of a line, for each of its pixels; broad lines have more."""

_DENSE = 0.15
"""The share of a picture from where specks are no lines but a pattern, as of a dithered print."""


def is_hard(pixels: Levels) -> bool:
    """Whether a picture is black and white, with nothing between."""
    return _is_black_or_white(_sample(pixels)) and _is_black_or_white(pixels.reshape(-1, 3))


def _is_black_or_white(colours: Levels) -> bool:
    """Of colours [n, 3]."""
    first = colours[:, :1]
    return bool(((first == 0) | (first == 255)).all() and (colours == first).all())


def is_of_regions(pixels: Levels) -> bool:
    """Whether a picture has few colours, that are not all grey (tones of grey are measures)."""
    most = min(_MOST_COLOURS, pixels.shape[0] * pixels.shape[1] // _PIXELS_PER_COLOUR)
    if len(np.unique(_packed(_sample(pixels)))) > most:
        return False
    colours = pixels.reshape(-1, 3)
    is_there = np.zeros(1 << 24, np.bool_)
    is_there[_packed(colours)] = True
    return int(is_there.sum()) <= most and not bool((colours == colours[:, :1]).all())


def _sample(pixels: Levels) -> Levels:
    """Some colours of a picture, [n, 3], from all over it."""
    colours = pixels.reshape(-1, 3)
    return colours[:: max(1, len(colours) // _SAMPLE)]


def _packed(colours: Levels) -> npt.NDArray[np.int32]:
    """A number for each of the colours [n, 3]."""
    wide = colours.astype(np.int32)
    return np.asarray((wide[:, 0] << 16) | (wide[:, 1] << 8) | wide[:, 2], np.int32)


def is_thin(lines: npt.NDArray[np.bool_]) -> bool:
    """Whether lines are one pixel wide, but for a few crossings, and leave room between them."""
    if float(lines.mean()) > _DENSE:
        return False
    squares = lines[:-1, :-1] & lines[1:, :-1] & lines[:-1, 1:] & lines[1:, 1:]
    return int(squares.sum()) < _THIN * int(lines.sum())
