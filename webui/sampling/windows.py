"""Sampling a large picture through small windows, so that the network never sees it whole."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import torch
from torch import Tensor

from webui.sampling.guidance import guide
from webui.sampling.protocol import Ask, Sampling


def windowed(sampling: Sampling, size: int, overlap: int) -> Sampling:
    """The same sampling; each ask becomes one for every window, blended into one answer.

    `size` and `overlap` are in latents. All windows are at the same noise level, so that they grow
    into one picture instead of being sewn together afterwards. Bar-Tal et al., "MultiDiffusion:
    Fusing Diffusion Paths for Controlled Image Generation", https://arxiv.org/abs/2302.08113.
    """

    def answer(ask: Ask) -> Sampling:
        height, width = ask.x.shape[2:]
        total = torch.zeros(1, 1, height, width)
        rows = len(ask.x) * (2 if ask.is_double else 1)
        x0 = torch.zeros(rows, ask.x.shape[1], height, width)
        for top, left in places(height, width, size, overlap):
            area = (..., slice(top, top + size), slice(left, left + size))
            seen = yield replace(ask, x=ask.x[area], at=(top, left))
            weight = _hill(*seen.shape[2:])
            x0[area] += seen.to(x0) * weight
            total[area] += weight
        return (x0 / total).to(ask.x)

    return guide(sampling, answer)


def places(height: int, width: int, size: int, overlap: int) -> list[tuple[int, int]]:
    """The upper left corner of every window, row by row; they cover everything, evenly."""
    return [
        (top, left)
        for top in _starts(height, size, overlap)
        for left in _starts(width, size, overlap)
    ]


def _starts(length: int, size: int, overlap: int) -> list[int]:
    if length <= size:
        return [0]
    step = max(1, size - overlap)
    count = -(-(length - size) // step) + 1
    return [round((length - size) * index / (count - 1)) for index in range(count)]


@lru_cache(maxsize=16)
def _hill(height: int, width: int) -> Tensor:
    """High in the middle and low at the rim, where other windows see better."""
    sides = [1 - (torch.linspace(-1, 1, side + 2)[1:-1]).abs() for side in (height, width)]
    return sides[0][:, None] * sides[1][None, :]
