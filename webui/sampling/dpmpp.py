"""The DPM-Solver++ kin: exponential integrators over log(sigma).

All of them take the same step, `fade`, and differ in the x0 they fade towards: one asked at the
middle of the step (2S, SDE) or one extrapolated from earlier answers (2M, 3M).

Lu et al., "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models",
https://arxiv.org/abs/2211.01095. The SDE forms and their noise are Katherine Crowson's, from
k-diffusion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, expm1, log, sqrt
from typing import Literal

from torch import Tensor

from webui.sampling.moves import ancestral, fade, steps
from webui.sampling.protocol import Ask, Noise, Sampling


def dpmpp_2m(x: Tensor, sigmas: Sequence[float], noise: Noise) -> Sampling:
    """DPM++ 2M: x0 at the middle of the step, extrapolated from this answer and the last.

    One ask per step. Algorithm 2 of https://arxiv.org/abs/2211.01095.
    """
    last: tuple[Tensor, float] | None = None
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        if sigma_next == 0:
            return x0
        width = log(sigma / sigma_next)
        x = fade(x, _halfway(x0, width, last), sigma_next / sigma)
        last = x0, width
    return x


def dpmpp_2m_sde(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    solver: Literal["midpoint", "heun"] = "midpoint",
) -> Sampling:
    """DPM++ 2M SDE: 2M along the reverse diffusion, which forgets old noise and adds new.

    One ask per step. With eta = 0 the midpoint solver is DPM++ 2M. `solver` chooses how the change
    of x0 within a step is integrated: as its value at the middle, or as a straight line ("heun").
    """
    path = _path(sigmas, noise)
    last: tuple[Tensor, float] | None = None
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        if sigma_next == 0:
            return x0
        width = log(sigma / sigma_next)
        faded = width * (1 + eta)
        if solver == "midpoint" or last is None:
            x = fade(x, _halfway(x0, width, last), exp(-faded))
        else:
            x = fade(x, x0, exp(-faded)) + (x0 - last[0]) * (width / last[1] * _phi2(faded))
        if eta > 0:
            strength = sigma_next * sqrt(-expm1(-2 * eta * width))
            x = x + path(sigma, sigma_next) * (strength * s_noise)
        last = x0, width
    return x


def dpmpp_2m_sde_heun(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Sampling:
    """DPM++ 2M SDE Heun: 2M SDE with its "heun" solver."""
    return dpmpp_2m_sde(x, sigmas, noise, eta=eta, s_noise=s_noise, solver="heun")


def dpmpp_3m_sde(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Sampling:
    """DPM++ 3M SDE: as 2M SDE, with x0 followed along a parabola through three answers.

    One ask per step.
    """
    path = _path(sigmas, noise)
    history: list[tuple[Tensor, float]] = []
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        if sigma_next == 0:
            return x0
        width = log(sigma / sigma_next)
        faded = width * (1 + eta)
        x = fade(x, x0, exp(-faded))
        if history:
            newer, near = history[-1][0], history[-1][1] / width
            slope = (x0 - newer) / near
            if len(history) > 1:
                older, far = history[-2][0], history[-2][1] / width
                bend = (slope - (newer - older) / far) / (near + far)
                slope = slope + bend * near
                x = x - bend * (_phi2(faded) / faded - 0.5)
            x = x + slope * _phi2(faded)
        if eta > 0:
            strength = sigma_next * sqrt(-expm1(-2 * eta * width))
            x = x + path(sigma, sigma_next) * (strength * s_noise)
        history = [*history[-1:], (x0, width)]
    return x


def dpmpp_2s_ancestral(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Sampling:
    """DPM++ 2S a: x0 is asked again at the middle of the step; ancestral noise after it.

    Two asks per step, one where nothing but clean picture is left. Algorithm 1 of
    https://arxiv.org/abs/2211.01095.
    """
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        down, up = ancestral(sigma, sigma_next, eta)
        if down > 0:
            middle = sqrt(sigma * down)
            x0 = yield Ask(fade(x, x0, middle / sigma), middle)
        x = fade(x, x0, down / sigma)
        if up > 0:
            x = x + noise.draw() * (up * s_noise)
    return x


def dpmpp_sde(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Sampling:
    """DPM++ SDE: x0 is asked again at the middle of the step, where the noise has moved on too.

    Two asks per step, one in a step to 0. Both halves draw on one Brownian path, so that finer
    schedules come nearer to the same picture.
    """
    path = _path(sigmas, noise)
    for sigma, sigma_next in steps(sigmas):
        x0 = yield Ask(x, sigma)
        if sigma_next == 0:
            return x0
        middle = sqrt(sigma * sigma_next)
        down, up = ancestral(sigma, middle, eta)
        halfway = fade(x, x0, down / sigma) + path(sigma, middle) * (up * s_noise)
        x0 = yield Ask(halfway, middle)
        down, up = ancestral(sigma, sigma_next, eta)
        x = fade(x, x0, down / sigma) + path(sigma, sigma_next) * (up * s_noise)
    return x


def _halfway(x0: Tensor, width: float, last: tuple[Tensor, float] | None) -> Tensor:
    """x0 in the middle of a step of `width` in log(sigma), by a line through the last answer."""
    if last is None:
        return x0
    last_x0, last_width = last
    return x0 + (x0 - last_x0) * (width / (2 * last_width))


def _path(sigmas: Sequence[float], noise: Noise) -> Callable[[float, float], Tensor]:
    """A Brownian path over those levels of a schedule that still hold noise."""
    levels = [sigma for sigma, _ in steps(sigmas)] + [sigma for sigma in sigmas[-1:] if sigma > 0]
    return noise.brownian(levels[-1], levels[0])


def _phi2(width: float) -> float:
    """Weight, in an exponential integrator's step, of what changes linearly over the step."""
    return 1 + expm1(-width) / width
