"""The three moves that all samplers are made of: walk the schedule, fade the noise, renew it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite, sqrt

from torch import Tensor


def steps(sigmas: Sequence[float]) -> list[tuple[float, float]]:
    """The steps of a schedule as pairs (from, to). Raises ValueError if it is not a schedule."""
    if len(sigmas) < 2:
        raise ValueError(f"A schedule needs at least two noise levels, this one has {len(sigmas)}.")
    if not isfinite(sigmas[0]) or sigmas[0] <= 0:
        raise ValueError(f"A schedule starts at a finite sigma above 0, this one at {sigmas[0]}.")
    pairs = list(pairwise(sigmas))
    for number, (sigma, sigma_next) in enumerate(pairs, start=1):
        if not 0 <= sigma_next < sigma:
            raise ValueError(
                f"A schedule descends to 0 or above, but step {number} of this one"
                f" goes from {sigma} to {sigma_next}."
            )
    return pairs


def fade(x: Tensor, x0: Tensor, ratio: float) -> Tensor:
    """Leave `ratio` of the noise in `x`: 1 is `x` itself, 0 is exactly the clean `x0`.

    With ratio = sigma_next / sigma this is the Euler step, and the first order step of every
    exponential integrator too; the methods differ in which x0 they fade towards.
    (Not `torch.lerp`: its vector and scalar code round differently, so that a picture would depend
    on where in a batch it lies.)
    """
    return x0 + (x - x0) * ratio


def ancestral(sigma: float, sigma_next: float, eta: float) -> tuple[float, float]:
    """Split a step into the level to fade down to and the strength of the noise to add after.

    The squares of the two add up to sigma_next squared. eta 0 adds nothing, eta 1 adds what the
    reverse diffusion of DDPM (Ho et al. 2020, https://arxiv.org/abs/2006.11239) would.
    """
    up = min(sigma_next, eta * sqrt(sigma_next**2 * (sigma**2 - sigma_next**2) / sigma**2))
    return sqrt(sigma_next**2 - up**2), up
