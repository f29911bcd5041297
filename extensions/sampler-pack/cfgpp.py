"""Samplers after CFG++: towards the guided x0, but along the noise seen without guidance."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from torch import Tensor

from webui.sampling import Ask, Noise, Sampling, ancestral, fade, steps


def dpmpp_2s_ancestral_cfgpp(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Sampling:
    """DPM++ 2S a CFG++: DPM++ 2S a whose noise is that seen without guidance; two asks per step.

    One where nothing but clean picture is left. Chung et al., "CFG++: Manifold-constrained
    Classifier Free Guidance for Diffusion Models", https://arxiv.org/abs/2406.08070: x = x0 +
    sigma * eps with the guided x0 and the unguided eps; from there the step is that of
    https://arxiv.org/abs/2211.01095, algorithm 1.
    """
    for sigma, sigma_next in steps(sigmas):
        answered = yield Ask(x, sigma, unguided=True)
        x0, unguided = answered.chunk(2)
        down, up = ancestral(sigma, sigma_next, eta)
        x = x + (x0 - unguided)
        if down > 0:
            middle = sqrt(sigma * down)
            answered = yield Ask(fade(x, x0, middle / sigma), middle, unguided=True)
            x0, _ = answered.chunk(2)
        x = fade(x, x0, down / sigma)
        if up > 0:
            x = x + noise.draw() * (up * s_noise)
    return x
