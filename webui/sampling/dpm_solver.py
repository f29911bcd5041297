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
    eps = yield from _eps(x, sigma)
    if order == 1:
        return x - eps * (sigma_next * expm1(log(sigma / sigma_next)))
    change = yield from _change(x, eps, sigma, sigma_next, order)
    if order == 2:
        return x - (eps + change) * (sigma_next * expm1(log(sigma / sigma_next)))
    return (yield from _third_order(x, eps, change, sigma, sigma_next))


def pair_of_strides(
    x: Tensor, sigma: float, sigma_next: float
) -> Generator[Ask, Tensor, tuple[Tensor, Tensor]]:
    """From one level to the next by order 2 and by order 3, with three asks for both."""
    eps = yield from _eps(x, sigma)
    change = yield from _change(x, eps, sigma, sigma_next, 3)
    lower = x - (eps + change * 1.5) * (sigma_next * expm1(log(sigma / sigma_next)))
    return lower, (yield from _third_order(x, eps, change, sigma, sigma_next))


def _change(
    x: Tensor, eps: Tensor, sigma: float, sigma_next: float, parts: int
) -> Generator[Ask, Tensor, Tensor]:
    """By how much eps differs after the first of so many equal parts of a stride."""
    level = sigma * (sigma_next / sigma) ** (1 / parts)
    point = x - eps * (level * expm1(log(sigma / sigma_next) / parts))
    return (yield from _eps(point, level)) - eps


def _third_order(
    x: Tensor, eps: Tensor, change: Tensor, sigma: float, sigma_next: float
) -> Generator[Ask, Tensor, Tensor]:
    """The end of a stride, given the change of eps at its first third, after a look at its second.

    One ask.
    """
    width = log(sigma / sigma_next)
    level, part = sigma * (sigma_next / sigma) ** (2 / 3), width * 2 / 3
    bend = 2 * level * (expm1(part) / part - 1)
    point = x - eps * (level * expm1(part)) - change * bend
    change = (yield from _eps(point, level)) - eps
    whole = sigma_next * expm1(width)
    return x - eps * whole - change * (1.5 * sigma_next * (expm1(width) / width - 1))


def _eps(x: Tensor, sigma: float) -> Generator[Ask, Tensor, Tensor]:
    return (x - (yield Ask(x, sigma))) / sigma
