"""A hand that drives samplers, as the engine does: one question, one answer."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeAlias

import torch
from torch import Tensor

from webui.sampling import Ask, ImageNoise

Denoiser: TypeAlias = Callable[[Tensor, float], Tensor]
"""From noisy pixels and their noise level to the clean ones."""


def drive(sampling: Generator[Any, Tensor, Tensor], denoise: Denoiser) -> Tensor:
    """Answer every question of a sampler with `denoise`, and give its last x.

    Questions are pairs (x, sigma) or Asks. Nothing guides here, so one that asks for the unguided
    answer too gets the same one twice.
    """
    try:
        question = next(sampling)
        while True:
            ask = question if isinstance(question, Ask) else Ask(*question)
            x0 = denoise(ask.x, ask.sigma)
            question = sampling.send(torch.cat([x0, x0]) if ask.is_double else x0)
    except StopIteration as end:
        return end.value


def fake_noise(
    shape: tuple[int, int, int] = (4, 8, 8), seeds: tuple[int, ...] = (1,)
) -> ImageNoise:
    """Noise that is the same every time: of images [c, h, w], one for each seed."""
    return ImageNoise(list(seeds), shape)
