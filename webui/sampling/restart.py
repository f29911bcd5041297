"""Restart: parts of the way are gone more than once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

from torch import Tensor

from webui.sampling.moves import fade, steps
from webui.sampling.protocol import Ask, Noise, Sampling
from webui.sampling.schedules import karras_levels

LOW, HIGH = 0.1, 2.0
"""Between about these levels lies the part that is repeated."""
FEWEST = 20
"""Below so many steps none are spared for repeating."""


def restart(x: Tensor, sigmas: Sequence[float], noise: Noise, *, s_noise: float = 1.0) -> Sampling:
    """Heun steps; near the end noise is added back and part of the way is gone again.

    The steps are shared out between both, on levels of Karras between the first and the last of
    `sigmas` above 0; with fewer than 20 steps it is Heun's method on `sigmas` themselves. Two asks
    per step, one in a step to 0. Xu et al., "Restart Sampling for Improving Generative Processes",
    https://arxiv.org/abs/2306.14878; with the shares that A1111 uses.
    """
    level = sigmas[0] if sigmas else 0.0
    for sigma, sigma_next in restart_steps(sigmas):
        if sigma > level:
            x = x + noise.draw() * (sqrt(sigma**2 - level**2) * s_noise)
        x0 = yield Ask(x, sigma)
        guess = fade(x, x0, sigma_next / sigma)
        if sigma_next > 0:
            x0_ahead = yield Ask(guess, sigma_next)
            slope = (x - x0) / sigma + (guess - x0_ahead) / sigma_next
            x = x + slope * ((sigma_next - sigma) / 2)
        else:
            x = guess
        level = sigma_next
    return x


def restart_steps(sigmas: Sequence[float]) -> list[tuple[float, float]]:
    """Every step (from, to) in order; where one begins above the last one's end, it restarts."""
    plain = steps(sigmas)
    count = len(plain)
    if count < FEWEST or len(sigmas) < 3:
        return plain
    length, times = (count // 4, 2) if count >= 36 else (9, 1)
    lowest = sigmas[-1] or sigmas[-2]
    spread = [*karras_levels(count - length * times, sigmas[0], lowest), 0.0]
    bottom = _nearest(spread, LOW)
    top = _nearest(spread, HIGH)
    again = list(pairwise(karras_levels(length + 1, spread[top], spread[bottom])))
    walked = list(pairwise(spread))
    return walked[:bottom] + (again * times if top < bottom else []) + walked[bottom:]


def _nearest(levels: Sequence[float], wanted: float) -> int:
    return min(range(len(levels)), key=lambda i: abs(levels[i] - wanted))
