"""Against closed forms: for Gaussian data the perfect denoiser and the ODE's solution are known."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from math import log

import numpy as np
import pytest
import torch
from torch import Tensor

from webui.sampling import (
    ImageNoise,
    Sampler,
    ddim,
    ddim_cfgpp,
    ddpm,
    dpm_2,
    dpm_2_ancestral,
    dpm_adaptive,
    dpm_fast,
    dpmpp_2m,
    dpmpp_2m_sde,
    dpmpp_2m_sde_heun,
    dpmpp_2s_ancestral,
    dpmpp_3m_sde,
    dpmpp_sde,
    euler,
    euler_ancestral,
    exponential,
    heun,
    heunpp2,
    ipndm,
    ipndm_v,
    karras,
    lcm,
    lms,
    plms,
    restart,
)
from webui.sampling.dpm_adaptive import MOST_TRIES
from webui.sampling.dpm_solver import stride_orders
from webui.sampling.restart import restart_steps

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
        (ddim_cfgpp, 1),
        (heun, 2),
        (dpm_2, 2),
        (dpmpp_2m, 2),
        (partial(euler_ancestral, eta=0.0), 1),
        (partial(dpm_2_ancestral, eta=0.0), 2),
        (partial(dpmpp_2s_ancestral, eta=0.0), 2),
        (partial(dpmpp_sde, eta=0.0), 2),
        (partial(dpmpp_2m_sde, eta=0.0), 2),
        (partial(dpmpp_2m_sde, eta=0.0, solver="heun"), 2),
        (partial(dpmpp_2m_sde_heun, eta=0.0), 2),
        (heunpp2, 1),
        (ipndm, 2),
        (plms, 2),
        (dpm_fast, 2),
    ],
)
def test_a_sampler_converges_at_its_order(sampler: Sampler, order: int) -> None:
    assert order_of(sampler, 10.0, 0.1) == pytest.approx(order, abs=0.2)


def test_3m_converges_beyond_second_order() -> None:
    # its first step is of first order, its second of second, so not quite 3 either
    assert order_of(partial(dpmpp_3m_sde, eta=0.0), 10.0, 0.1) > 1.9


@pytest.mark.parametrize("sampler", [lms, ipndm_v, partial(ipndm, solver_order=4)])
def test_four_slopes_converge_beyond_third_order_on_even_levels(sampler: Sampler) -> None:
    # the first steps, with fewer slopes, keep it from order 4
    assert order_of(sampler, 5.0, 0.5, even=True) > 3.3


@pytest.mark.parametrize("sampler", [lms, ipndm_v])
def test_exact_weights_keep_that_on_uneven_levels(sampler: Sampler) -> None:
    assert order_of(sampler, 10.0, 0.1) > 3


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("sampler", [lms, ipndm, ipndm_v])
def test_fewer_slopes_have_a_lower_order(sampler: Sampler, order: int) -> None:
    assert order_of(partial(sampler, solver_order=order), 5.0, 0.5, even=True) < order + 0.7


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
        (partial(ddim_cfgpp, eta=1.0), 1000),
        (partial(dpm_adaptive, eta=1.0, rtol=0.005), 2),
        (partial(euler, s_churn=10.0), 1000),
        (partial(heun, s_churn=10.0), 60),
        (partial(dpm_2, s_churn=10.0), 60),
        (dpm_2_ancestral, 60),
        (dpmpp_2s_ancestral, 60),
        (dpmpp_sde, 60),
        (dpmpp_2m_sde, 60),
        (partial(dpmpp_2m_sde, solver="heun"), 60),
        (dpmpp_3m_sde, 60),
        (dpmpp_2m_sde_heun, 60),
        (ddpm, 1000),
        (restart, 60),
        (partial(dpm_fast, eta=1.0), 200),
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


def test_restart_is_heun_while_there_are_too_few_steps_to_spare_any() -> None:
    sigmas = karras(19, SD)
    first, second = (
        drive(sampler(start(noise, sigmas), sigmas, noise), DATA.denoise)
        for sampler in (heun, restart)
        for noise in [ImageNoise([4], (1, 4, 4))]
    )
    torch.testing.assert_close(first, second, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("count", "times"), [(20, 1), (35, 1), (36, 2), (60, 2)])
def test_restart_spends_the_steps_it_was_given_and_goes_back_as_often_as_said(
    count: int, times: int
) -> None:
    walked = restart_steps(karras(count, SD))
    assert len(walked) == count
    jumps = [(low, high) for (_, low), (high, _) in pairwise(walked) if high != pytest.approx(low)]
    assert len(jumps) == times
    for low, high in jumps:
        assert 0.05 < low < 0.2
        assert 1.2 < high < 3
    assert walked[-1][1] == 0


@pytest.mark.parametrize("count", range(30))
def test_dpm_fast_strides_in_as_many_asks_as_steps(count: int) -> None:
    orders = stride_orders(count)
    assert sum(orders) == count
    assert all(1 <= order <= 3 for order in orders)
    assert orders == sorted(orders, reverse=True)


def adaptive_error(**options: float) -> tuple[float, int]:
    """How far DPM adaptive ends from the ODE's solution, and how often it asked."""
    x = torch.linspace(-2, 2, 16, dtype=torch.float64).reshape(1, 1, 4, 4) * 10
    asked: list[float] = []
    noise = ImageNoise([0], (1, 4, 4))
    got = drive(dpm_adaptive(x, (10.0, 0.1), noise, **options), DATA.denoise, asked)
    return float((got - DATA.flow(x, 10.0, 0.1)).abs().max()), len(asked)


