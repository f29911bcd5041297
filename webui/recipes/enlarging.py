"""Enlarging a picture: Lanczos, or a network tile by tile, to exactly the size that is asked."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from webui.calls import Call, Enlarge
from webui.images.resizing import resized
from webui.images.tiles import Tile, tiles, weights
from webui.recipes.pixels import Levels, as_floats, from_floats
from webui.request import ResolvedRequest

_TILE = 192
_OVERLAP = 24
_MOST_TIMES = 3
"""A network that doubles reaches the largest scale of a request, 8."""

_MOST_AT_ONCE = 16_000_000
"""Pixels that a network may make beyond what is asked for."""

_STRIP = 256
_SCALE = re.compile(r"(?:^|[^0-9])([1-9]|1[0-6])x|x([1-9]|1[0-6])(?![0-9])", re.IGNORECASE)
"""How names tell a scale: 4x-Sharp, RealESRGAN_x2."""


def enlarged(
    request: ResolvedRequest, upscaler: str, pixels: Levels, size: tuple[int, int]
) -> Generator[Call, Any, Levels]:
    """The picture at `size` (width, height), by one upscaler.

    A network is used as often as it takes; what it makes too large, or what it leaves, is resized.
    """
    files = {file.name: file.sha256 for file in request.of_role("upscaler")}
    if upscaler in files:
        for turn in range(_MOST_TIMES):
            # The first time also where nothing is to be enlarged: some networks restore.
            if turn and pixels.shape[1] >= size[0] and pixels.shape[0] >= size[1]:
                break
            before = pixels.shape
            pixels = yield from _by_tiles(pixels, upscaler, files[upscaler], size)
            if pixels.shape == before:
                break  # one that restores and does not enlarge
    return resized(pixels, *size)


def tile_count(pixels: tuple[int, int], size: tuple[int, int], upscaler: str) -> int:
    """About how many calls a network takes from one size to another, all times together.

    How much larger it makes a picture is known only once it is loaded; its name may tell.
    """
    found = _SCALE.search(upscaler)
    scale = int(found[1] or found[2]) if found else 4
    count = 0
    for turn in range(_MOST_TIMES):
        if turn and pixels[0] >= size[0] and pixels[1] >= size[1]:
            break
        count += len(tiles(*pixels, _TILE, _OVERLAP))
        if scale == 1:
            break  # as `enlarged` does
        pixels = (pixels[0] * scale, pixels[1] * scale)
    return count


def _by_tiles(
    pixels: Levels, upscaler: str, sha256: str, size: tuple[int, int]
) -> Generator[Call, Any, Levels]:
    """Every tile is a call of its own, so that others may come between, and it can be stopped.

    What a network would make far larger than `size` is brought to that size tile by tile, so that
    it never lies in memory whole.
    """
    height, width = pixels.shape[:2]
    canvas: _Canvas | None = None
    for tile in tiles(width, height, _TILE, _OVERLAP):
        small = pixels[tile.top : tile.bottom, tile.left : tile.right]
        large = yield Enlarge(as_floats(small), upscaler, sha256)
        scale = large.shape[3] // tile.width
        if canvas is None:
            whole = (width * scale, height * scale)
            is_much = whole[0] * whole[1] > max(_MOST_AT_ONCE, size[0] * size[1])
            canvas = _Canvas((width, height), size if is_much else whole)
        canvas.add(tile, large)
    assert canvas
    return canvas.done()


class _Canvas:
    """The enlarged picture, put together from tiles at its own size; where they overlap they fade.

    `of`: width and height of the small picture, `size`: of this one.
    """

    def __init__(self, of: tuple[int, int], size: tuple[int, int]) -> None:
        self._of, self._size = of, size
        self._sum = np.zeros((size[1], size[0], 3), np.float32)
        self._weight = np.zeros((size[1], size[0], 1), np.float32)

    def add(self, tile: Tile, seen: Tensor) -> None:
        """A tile as the network answered it: float32 [1, 3, h, w]."""
        left, right = (self._at(side, 0) for side in (tile.left, tile.right))
        top, bottom = (self._at(side, 1) for side in (tile.top, tile.bottom))
        if right <= left or bottom <= top:
            return
        area = (bottom - top, right - left)
        if tuple(seen.shape[2:]) != area:
            seen = interpolate(seen.float(), size=area, mode="bilinear", antialias=True)
        share = torch.from_numpy(weights(tile, self._of, _OVERLAP))[None, None]
        share = interpolate(share, size=area, mode="bilinear")[0, 0].numpy()[..., None]
        self._sum[top:bottom, left:right] += seen[0].permute(1, 2, 0).numpy() * share
        self._weight[top:bottom, left:right] += share

    def done(self) -> Levels:
        """The picture, in strips, so that no second canvas is needed."""
        levels = np.empty(self._sum.shape, np.uint8)
        for top in range(0, len(levels), _STRIP):
            rows = slice(top, top + _STRIP)
            levels[rows] = from_floats(self._sum[rows] / self._weight[rows])
        return levels

    def _at(self, side: int, axis: int) -> int:
        return round(side * self._size[axis] / self._of[axis])
