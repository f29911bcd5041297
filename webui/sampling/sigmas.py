"""The noise levels a checkpoint was trained with, and the way between levels and timesteps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
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
    """The table of training noise levels, which ascend; `sigmas[0]` is that of timestep `first`."""

    sigmas: tuple[float, ...]
    first: int = 0

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
        *,
        zero_terminal_snr: bool = False,
    ) -> TrainedSigmas:
        """From the ends of the beta schedule. The defaults are those of Stable Diffusion 1 to XL.

        "linear" spaces the betas evenly, "scaled_linear" their square roots. `zero_terminal_snr`
        moves the last level to pure noise, see `to_zero_terminal_snr`.
        """
        power = 0.5 if kind == "scaled_linear" else 1.0
        start, end = beta_start**power, beta_end**power
        ramp = (start + (end - start) * step / (steps - 1) for step in range(steps))
        alphas = list(accumulate((1 - root ** (1 / power) for root in ramp), mul))
        return cls.from_alphas_cumprod(
            to_zero_terminal_snr(alphas) if zero_terminal_snr else alphas
        )

    @classmethod
    def from_alphas_cumprod(cls, alphas_cumprod: Iterable[float]) -> TrainedSigmas:
        """From the products of (1 - beta) that checkpoints and diffusers keep, timestep 0 first."""
        alphas = list(alphas_cumprod)
        least = min((alpha for alpha in alphas if alpha > 0), default=1.0)
        almost_zero = min(_ALMOST_ZERO, least / 2)  # below all others, so that sigmas ascend
        known = (alpha or almost_zero for alpha in alphas)
        return cls(tuple(sqrt((1 - alpha) / alpha) for alpha in known))

    @classmethod
    def from_flow(cls, steps: int = 1000) -> TrainedSigmas:
        """Rectified flow, x_t = (1 - t) x0 + t eps: timestep k of `steps` is t = k / steps.

        Then sigma = t / (1 - t), and a finite one stands for that of pure noise.
        """
        levels = (step / (steps - step) for step in range(1, steps))
        return cls((*levels, max(sqrt(1 / _ALMOST_ZERO - 1), 2.0 * steps)), first=1)

    @property
    def last(self) -> int:
        """The timestep of the highest level."""
        return self.first + len(self.sigmas) - 1

    @property
    def sigma_min(self) -> float:
        return self.sigmas[0]

    @property
    def sigma_max(self) -> float:
        return self.sigmas[-1]

    def t_to_sigma(self, t: float) -> float:
        """The noise level at a timestep; between two whole ones, log(sigma) is interpolated."""
        place = min(max(t - self.first, 0.0), len(self.sigmas) - 1.0)
        low = min(int(place), len(self.sigmas) - 2)
        part = place - low
        return exp((1 - part) * log(self.sigmas[low]) + part * log(self.sigmas[low + 1]))

    def sigma_to_t(self, sigma: float) -> float:
        """The timestep of a noise level, inverse of `t_to_sigma`; clipped to the table's ends."""
        sigma = min(max(sigma, self.sigma_min), self.sigma_max)
        low = min(bisect_right(self.sigmas, sigma) - 1, len(self.sigmas) - 2)
        start, end = log(self.sigmas[low]), log(self.sigmas[low + 1])
        return self.first + low + (log(sigma) - start) / (end - start)


def to_zero_terminal_snr(alphas_cumprod: Sequence[float]) -> list[float]:
    """The same schedule, stretched so that its last alpha is exactly 0: nothing but noise.

    The first one stays. Algorithm 1 of Lin et al., "Common Diffusion Noise Schedules and Sample
    Steps are Flawed", https://arxiv.org/abs/2305.08891.
    """
    roots = [sqrt(alpha) for alpha in alphas_cumprod]
    first, last = roots[0], roots[-1]
    return [((root - last) * (first / (first - last))) ** 2 for root in roots]
