"""The noise levels a checkpoint was trained with, and the way between levels and timesteps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import exp, inf, log, sqrt
from operator import mul
from typing import Literal

BetaKind = Literal["scaled_linear", "linear"]

_ALMOST_ZERO = 2.0**-24
"""Stands for an alpha of 0 (zero terminal SNR), whose sigma would be infinite: sigma 4096."""


@dataclass(frozen=True, slots=True)
class TrainedSigmas:
    """The table of training noise levels; `sigmas[t]` belongs to timestep t, and they ascend."""

    sigmas: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.sigmas) < 2:
            raise ValueError("A table of training sigmas needs at least two of them.")
        if not all(0 < low < high < inf for low, high in pairwise(self.sigmas)):
            raise ValueError("Training sigmas must be finite, above 0, and ascend.")

    @classmethod
    def from_betas(
        cls,
        beta_start: float = 0.00085,
        beta_end: float = 0.012,
        steps: int = 1000,
        kind: BetaKind = "scaled_linear",
    ) -> TrainedSigmas:
        """From the ends of the beta schedule. The defaults are those of Stable Diffusion 1 to XL.

        "linear" spaces the betas evenly, "scaled_linear" their square roots.
        """
        power = 0.5 if kind == "scaled_linear" else 1.0
        start, end = beta_start**power, beta_end**power
        ramp = (start + (end - start) * step / (steps - 1) for step in range(steps))
        return cls.from_alphas_cumprod(accumulate((1 - root ** (1 / power) for root in ramp), mul))

    @classmethod
    def from_alphas_cumprod(cls, alphas_cumprod: Iterable[float]) -> TrainedSigmas:
        """From the products of (1 - beta) that checkpoints and diffusers keep, timestep 0 first."""
        alphas = (alpha or _ALMOST_ZERO for alpha in alphas_cumprod)
        return cls(tuple(sqrt((1 - alpha) / alpha) for alpha in alphas))

    @property
    def sigma_min(self) -> float:
        return self.sigmas[0]

    @property
    def sigma_max(self) -> float:
        return self.sigmas[-1]

    def t_to_sigma(self, t: float) -> float:
        """The noise level at a timestep; between two whole ones, log(sigma) is interpolated."""
        t = min(max(t, 0.0), len(self.sigmas) - 1.0)
        low = min(int(t), len(self.sigmas) - 2)
        part = t - low
        return exp((1 - part) * log(self.sigmas[low]) + part * log(self.sigmas[low + 1]))

    def sigma_to_t(self, sigma: float) -> float:
        """The timestep of a noise level, inverse of `t_to_sigma`; clipped to the table's ends."""
        sigma = min(max(sigma, self.sigma_min), self.sigma_max)
        low = min(bisect_right(self.sigmas, sigma) - 1, len(self.sigmas) - 2)
        start, end = log(self.sigmas[low]), log(self.sigmas[low + 1])
        return low + (log(sigma) - start) / (end - start)
