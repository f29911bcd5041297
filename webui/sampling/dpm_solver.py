"""DPM-Solver of orders 1 to 3 in single steps.

Lu et al., "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling in Around 10
Steps", https://arxiv.org/abs/2206.00927; in terms of eps, over the time -log(sigma).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from math import expm1, log, sqrt

from torch import Tensor

from webui.sampling.moves import ancestral, steps
from webui.sampling.protocol import Ask, Noise, Sampling


def dpm_fast(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> Sampling:
    """DPM fast: as many asks as there are steps, spent on strides of order 3 and a rest.

    It takes from `sigmas` only how many steps there are and the first and the last level above 0,
    and strides evenly in log(sigma) between the two. From there the last ask goes to 0
    (k-diffusion's stops above it, which leaves noise where a schedule's last level is high).
    """
    count, cleans = len(steps(sigmas)), sigmas[-1] == 0
    lowest = sigmas[-1] or sigmas[-2]
    orders = stride_orders(count - cleans)
    ratio = (lowest / sigmas[0]) ** (1 / max(len(orders), 1))
    for index, order in enumerate(orders):
        sigma, sigma_next = sigmas[0] * ratio**index, sigmas[0] * ratio ** (index + 1)
        down = max(lowest, ancestral(sigma, sigma_next, eta)[0])
        x = yield from _stride(x, sigma, down, order)
        up = sqrt(max(0.0, sigma_next**2 - down**2)) if eta > 0 else 0.0
        if up > 0:
            x = x + noise.draw() * (up * s_noise)
    return (yield Ask(x, lowest)) if cleans else x


def stride_orders(count: int) -> list[int]:
    """Orders whose sum is `count`: as many of order 3 as leave room for an end of lower ones."""
    if count == 0:
        return []
    if count % 3 == 0:
        return [3] * (count // 3 - 1) + [2, 1]
    return [3] * (count // 3) + [count % 3]


def _stride(
    x: Tensor, sigma: float, sigma_next: float, order: int
) -> Generator[Ask, Tensor, Tensor]:
    """From one level to the next with `order` asks; algorithms 1 and 2 of the paper, and DDIM."""
    width = log(sigma / sigma_next)
    eps = yield from _eps(x, sigma)
    whole = sigma_next * expm1(width)
    if order == 1:
        return x - eps * whole
    first = sigma * (sigma_next / sigma) ** (1 / order)
    point = x - eps * (first * expm1(width / order))
    change = (yield from _eps(point, first)) - eps
    if order == 2:
        return x - (eps + change) * whole
    second, part = sigma * (sigma_next / sigma) ** (2 / 3), width * 2 / 3
    bend = 2 * second * (expm1(part) / part - 1)
    point = x - eps * (second * expm1(part)) - change * bend
    change = (yield from _eps(point, second)) - eps
    return x - eps * whole - change * (1.5 * sigma_next * (expm1(width) / width - 1))


def _eps(x: Tensor, sigma: float) -> Generator[Ask, Tensor, Tensor]:
    return (x - (yield Ask(x, sigma))) / sigma
