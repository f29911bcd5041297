"""DPM-Solver-2: a step is steered by the slope at its middle."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, sqrt

from torch import Tensor

from webui.sampling.churn import Churn
from webui.sampling.moves import ancestral, fade, steps
from webui.sampling.protocol import Ask, Noise, Sampling


def dpm_2(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    s_churn: float = 0.0,
    s_tmin: float = 0.0,
    s_tmax: float = inf,
    s_noise: float = 1.0,
) -> Sampling:
    """DPM2: the midpoint method, with the middle taken in log(sigma).

    Two asks per step, one in a step to 0. Karras et al., https://arxiv.org/abs/2206.00364
    (algorithm 2's frame), and Lu et al., "DPM-Solver", https://arxiv.org/abs/2206.00927.
    """
    churn = Churn.over(sigmas, s_churn, s_tmin, s_tmax, s_noise)
    for sigma, sigma_next in steps(sigmas):
        x, sigma = churn(x, sigma, noise)
        x0 = yield Ask(x, sigma)
        if sigma_next == 0:
            return x0
        middle = sqrt(sigma * sigma_next)
        halfway = fade(x, x0, middle / sigma)
        x0 = yield Ask(halfway, middle)
        x = x + (halfway - x0) * ((sigma_next - sigma) / middle)
    return x


def dpm_2_ancestral(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Sampling:
    """DPM2 a: DPM2 that goes too far down and is lifted again by fresh noise.

    Two asks per step, one where nothing but clean picture is left. From Katherine Crowson's
    k-diffusion, after https://arxiv.org/abs/2206.00927.
    """
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        down, up = ancestral(sigma, sigma_next, eta)
        if down == 0:
            x = x0
        else:
            middle = sqrt(sigma * down)
            halfway = fade(x, x0, middle / sigma)
            x0 = yield Ask(halfway, middle)
            x = x + (halfway - x0) * ((down - sigma) / middle)
        if up > 0:
            x = x + noise.draw() * (up * s_noise)
    return x
