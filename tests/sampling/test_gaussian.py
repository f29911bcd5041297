"""Against closed forms: for Gaussian data the perfect denoiser and the ODE's solution are known."""

from __future__ import annotations

from functools import partial
from math import log

import numpy as np
import pytest
import torch

from webui.sampling import (
    ImageNoise,
    Sampler,
    ddim,
    dpm_2,
    dpm_2_ancestral,
    dpmpp_2m,
    dpmpp_2m_sde,
    dpmpp_2s_ancestral,
    dpmpp_3m_sde,
    dpmpp_sde,
    euler,
    euler_ancestral,
    exponential,
    heun,
    karras,
    lcm,
)

from .drive import SD, Gaussian, drive, start

DATA = Gaussian(mean=0.3, std=0.7)


def order_of(sampler: Sampler, high: float, low: float, *, even: bool = False) -> float:
    """How fast the error falls with the number of steps: the slope in a log-log plot."""
    x = torch.linspace(-2, 2, 16, dtype=torch.float64).reshape(1, 1, 4, 4) * high
    counts, errors = (20, 40, 80, 160), []
    for count in counts:
        space = np.linspace if even else np.geomspace
        sigmas = [float(sigma) for sigma in space(high, low, count + 1)]
        got = drive(sampler(x, sigmas, ImageNoise([0], (1, 4, 4))), DATA.denoise)
        errors.append(float((got - DATA.flow(x, high, low)).abs().max()))
    return -float(np.polyfit([log(c) for c in counts], [log(e) for e in errors], 1)[0])


@pytest.mark.parametrize(
    ("sampler", "order"),
    [
        (euler, 1),
        (ddim, 1),
        (heun, 2),
        (dpm_2, 2),
        (dpmpp_2m, 2),
        (partial(euler_ancestral, eta=0.0), 1),
        (partial(dpm_2_ancestral, eta=0.0), 2),
        (partial(dpmpp_2s_ancestral, eta=0.0), 2),
        (partial(dpmpp_sde, eta=0.0), 2),
        (partial(dpmpp_2m_sde, eta=0.0), 2),
        (partial(dpmpp_2m_sde, eta=0.0, solver="heun"), 2),
    ],
)
def test_a_sampler_converges_at_its_order(sampler: Sampler, order: int) -> None:
    assert order_of(sampler, 10.0, 0.1) == pytest.approx(order, abs=0.2)


def test_3m_converges_beyond_second_order() -> None:
    # its first step is of first order, its second of second, so not quite 3 either
    assert order_of(partial(dpmpp_3m_sde, eta=0.0), 10.0, 0.1) > 1.9


@pytest.mark.parametrize(("sampler", "order"), [(euler, 1), (heun, 2)])
def test_it_converges_down_to_zero(sampler: Sampler, order: int) -> None:
    assert order_of(sampler, 5.0, 0.0, even=True) == pytest.approx(order, abs=0.2)


SPREAD = (1, 128, 128)


def spread_of(sampler: Sampler, count: int, *, consistency: bool = False) -> tuple[float, float]:
    """Mean and standard deviation of many samples, drawn as so many independent pixels."""
    noise, sigmas = ImageNoise([0], SPREAD), karras(count, SD)
    answer = DATA.consistency if consistency else DATA.denoise
    result = drive(sampler(DATA.noisy(noise, sigmas[0]), sigmas, noise), answer)
    return result.mean().item(), result.std().item()


@pytest.mark.parametrize(
    ("sampler", "count"),
    [
        (euler_ancestral, 1000),
        (partial(ddim, eta=1.0), 1000),
        (partial(ddim, eta=0.5), 1000),
        (partial(euler, s_churn=10.0), 1000),
        (partial(heun, s_churn=10.0), 60),
        (partial(dpm_2, s_churn=10.0), 60),
        (dpm_2_ancestral, 60),
        (dpmpp_2s_ancestral, 60),
        (dpmpp_sde, 60),
        (dpmpp_2m_sde, 60),
        (partial(dpmpp_2m_sde, solver="heun"), 60),
        (dpmpp_3m_sde, 60),
    ],
)
def test_a_stochastic_sampler_draws_from_the_data(sampler: Sampler, count: int) -> None:
    mean, std = spread_of(sampler, count)
    assert mean == pytest.approx(DATA.mean, abs=0.015)
    assert std == pytest.approx(DATA.std, rel=0.02)


@pytest.mark.parametrize("count", [1, 2, 8])
def test_lcm_draws_from_the_data_in_any_number_of_steps(count: int) -> None:
    mean, std = spread_of(lcm, count, consistency=True)
    assert mean == pytest.approx(DATA.mean, abs=0.015)
    assert std == pytest.approx(DATA.std, rel=0.02)


def test_2m_sde_without_its_noise_is_2m() -> None:
    sigmas = exponential(12, SD)
    plain, sde = (
        drive(sampler(start(noise, sigmas), sigmas, noise), DATA.denoise)
        for sampler in (dpmpp_2m, partial(dpmpp_2m_sde, eta=0.0))
        for noise in [ImageNoise([4], (1, 4, 4))]
    )
    torch.testing.assert_close(plain, sde, atol=1e-6, rtol=1e-6)


def test_finer_schedules_bring_dpmpp_sde_nearer_to_the_same_picture() -> None:
    results = []
    for count in (10, 40, 160):
        noise, sigmas = ImageNoise([4], (1, 16, 16)), karras(count, SD)
        results.append(drive(dpmpp_sde(start(noise, sigmas), sigmas, noise), DATA.denoise))
    coarse, fine = ((result - results[-1]).square().mean().sqrt() for result in results[:-1])
    assert fine < coarse / 2
    assert fine < 0.1


@pytest.mark.parametrize("s_noise", [0.0, 1.0])
def test_churn_acts_only_between_its_levels(s_noise: float) -> None:
    sigmas, asked = (8.0, 4.0, 2.0, 1.0, 0.0), list[float]()
    noise = ImageNoise([4], (1, 4, 4))
    churned = euler(
        torch.zeros(1, 1, 4, 4), sigmas, noise, s_churn=0.4, s_tmin=1.5, s_tmax=5.0, s_noise=s_noise
    )
    drive(churned, DATA.denoise, asked)
    assert asked == pytest.approx([8.0, 4.4, 2.2, 1.0])


def test_churn_has_a_ceiling() -> None:
    asked: list[float] = []
    noise = ImageNoise([4], (1, 4, 4))
    drive(euler(torch.zeros(1, 1, 4, 4), (4.0, 0.0), noise, s_churn=100.0), DATA.denoise, asked)
    assert asked == pytest.approx([4.0 * 2**0.5])
