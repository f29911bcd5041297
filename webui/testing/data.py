"""Data whose perfect denoiser is known in closed form: what an ideal network would answer."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Pixels that are normal, each by itself. Here the whole way of a sampler is known."""

    mean: float = 0.3
    std: float = 0.7

    def __call__(self, x: Tensor, sigma: float) -> Tensor:
        """The mean of the clean pixels, given the noisy ones at this level."""
        return self.mean + (x - self.mean) * (self.std**2 / (self.std**2 + sigma**2))

    def flow(self, x: Tensor, sigma: float, sigma_next: float = 0.0) -> Tensor:
        """Where a sampler that adds no noise must arrive with ever more steps.

        It is the solution of the probability flow ODE: Song et al., "Score-Based Generative
        Modeling through Stochastic Differential Equations", https://arxiv.org/abs/2011.13456.
        """
        spread = sqrt((self.std**2 + sigma_next**2) / (self.std**2 + sigma**2))
        return self.mean + (x - self.mean) * spread

    def noisy(self, noise: Tensor, sigma: float) -> Tensor:
        """Pixels of the data with noise of this level, from standard normal `noise`."""
        return self.mean + noise * sqrt(self.std**2 + sigma**2)


@dataclass(frozen=True, slots=True)
class Points:
    """Pixels that have one of a few values, each as often. Not linear, as networks are not."""

    values: tuple[float, ...] = (-1.0, 1.0)

    def __call__(self, x: Tensor, sigma: float) -> Tensor:
        """The mean of the clean pixels, given the noisy ones at this level."""
        values = torch.tensor(self.values, dtype=x.dtype, device=x.device)
        distances = (x[..., None] - values) ** 2
        weights = torch.softmax(-distances / (2 * sigma**2), dim=-1)
        return (weights * values).sum(-1)