def test_dpm_adaptive_comes_as_near_as_its_tolerance_says() -> None:
    coarse, fine = (adaptive_error(rtol=rtol, atol=rtol / 6) for rtol in (0.05, 0.0005))
    assert coarse[0] < 0.1  # of values up to 20
    assert fine[0] < coarse[0] / 20
    assert fine[1] > coarse[1]


def test_dpm_adaptive_asks_three_times_a_try_and_once_at_the_end() -> None:
    noise, asked = ImageNoise([0], (1, 4, 4)), list[float]()
    sigmas = karras(5, SD)
    drive(dpm_adaptive(start(noise, sigmas), sigmas, noise), DATA.denoise, asked)
    assert len(asked) % 3 == 1
    assert asked[-1] == sigmas[-2]


def test_dpm_adaptive_takes_only_the_ends_of_the_schedule() -> None:
    few, many = (
        drive(dpm_adaptive(start(noise, sigmas), sigmas, noise), DATA.denoise)
        for sigmas in (karras(2, SD), (SD.sigma_max, *karras(40, SD)[1:]))
        for noise in [ImageNoise([4], (1, 4, 4))]
    )
    torch.testing.assert_close(few, many, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
def test_dpm_adaptive_ends_whatever_it_is_told(value: float) -> None:
    noise, asked = ImageNoise([0], (1, 4, 4)), list[float]()
    turn = 0

    def wild(x: Tensor, sigma: float) -> Tensor:
        nonlocal turn
        turn += 1
        return torch.full_like(x, value if turn % 2 else -value)

    drive(dpm_adaptive(start(noise, (14.0, 0.0)), (14.0, 0.03, 0.0), noise), wild, asked)
    assert len(asked) <= 3 * MOST_TRIES + 1


def test_cfg_plus_plus_goes_along_the_unguided_noise() -> None:
    x = torch.full((1, 1, 2, 2), 5.0)
    sampling = ddim_cfgpp(x, (2.0, 1.0, 0.0), ImageNoise([0], (1, 2, 2)))
    assert next(sampling).unguided
    ask = sampling.send(torch.cat([torch.full_like(x, 3.0), torch.full_like(x, 1.0)]))
    # x0 + sigma_next * eps, x0 = 3 and eps = (5 - 1) / 2
    torch.testing.assert_close(ask.x, torch.full_like(x, 3.0 + 1.0 * 2.0))
