"""What a sampler will ask, found by running it without a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from webui.sampling.protocol import Ask, Sampler


def dry_run(sampler: Sampler, sigmas: Sequence[float]) -> list[Ask]:
    """Everything it asks, of eight pixels of data that is -1 or 1, and no noise on the way.

    Most samplers ask the same whatever they are told. One that chooses its own steps does so by
    the answers; for these, which are exact, it asks about as often as for a network's.
    """
    pixels = torch.linspace(-2, 2, 8).view(1, 1, 1, 8)
    sampling = sampler(pixels * sigmas[0], sigmas, _NoNoise())
    asks: list[Ask] = []
    try:
        ask = next(sampling)
        while True:
            asks.append(ask)
            x0 = torch.tanh(ask.x / ask.sigma**2)
            ask = sampling.send(torch.cat([x0, x0]) if ask.is_double else x0)
    except StopIteration:
        return asks


class _NoNoise:
    """Noise that is none."""

    def draw(self) -> Tensor:
        return torch.zeros(1, 1, 1, 1)

    def brownian(self, sigma_min: float, sigma_max: float) -> Callable[[float, float], Tensor]:
        return lambda sigma, sigma_next: torch.zeros(1, 1, 1, 1)
