"""ER SDE: solvers of a family of reverse diffusions, from no fresh noise to much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import exp, log, sqrt

from torch import Tensor

from webui.sampling import Ask, Noise, Sampling, fade, steps

from .integrals import integral

Scaling = Callable[[float], float]
"""From a noise level to how much of it is carried on; sigma itself would be no fresh noise."""


def much_early(sigma: float) -> float:
    """The paper's "ER SDE 5", which it finds best: fresh noise at high levels, little at low."""
    return sigma * (exp(min(sigma**0.3, 500.0)) + 10)


def er_sde(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    s_noise: float = 1.0,
    solver_order: int = 3,
) -> Sampling:
    """ER SDE: x0 followed by up to its second derivative, with fresh noise; one ask per step.

    `solver_order`: 1 to 3, more is 3. Cui et al., "Elucidating the Solution Space of Extended
    Reverse-Time SDE for Diffusion Models", https://arxiv.org/abs/2309.06169, algorithms 1 to 3
    for x = x0 + sigma * eps.
    """
    return walk(x, sigmas, noise, s_noise, solver_order, much_early)


def walk(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    s_noise: float,
    order: int,
    scaling: Scaling,
) -> Sampling:
    """The same with any scaling of the noise."""
    answers: list[tuple[float, Tensor]] = []
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        if sigma_next == 0:
            return x0
        answers = [(sigma, x0), *answers[: min(order, 3) - 1]]
        ratio = scaling(sigma_next) / scaling(sigma)
        x = fade(x, x0, ratio)
        for power, change in enumerate(_changes(answers), start=1):
            x = x + change * _weight(power, sigma, sigma_next, scaling)
        fresh = sigma_next**2 - (sigma * ratio) ** 2
        if fresh > 0 and s_noise > 0:
            x = x + noise.draw() * (sqrt(fresh) * s_noise)
    return x


def _changes(answers: Sequence[tuple[float, Tensor]]) -> list[Tensor]:
    """The first and second derivative of x0 over sigma, as far as there are answers for them.

    By differences as in the paper; the first is that of the last step's middle.
    """
    slopes = [
        (new - old) / (level - level_old) for (level, new), (level_old, old) in pairwise(answers)
    ]
    if len(slopes) < 2:
        return slopes
    return [slopes[0], (slopes[0] - slopes[1]) * (2 / (answers[0][0] - answers[2][0]))]


def _weight(power: int, sigma: float, sigma_next: float, scaling: Scaling) -> float:
    """What a change of x0 by (level - sigma)**power / power! adds over the step.

    The paper's integral of (level - sigma)**(power - 1) / scaling, taken over log(level), where
    it is smooth at all levels.
    """

    def inner(depth: float) -> float:
        level = exp(depth)
        return (level - sigma) ** (power - 1) * level / scaling(level)

    width = sigma_next - sigma
    rest = integral(inner, log(sigma_next), log(sigma)) * scaling(sigma_next)
    return width**power / power + rest
