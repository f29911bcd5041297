"""Running a network over tiles that overlap, for pictures that do not fit into memory whole."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def in_tiles(network: Callable[[Tensor], Tensor], x: Tensor, tile: int, overlap: int) -> Tensor:
    """What `network` makes of `x` [rows, c, h, w], tile by tile, faded into each other.

    `tile` and `overlap` are in pixels of `x`; the network changes both sides by one whole factor,
    up or down, which must divide them. Only one tile is in the network at a time.
    """
    height, width = x.shape[2:]
    if height <= tile and width <= tile:
        return network(x)
    canvas = total = None
    for top in _starts(height, tile, overlap):
        for left in _starts(width, tile, overlap):
            part = network(x[:, :, top : top + tile, left : left + tile])
            size = min(tile, height), min(tile, width)
            scale = part.shape[2] / size[0]
            if canvas is None:
                shape = (len(part), part.shape[1], round(height * scale), round(width * scale))
                canvas = torch.zeros(shape, dtype=torch.float32, device=part.device)
                total = torch.zeros((1, 1, *shape[2:]), dtype=torch.float32, device=part.device)
            assert total is not None
            place = (round(top * scale), round(left * scale))
            weight = _weights(part, place, canvas, round(overlap * scale))
            area = (
                ...,
                slice(place[0], place[0] + part.shape[2]),
                slice(place[1], place[1] + part.shape[3]),
            )
            canvas[area] += part.float() * weight
            total[area] += weight
    assert canvas is not None
    assert total is not None
    return canvas / total


def _starts(length: int, tile: int, overlap: int) -> list[int]:
    """Where tiles begin: as few as cover the length, evenly, at multiples of what they share."""
    if length <= tile:
        return [0]
    step = max(1, tile - overlap)
    count = -(-(length - tile) // step) + 1
    unit = _unit(length, tile)
    starts = [(length - tile) * index // (count - 1) // unit * unit for index in range(count - 1)]
    return [*starts, length - tile]


def _unit(length: int, tile: int) -> int:
    """Tiles of pictures begin where latents do: at multiples of 8 if all is so."""
    return 8 if length % 8 == 0 and tile % 8 == 0 else 1


def _weights(part: Tensor, place: tuple[int, int], canvas: Tensor, overlap: int) -> Tensor:
    """1 in the middle, fading out over the overlap on sides where another tile goes on."""
    sides = [
        _fade(part.shape[2 + axis], place[axis], canvas.shape[2 + axis], overlap).to(part.device)
        for axis in (0, 1)
    ]
    return sides[0][:, None] * sides[1][None, :]


def _fade(length: int, start: int, whole: int, overlap: int) -> Tensor:
    ramp = torch.ones(length, dtype=torch.float32)
    count = min(overlap, length)
    if count and start > 0:
        ramp[:count] = torch.arange(1, count + 1) / (count + 1)
    if count and start + length < whole:
        ramp[-count:] *= torch.arange(count, 0, -1) / (count + 1)
    return ramp
