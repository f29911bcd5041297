"""Tiles: a large picture in overlapping pieces, and the mosaic that they make again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A piece of a picture in pixels; `right` and `bottom` are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def times(self, scale: int) -> Tile:
        """The same piece of a picture that is `scale` times as large."""
        return Tile(*(scale * side for side in (self.left, self.top, self.right, self.bottom)))


def tiles(width: int, height: int, tile: int, overlap: int) -> tuple[Tile, ...]:
    """Pieces of equal size, row by row, that cover a picture evenly.

    Each is `tile` pixels wide and high (or as the picture, where that is less) and shares at least
    `overlap` pixels with its neighbours. As few as possible. Raises ValueError unless
    0 <= overlap < tile and the picture has pixels.
    """
    if not 0 <= overlap < tile or min(width, height) < 1:
        raise ValueError(
            f"Tiles of {tile} pixels with {overlap} in common cannot cover {width} × {height}."
            " The overlap must be smaller than the tile, and the picture not empty."
        )
    wide, high = min(tile, width), min(tile, height)
    return tuple(
        Tile(left, top, left + wide, top + high)
        for top in _starts(height, high, overlap)
        for left in _starts(width, wide, overlap)
    )


def _starts(side: int, tile: int, overlap: int) -> list[int]:
    """Where tiles begin along one side. Rounding down keeps every step within the longest one."""
    if tile == side:
        return [0]
    gaps = -(-(side - tile) // (tile - overlap))
    return [place * (side - tile) // gaps for place in range(gaps + 1)]


def weights(tile: Tile, size: tuple[int, int], overlap: int) -> Floats:
    """How much each pixel of a tile counts, [h, w]: 1 in the middle, above 0 everywhere.

    It falls evenly over the `overlap` pixels at sides that are not edges of the picture. `size`:
    its width and height. For a mosaic `scale` times as large, either give these, or
    `weights(tile.times(scale), ...)` with all measures times `scale`, which are smoother.
    """
    across = _ramp(tile.width, overlap, tile.left > 0, tile.right < size[0])
    down = _ramp(tile.height, overlap, tile.top > 0, tile.bottom < size[1])
    return np.outer(down, across).astype(np.float32)


def _ramp(side: int, overlap: int, is_rising: bool, is_falling: bool) -> npt.NDArray[np.float64]:
    """The weights along one side: one pixel at least keeps 1, however large the overlap."""
    length = min(overlap, (side - 1) // 2)
    slope = np.arange(1, length + 1) / (length + 1)
    line = np.ones(side)
    if is_rising:
        line[:length] = slope
    if is_falling:
        line[side - length :] = slope[::-1]
    return line


class Mosaic:
    """A picture put together from tiles: where they overlap, their mean by weight.

    Sizes are those of the small picture, `scale` says how much larger the mosaic is. Takes the
    memory of one canvas and one channel more.
    """

    def __init__(self, width: int, height: int, channels: int, scale: int = 1) -> None:
        shape = (height * scale, width * scale)
        self._scale = scale
        self._canvas: Floats = np.zeros((*shape, channels), np.float32)
        self._total: Floats = np.zeros(shape, np.float32)

    def add(self, tile: Tile, pixels: npt.NDArray[np.floating], weights: Floats) -> None:
        """Put a tile in its place. `pixels`: [h * scale, w * scale, c].

        `weights`: all above 0, [h, w] or [h * scale, w * scale]. Raises ValueError for what does
        not fit.
        """
        place = tile.times(self._scale)
        there = (slice(place.top, place.bottom), slice(place.left, place.right))
        canvas, total = self._canvas[there], self._total[there]
        if weights.shape == (tile.height, tile.width):
            weights = weights.repeat(self._scale, 0).repeat(self._scale, 1)
        if pixels.shape != canvas.shape or weights.shape != total.shape:
            raise ValueError(
                f"A tile with pixels {pixels.shape} and weights {weights.shape} does not fit into"
                f" a place {canvas.shape}."
            )
        if weights.min() <= 0:
            raise ValueError("The weights of a tile must all be above 0.")
        total += weights
        # A running mean: the canvas is a picture at any time, and equal tiles leave it exact.
        canvas += (pixels.astype(np.float32, copy=False) - canvas) * (weights / total)[..., None]

    def done(self) -> Floats:
        """The picture, [height * scale, width * scale, c]. Raises ValueError if it has gaps."""
        if not self._total.all():
            raise ValueError("The tiles do not cover the whole picture.")
        return self._canvas
