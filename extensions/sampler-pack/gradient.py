"""Gradient estimation."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from webui.sampling import Ask, Noise, Sampling, steps

_GAMMA = 2.0
"""How far beyond the newer slope the two point; the paper finds 2 best nearly everywhere."""


def gradient_estimation(x: Tensor, sigmas: Sequence[float], noise: Noise) -> Sampling:
    """Gradient estimation: Euler steps along a slope that is freed of the last one's error.

    One ask per step. Permenter and Yuan, "Interpreting and Improving Diffusion Models from an
    Optimization Perspective", https://arxiv.org/abs/2306.04848, algorithm 2: the noise that is
    seen tells the way to the pictures with an error, which two looks together estimate.
    """
    last: Tensor | None = None
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        if sigma_next == 0:
            return x0
        slope = (x - x0) / sigma
        way = slope if last is None else last + (slope - last) * _GAMMA
        x = x + way * (sigma_next - sigma)
        last = slope
    return x
