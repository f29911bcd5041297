"""Linear multistep methods: the slope of a step is a blend of the last slopes.

One ask per step (PLMS: one more in its first), for the price of some error while few slopes are
known. The slope is eps = (x - x0) / sigma, and a step follows a polynomial through the last slopes
(Adams and Bashforth). They differ in where they think the slopes lie.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from webui.sampling.moves import fade, steps
from webui.sampling.protocol import Ask, Noise, Sampling

_EVEN = (
    (1.0,),
    (3 / 2, -1 / 2),
    (23 / 12, -16 / 12, 5 / 12),
    (55 / 24, -59 / 24, 37 / 24, -9 / 24),
)
"""Weights of evenly spaced slopes, the newest first, by how many there are."""


def lms(x: Tensor, sigmas: Sequence[float], noise: Noise, *, solver_order: int = 4) -> Sampling:
    """LMS: exact for the levels as they lie; also the step to 0 is extrapolated.

    `solver_order`: 1 to 4. Katherine Crowson's method of that name in k-diffusion.
    """
    return _exact(x, sigmas, solver_order, cleans=False)


def ipndm_v(x: Tensor, sigmas: Sequence[float], noise: Noise, *, solver_order: int = 4) -> Sampling:
    """IPNDM_V: as LMS, but the step to 0 goes to the last x0.

    `solver_order`: 1 to 4. The variable-step form of Zhang and Chen, "Fast Sampling of Diffusion
    Models with Exponential Integrator", https://arxiv.org/abs/2204.13902. The weights are exact;
    those in other tools deviate on uneven levels from order 3 on.
    """
    return _exact(x, sigmas, solver_order, cleans=True)


def ipndm(x: Tensor, sigmas: Sequence[float], noise: Noise, *, solver_order: int = 4) -> Sampling:
    """IPNDM: the weights of evenly spaced slopes, whatever the levels.

    `solver_order`: 1 to 4. Zhang and Chen, https://arxiv.org/abs/2204.13902, after Liu et al.,
    "Pseudo Numerical Methods for Diffusion Models on Manifolds", https://arxiv.org/abs/2202.09778.
    """
    slopes: list[Tensor] = []
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        if sigma_next == 0:
            return x0
        slopes = [(x - x0) / sigma, *slopes[: solver_order - 1]]
        x = x + _blend(slopes, _EVEN[len(slopes) - 1]) * (sigma_next - sigma)
    return x


def plms(x: Tensor, sigmas: Sequence[float], noise: Noise) -> Sampling:
    """PLMS: IPNDM whose first step is averaged with a look at its end (two asks).

    Equation 12 and its beginning in Liu et al., https://arxiv.org/abs/2202.09778; for
    x = x0 + sigma * eps its transfer is a straight line in sigma.
    """
    slopes: list[Tensor] = []
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        slopes = [(x - x0) / sigma, *slopes[:3]]
        if len(slopes) == 1 and sigma_next > 0:
            ahead = fade(x, x0, sigma_next / sigma)
            x0_ahead = yield Ask(ahead, sigma_next)
            slope = (slopes[0] + (ahead - x0_ahead) / sigma_next) / 2
        else:
            slope = _blend(slopes, _EVEN[len(slopes) - 1])
        x = x + slope * (sigma_next - sigma)
    return x


def _exact(x: Tensor, sigmas: Sequence[float], order: int, *, cleans: bool) -> Sampling:
    slopes: list[Tensor] = []
    levels: list[float] = []
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        if cleans and sigma_next == 0:
            return x0
        slopes = [(x - x0) / sigma, *slopes[: order - 1]]
        levels = [sigma, *levels[: order - 1]]
        x = x + _blend(slopes, _weights(levels, sigma, sigma_next))
    return x


def _blend(slopes: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    blended = slopes[0] * weights[0]
    for slope, weight in zip(slopes[1:], weights[1:], strict=True):
        blended = blended + slope * weight
    return blended


def _weights(levels: Sequence[float], start: float, end: float) -> list[float]:
    """Integrals from `start` to `end` of the polynomials that are 1 at one level, 0 at the others.

    Gauss and Legendre's three points integrate them exactly (up to degree 5). Levels are taken
    relative to `start`, in steps of the width, so that small ones do not lose their digits.
    """
    width = end - start
    at = [(level - start) / width for level in levels]
    points = ((0.5 - _GAUSS, 5 / 18), (0.5, 8 / 18), (0.5 + _GAUSS, 5 / 18))
    return [
        width * sum(share * _lagrange(at, index, point) for point, share in points)
        for index in range(len(at))
    ]


_GAUSS = 0.6**0.5 / 2


def _lagrange(at: Sequence[float], index: int, point: float) -> float:
    value = 1.0
    for other, place in enumerate(at):
        if other != index:
            value *= (point - place) / (at[index] - place)
    return value
