"""Churn: a little fresh noise before a step, to wash out the errors of the steps before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from torch import Tensor

from webui.sampling.protocol import Noise


@dataclass(frozen=True, slots=True)
class Churn:
    """The stochastic part of algorithm 2 of Karras et al., https://arxiv.org/abs/2206.00364."""

    gamma: float
    lowest: float
    highest: float
    s_noise: float

    @classmethod
    def over(
        cls, sigmas: Sequence[float], s_churn: float, s_tmin: float, s_tmax: float, s_noise: float
    ) -> Churn:
        """`s_churn` in all, shared out over the steps; only between the levels s_tmin and s_tmax.

        `s_noise`, a little above 1, makes up for detail that networks tend to lose.
        """
        return cls(min(s_churn / max(len(sigmas) - 1, 1), sqrt(2) - 1), s_tmin, s_tmax, s_noise)

    def __call__(self, x: Tensor, sigma: float, noise: Noise) -> tuple[Tensor, float]:
        """The raised x and its noise level; both as they were where there is nothing to do."""
        if self.gamma <= 0 or not self.lowest <= sigma <= self.highest:
            return x, sigma
        raised = sigma * (1 + self.gamma)
        return x + noise.draw() * (sqrt(raised**2 - sigma**2) * self.s_noise), raised
