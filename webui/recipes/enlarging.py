"""Enlarging a picture: Lanczos, or a network tile by tile, to exactly the size that is asked."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from webui.calls import Call, Enlarge
from webui.images.resizing import resized
from webui.images.tiles import Mosaic, tiles, weights
from webui.recipes.pixels import Levels, as_floats, from_floats
from webui.request import ResolvedRequest

_TILE = 192
_OVERLAP = 24
_MOST_TIMES = 3
"""A network that doubles reaches the largest scale of a request, 8."""


def enlarged(
    request: ResolvedRequest, upscaler: str, pixels: Levels, size: tuple[int, int]
) -> Generator[Call, Any, Levels]:
    """The picture at `size` (width, height), by one upscaler.

    A network is used as often as it takes; what it makes too large, or what it leaves, is resized.
    """
    files = {file.name: file.sha256 for file in request.of_role("upscaler")}
    if upscaler in files:
        for _ in range(_MOST_TIMES):
            if pixels.shape[1] >= size[0] and pixels.shape[0] >= size[1]:
                break
            before = pixels.shape
            pixels = yield from _by_tiles(pixels, upscaler, files[upscaler])
            if pixels.shape == before:
                break  # one that restores and does not enlarge
    return resized(pixels, *size)


def tile_count(pixels: tuple[int, int]) -> int:
    """Calls that a network takes for a picture of this size, once."""
    return len(tiles(*pixels, _TILE, _OVERLAP))


def _by_tiles(pixels: Levels, upscaler: str, sha256: str) -> Generator[Call, Any, Levels]:
    """Every tile is a call of its own, so that others may come between, and it can be stopped."""
    height, width = pixels.shape[:2]
    mosaic: Mosaic | None = None
    for tile in tiles(width, height, _TILE, _OVERLAP):
        small = pixels[tile.top : tile.bottom, tile.left : tile.right]
        large = yield Enlarge(as_floats(small), upscaler, sha256)
        scale = large.shape[3] // tile.width
        if mosaic is None:
            mosaic = Mosaic(width, height, 3, scale)
        seen = np.asarray(large[0].permute(1, 2, 0).numpy(), np.float32)
        mosaic.add(tile, seen, weights(tile, (width, height), _OVERLAP))
    assert mosaic
    return from_floats(mosaic.done())
