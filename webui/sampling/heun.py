"""Heun's method, and its kin that looks further ahead."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from torch import Tensor

from webui.sampling.churn import Churn
from webui.sampling.moves import fade, steps
from webui.sampling.protocol import Ask, Noise, Sampling


def heun(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    s_churn: float = 0.0,
    s_tmin: float = 0.0,
    s_tmax: float = inf,
    s_noise: float = 1.0,
) -> Sampling:
    """Try an Euler step, look where it leads, and take the mean of both slopes.

    Two asks per step, one in a step to 0. Algorithm 2 of Karras et al., "Elucidating the Design
    Space of Diffusion-Based Generative Models", https://arxiv.org/abs/2206.00364.
    """
    churn = Churn.over(sigmas, s_churn, s_tmin, s_tmax, s_noise)
    for sigma, sigma_next in steps(sigmas):
        x, sigma = churn(x, sigma, noise)
        x0 = yield Ask(x, sigma)
        guess = fade(x, x0, sigma_next / sigma)
        if sigma_next == 0:
            return guess
        slope = (x - x0) / sigma
        x0 = yield Ask(guess, sigma_next)
        x = x + (slope + (guess - x0) / sigma_next) * ((sigma_next - sigma) / 2)
    return x


def heunpp2(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    s_churn: float = 0.0,
    s_tmin: float = 0.0,
    s_tmax: float = inf,
    s_noise: float = 1.0,
) -> Sampling:
    """HeunPP2: slopes of up to three levels, those of lower noise weighing less at the end.

    Three asks per step, two in the last but one, one in the last. The weights are those of the
    sampler of this name in ComfyUI and Forge.
    """
    churn = Churn.over(sigmas, s_churn, s_tmin, s_tmax, s_noise)
    for index, (level, sigma_next) in enumerate(steps(sigmas)):
        x, sigma = churn(x, level, noise)
        ahead = sigmas[index + 1 : min(index + 3, len(sigmas) - 1)]  # never the last level
        x0 = yield Ask(x, sigma)
        slopes, guess, at = [(x - x0) / sigma], x, sigma
        for lower in ahead:
            guess = guess + slopes[-1] * (lower - at)
            x0 = yield Ask(guess, lower)
            slopes, at = [*slopes, (guess - x0) / lower], lower
        if not ahead:
            x = fade(x, x0, sigma_next / sigma)
            continue
        shares = [lower / (len(slopes) * sigmas[0]) for lower in ahead]
        slope = slopes[0] * (1 - sum(shares))
        for other, share in zip(slopes[1:], shares, strict=True):
            slope = slope + other * share
        x = x + slope * (sigma_next - sigma)
    return x
