"""Euler's method, plain and ancestral."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from torch import Tensor

from webui.sampling.churn import Churn
from webui.sampling.moves import ancestral, fade, steps
from webui.sampling.protocol import Ask, Noise, Sampling


def euler(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    s_churn: float = 0.0,
    s_tmin: float = 0.0,
    s_tmax: float = inf,
    s_noise: float = 1.0,
) -> Sampling:
    """Euler's method: one ask and one straight line per step.

    Algorithm 2 without its correction in Karras et al., "Elucidating the Design Space of
    Diffusion-Based Generative Models", https://arxiv.org/abs/2206.00364.
    """
    churn = Churn.over(sigmas, s_churn, s_tmin, s_tmax, s_noise)
    for sigma, sigma_next in steps(sigmas):
        x, sigma = churn(x, sigma, noise)
        x0 = yield Ask(x, sigma)
        x = fade(x, x0, sigma_next / sigma)
    return x


def euler_ancestral(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Sampling:
    """Euler steps that go too far down and are lifted again by fresh noise; one ask per step.

    Ancestral sampling (Ho et al., "Denoising Diffusion Probabilistic Models",
    https://arxiv.org/abs/2006.11239) on any schedule, as Katherine Crowson's k-diffusion has it.
    """
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        down, up = ancestral(sigma, sigma_next, eta)
        x = fade(x, x0, down / sigma)
        if up > 0:
            x = x + noise.draw() * (up * s_noise)
    return x
