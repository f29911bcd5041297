"""DPM adaptive: DPM-Solver that chooses its own steps, by looking how wrong they are.

Lu et al., "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling in Around 10
Steps", https://arxiv.org/abs/2206.00927, section 3.4 and appendix C; the size of the next step and
all numbers as in Katherine Crowson's k-diffusion.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from math import atan, exp, inf, isfinite, sqrt

import torch
from torch import Tensor

from webui.sampling.dpm_solver import pair_of_strides
from webui.sampling.moves import ancestral, steps
from webui.sampling.protocol import Ask, Noise, Sampling

FIRST_WIDTH = 0.05
"""Of the first step, in log(sigma)."""
NARROWEST = 1e-3
"""A step so narrow is taken however wrong it is."""
ACCEPTED = 0.81
"""A step that would have to shrink to less than this part is tried again."""
MOST_TRIES = 200
"""After so many the rest is one stride: what never gets right must still come to an end."""
_THERE = 1e-5


def dpm_adaptive(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 0.0,
    s_noise: float = 1.0,
    rtol: float = 0.05,
    atol: float = 0.0078,
) -> Sampling:
    """DPM adaptive: steps of order 3 as wide as their distance from order 2 allows.

    It takes from `sigmas` only the first and the last level above 0, and asks as often as it
    needs: three times a try, at most `MOST_TRIES` tries, and once more to go to 0. `rtol` and
    `atol` are the distance allowed, relative and absolute. The images of a batch are developed one
    after another, as each has its own steps. The noise of eta > 0 is a Brownian path's, so that it
    does not depend on how often was tried.
    """
    steps(sigmas)  # refuses what is no schedule
    cleans, lowest = sigmas[-1] == 0, sigmas[-1] or sigmas[-2]
    path = noise.brownian(lowest, sigmas[0]) if eta > 0 and lowest < sigmas[0] else None
    tolerance = _Tolerance(rtol, atol, 3.0 if eta == 0 else 1.5)
    done: list[Tensor] = []
    for row, image in enumerate(x.split(1)):
        fresh = _fresh(path, row, s_noise) if path else None
        image = yield from _walk(image, (sigmas[0], lowest), eta, fresh, tolerance)
        done.append((yield Ask(image, lowest)) if cleans else image)
    return torch.cat(done)


_Fresh = Callable[[float, float], Tensor]
"""The noise to add to one image after a step between two levels, of unit variance."""


def _fresh(path: _Fresh, row: int, s_noise: float) -> _Fresh:
    return lambda sigma, sigma_next: path(sigma, sigma_next)[row : row + 1] * s_noise


@dataclass(frozen=True, slots=True)
class _Tolerance:
    """Which distance between two answers is small enough. `order`: how fast it falls."""

    rtol: float
    atol: float
    order: float

    def factor(self, lower: Tensor, higher: Tensor, before: Tensor) -> float:
        """By how much the next step should be wider; not a number where the answers are none."""
        allowed = (torch.maximum(lower.abs(), before.abs()) * self.rtol).clamp_min(self.atol)
        error = float(((lower - higher) / allowed).square().mean().sqrt())
        return 1 + atan((1 / (error + 1e-8)) ** (1 / self.order) - 1)


def _walk(
    x: Tensor,
    ends: tuple[float, float],
    eta: float,
    fresh: _Fresh | None,
    tolerance: _Tolerance,
) -> Generator[Ask, Tensor, Tensor]:
    """One image from the first of `ends` to the second."""
    sigma, end = ends
    width, tries, before = FIRST_WIDTH, 0, x
    while sigma > end * (1 + _THERE):
        tries += 1
        sigma_next = end if tries == MOST_TRIES else max(end, sigma * exp(-width))
        down = max(end, ancestral(sigma, sigma_next, eta)[0])
        lower, higher = yield from pair_of_strides(x, sigma, down)
        factor = tolerance.factor(lower, higher, before)
        broken = not isfinite(factor)
        if broken or factor >= ACCEPTED or width <= NARROWEST or tries == MOST_TRIES:
            up = sqrt(max(0.0, sigma_next**2 - down**2))
            x, before = higher, lower
            if fresh and up > 0:
                x = x + fresh(sigma, sigma_next) * up
            sigma = sigma_next
        width = inf if broken else max(NARROWEST, width * factor)
    return x
