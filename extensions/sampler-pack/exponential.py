"""RES multistep: an exponential integrator over log(sigma) whose second order is exact."""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1, log

from torch import Tensor

from webui.sampling import Ask, Noise, Sampling, ancestral, fade, steps


def res_multistep(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> Sampling:
    """RES multistep: x0 goes on along the line through this answer and the last; one ask per step.

    Zhang et al., "Improved Order Analysis and Design of Exponential Integrator for Diffusion
    Models Sampling", https://arxiv.org/abs/2308.02157, the multistep form of order 2. DPM++ 2M
    takes the x0 in the middle of the step, this one its exact integral. `eta`: how much of each
    step's noise is fresh (the paper has none).
    """
    last: tuple[Tensor, float] | None = None
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        down, up = ancestral(sigma, sigma_next, eta)
        x = fade(x, x0, down / sigma)
        if down > 0:
            width, faded = log(sigma / sigma_next), log(sigma / down)
            if last:
                x = x + (x0 - last[0]) * (width / last[1] * (1 + expm1(-faded) / faded))
            last = x0, width
        if up > 0:
            x = x + noise.draw() * (up * s_noise)
    return x


def res_multistep_ancestral(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Sampling:
    """RES multistep a: the same with fresh noise at every step."""
    return res_multistep(x, sigmas, noise, eta=eta, s_noise=s_noise)
