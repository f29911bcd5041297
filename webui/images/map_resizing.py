"""Maps brought to another size: what is a hard line or a colour with a meaning stays one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy import typing as npt

from webui.images.map_kinds import is_hard, is_of_regions, is_thin
from webui.images.resizing import Fit, fitted

Levels: TypeAlias = npt.NDArray[np.uint8]
_Where: TypeAlias = npt.NDArray[np.bool_]
_Floats: TypeAlias = npt.NDArray[np.float32]
_Places: TypeAlias = npt.NDArray[np.intp]

_FAR = 1 << 20
"""Pixels outside of a map: no stroke reaches back from there, and OpenCV can still count them."""


def fitted_map(pixels: Levels, width: int, height: int, mode: Fit) -> Levels:
    """A map or picture [h, w, 3] at another size, as `resizing.fitted`.

    Maps of black and white only stay so: thin lines stay one pixel wide and whole, broad ones grow
    and shrink. In maps of few colours each pixel keeps one of them. Raises ValueError for a size
    below 1.
    """
    if pixels.shape[:2] == (height, width):
        return pixels.copy()
    if min(width, height) >= 1 and is_hard(pixels):
        return _lines_placed(pixels[..., 0] > 0, _placing(pixels, width, height, mode))
    if min(width, height) >= 1 and is_of_regions(pixels):
        return _nearest(pixels, _placing(pixels, width, height, mode))
    return fitted(pixels, width, height, mode)


@dataclass(frozen=True, slots=True)
class _Line:
    """How one side comes to another length: a place x goes to x * scale + start."""

    length: int
    scale: float
    start: float

    def covering(self, values: _Floats) -> _Floats:
        """1 where a new pixel covers any that is above the half, of [side, ...]; else 0.

        One at least is covered, but for new pixels beyond the picture.
        """
        edges = (np.arange(self.length + 1) - self.start) / self.scale
        middles = np.floor((edges[:-1] + edges[1:]) / 2)
        first = np.minimum(np.floor(edges[:-1] + 0.5), middles)
        last = np.maximum(np.floor(edges[1:] + 0.5), middles + 1)
        first, last = np.clip([first, last], 0, len(values)).astype(np.intp)
        counts = np.cumsum(values > 0.5, axis=0, dtype=np.int32)
        counts = np.concatenate([np.zeros_like(counts[:1]), counts])
        return (counts[last] > counts[first]).astype(np.float32)

    def between(self, values: _Floats) -> _Floats:
        """Values [side, ...] at the middles of new pixels, straight between; 0 beyond."""
        places = (np.arange(self.length) + 0.5 - self.start) / self.scale
        is_there = (places >= 0) & (places <= len(values))
        before = np.floor(places - 0.5)
        share = (places - 0.5 - before).astype(np.float32)
        near, far = np.clip([before, before + 1], 0, len(values) - 1).astype(np.intp)
        shape = (-1,) + (1,) * (values.ndim - 1)
        mixed = values[near] + (values[far] - values[near]) * share.reshape(shape)
        return np.asarray(mixed * is_there.reshape(shape), np.float32)

    def nearest(self, side: int) -> _Places:
        """The pixel of `side` that lies in the middle of each new one."""
        middles = (np.arange(self.length) + 0.5 - self.start) / self.scale
        return np.clip(np.floor(middles), 0, side - 1).astype(np.intp)

    def targets(self, places: _Places) -> _Places:
        """Where the middles of pixels come to lie; outside of the length, too, but not far."""
        there = np.floor((places + 0.5) * self.scale + self.start)
        return np.clip(there, -_FAR, _FAR).astype(np.intp)


_Placing: TypeAlias = tuple[_Line, _Line]
"""Down and across."""


def _placing(pixels: Levels, width: int, height: int, mode: Fit) -> _Placing:
    """Where everything goes: as in `resizing.fitted`, the middle stays in the middle."""
    high, wide = pixels.shape[:2]
    down, across = height / high, width / wide
    if mode != "stretch":
        down = across = max(down, across) if mode == "crop" else min(down, across)
    return (
        _Line(height, down, (height - high * down) / 2),
        _Line(width, across, (width - wide * across) / 2),
    )


def _nearest(pixels: Levels, placing: _Placing) -> Levels:
    rows, columns = (
        line.nearest(side) for line, side in zip(placing, pixels.shape[:2], strict=True)
    )
    return pixels[rows[:, None], columns]


def _lines_placed(is_white: _Where, placing: _Placing) -> Levels:
    """Black and white at another size; what there is less of is the lines."""
    is_dark = bool(is_white.mean() > 0.5)
    lines = ~is_white if is_dark else is_white
    is_larger = max(line.scale for line in placing) > 1
    placed = _traced(lines, placing) if is_larger and is_thin(lines) else _drawn(lines, placing)
    levels = np.where(placed != is_dark, 255, 0).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=2)


def _drawn(lines: _Where, placing: _Placing) -> _Where:
    """Lines of any width: made smaller none is lost, made larger they have no steps."""
    drawn = lines.astype(np.float32)
    # the side that shrinks most comes first: the other way a line of pixels would fill a square
    for axis in sorted((0, 1), key=lambda axis: placing[axis].length / lines.shape[axis]):
        along = np.moveaxis(drawn, axis, 0)
        line = placing[axis]
        along = line.covering(along) if line.scale <= 1 else line.between(along)
        drawn = np.moveaxis(along, 0, axis)
    return drawn > 0.5


def _traced(lines: _Where, placing: _Placing) -> _Where:
    """Lines one pixel wide, drawn anew: a stroke between each pixel and its neighbours."""
    from cv2 import polylines

    down, across = placing
    drawn = np.zeros((down.length, across.length), np.uint8)
    for strokes in _strokes(lines):
        ends = np.stack([across.targets(strokes[..., 1]), down.targets(strokes[..., 0])], axis=-1)
        polylines(drawn, list(ends.astype(np.int32, order="C")), isClosed=False, color=255)
    return drawn > 0


def _strokes(lines: _Where) -> list[_Places]:
    """Strokes [n, 2 ends, (row, column)]: points, to the right, down, and both ways aslant.

    Aslant only where no way around the corner joins the two.
    """
    upper, lower = lines[:-1], lines[1:]
    falling = upper[:, :-1] & lower[:, 1:] & ~upper[:, 1:] & ~lower[:, :-1]
    rising = lower[:, :-1] & upper[:, 1:] & ~upper[:, :-1] & ~lower[:, 1:]
    kinds = (
        (lines, (0, 0), (0, 0)),
        (lines[:, :-1] & lines[:, 1:], (0, 0), (0, 1)),
        (upper & lower, (0, 0), (1, 0)),
        (falling, (0, 0), (1, 1)),
        (rising, (1, 0), (0, 1)),
    )
    return [np.argwhere(where)[:, None, :] + np.array([start, end]) for where, start, end in kinds]
