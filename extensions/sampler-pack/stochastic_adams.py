"""SA-Solver: a predictor and a corrector of Adams' kind for reverse diffusions."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, expm1, inf, log, sqrt

from torch import Tensor

from webui.sampling import Ask, Noise, Sampling, fade, steps

from .integrals import integral

Answer = tuple[float, Tensor]
"""A noise level and the x0 that was seen there."""


def sa_solver(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 1.0,
    s_tmin: float = 0.6,
    s_tmax: float = 7.0,
    solver_order: int = 2,
) -> Sampling:
    """SA solver: every step is taken once more when the x0 at its end is known; one ask per step.

    Xue et al., "SA-Solver: Stochastic Adams Solver for Fast Sampling of Diffusion Models",
    https://arxiv.org/abs/2309.05019, algorithm 1. `eta` is the paper's tau between the levels
    `s_tmin` and `s_tmax`, elsewhere that is 0. The predictor looks at `solver_order` answers, and
    on the last way to 0 at no more than steps are left; the corrector at one more.
    """
    answers: list[Answer] = []
    before, fresh, tau, pairs = (x, inf), None, 0.0, steps(sigmas)
    for index, (sigma, sigma_next) in enumerate(pairs):
        x0 = yield Ask(x, sigma)
        if sigma_next == 0:
            return x0
        if answers:
            x = _plus(_moved(*before, sigma, [(sigma, x0), *answers], tau), fresh)
        left = len(pairs) - 1 - index if sigmas[-1] == 0 else solver_order
        answers = [(sigma, x0), *answers][: min(solver_order, left)]
        tau = eta if s_tmin <= sigma <= s_tmax else 0.0
        fresh = _fresh(noise, sigma, sigma_next, tau)
        before = (x, sigma)
        x = _plus(_moved(x, sigma, sigma_next, answers, tau), fresh)
    return x


def _moved(
    x: Tensor, sigma: float, sigma_next: float, answers: Sequence[Answer], tau: float
) -> Tensor:
    """x after the step, without its fresh noise; x0 is a polynomial over log(sigma) in between."""
    speed, width = 1 + tau**2, log(sigma / sigma_next)
    at = [log(sigma / level) / width for level, _ in answers]
    x = fade(x, answers[0][1], exp(-speed * width))
    for index, (_, x0) in enumerate(answers[1:], start=1):
        x = x + (x0 - answers[0][1]) * _weight(at, index, speed * width)
    return x


def _weight(at: Sequence[float], index: int, faded: float) -> float:
    """How much the answer at `at[index]` counts, in widths of the step from its beginning."""

    def inner(place: float) -> float:
        value = faded * exp(faded * (place - 1))
        for other, where in enumerate(at):
            if other != index:
                value *= (place - where) / (at[index] - where)
        return value

    return integral(inner, 0.0, 1.0)


def _fresh(noise: Noise, sigma: float, sigma_next: float, tau: float) -> Tensor | None:
    if tau == 0:
        return None
    kept = expm1(-2 * tau**2 * log(sigma / sigma_next))
    return noise.draw() * (sigma_next * sqrt(-kept))


def _plus(x: Tensor, fresh: Tensor | None) -> Tensor:
    return x if fresh is None else x + fresh
