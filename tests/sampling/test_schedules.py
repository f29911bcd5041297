from __future__ import annotations

from itertools import pairwise
from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.sampling import (
    Schedule,
    TrainedSigmas,
    align_your_steps,
    align_your_steps_32,
    align_your_steps_gits,
    beta,
    ddim_uniform,
    exponential,
    karras,
    kl_optimal,
    linear_quadratic,
    normal,
    polyexponential,
    sgm_uniform,
    simple,
    turbo,
)

from .drive import SD

FROM_THE_TOP: list[Schedule] = [
    *(normal, karras, exponential, polyexponential, sgm_uniform),
    *(beta, kl_optimal, linear_quadratic, simple, turbo),
]
TUNED: list[Schedule] = [align_your_steps, align_your_steps_32, align_your_steps_gits]
SCHEDULES: list[Schedule] = [*FROM_THE_TOP, *TUNED, ddim_uniform]
BETWEEN_ENDS: list[Schedule] = [karras, exponential, polyexponential, kl_optimal, beta]
OTHER_TABLES = [TrainedSigmas.from_betas(zero_terminal_snr=True), TrainedSigmas.from_flow()]

tables = st.builds(
    TrainedSigmas.from_betas,
    beta_start=st.floats(1e-5, 1e-3),
    beta_end=st.floats(2e-3, 3e-2),
    steps=st.integers(200, 1200),
    kind=st.sampled_from(["linear", "scaled_linear"]),
)


@pytest.mark.parametrize("schedule", SCHEDULES)
@given(steps=st.integers(1, 150), trained=tables)
def test_a_schedule_descends_in_the_wanted_steps_to_zero(
    schedule: Schedule, steps: int, trained: TrainedSigmas
) -> None:
    sigmas = schedule(steps, trained)
    assert len(sigmas) == steps + 1
    assert sigmas[-1] == 0
    assert all(high > low for high, low in pairwise(sigmas))
    assert all(isfinite(sigma) for sigma in sigmas)
    slack = 0.01 if schedule in TUNED else 1e-9  # their tables are kept as published
    assert sigmas[0] <= trained.sigma_max * (1 + slack)
    # The parabola ends at 0 and knows no lowest level; the table of 32 was made to end below it.
    if schedule not in (linear_quadratic, align_your_steps_32):
        assert sigmas[-2] >= trained.sigma_min * (1 - slack)


@pytest.mark.parametrize("schedule", FROM_THE_TOP)
@pytest.mark.parametrize("steps", [1, 2, 20])
def test_a_schedule_starts_at_the_highest_trained_level(schedule: Schedule, steps: int) -> None:
    assert schedule(steps, SD)[0] == pytest.approx(SD.sigma_max, rel=1e-9)


@pytest.mark.parametrize(
    "schedule", [normal, karras, exponential, polyexponential, beta, kl_optimal]
)
def test_the_last_level_before_zero_is_the_lowest_trained_one(schedule: Schedule) -> None:
    assert schedule(7, SD)[-2] == pytest.approx(SD.sigma_min, rel=1e-9)


# From the definitions, for the betas of Stable Diffusion 1 (reckoned apart from our code):
# karras: (14.61464^(1/7) + i/4 (0.0291672^(1/7) - 14.61464^(1/7)))^7
# exponential: 14.61464 * (0.0291672 / 14.61464)^(i/4)
# normal: the table at t = 999, 749.25, 499.5, 249.75, 0
# sgm_uniform: the table at t = 999, 799.2, 599.4, 399.6, 199.8
# ddim_uniform: the table at t = 801, 601, 401, 201, 1
# simple, turbo: the table at t = 999, 799, 599, 399, 199
# kl_optimal: tan(atan(14.61464) + i/4 (atan(0.0291672) - atan(14.61464)))
# beta: 0.0291672 + (14.61464 - 0.0291672) q, q the quantiles of Beta(0.6, 0.6) at 1, 3/4, 1/2, …
# linear_quadratic: 14.61464 * (1 - g), g = 0, 1/80, 1/40, then 1/40 + j/80 + j^2 (15/16)/9
@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (karras, (14.614641, 4.796535, 1.274100, 0.247950, 0.029167, 0.0)),
        (exponential, (14.614641, 3.088977, 0.652892, 0.137996, 0.029167, 0.0)),
        (normal, (14.614641, 4.086081, 1.615580, 0.695150, 0.029167, 0.0)),
        (sgm_uniform, (14.614641, 5.092408, 2.279730, 1.162865, 0.571189, 0.0)),
        (simple, (14.614641, 5.087763, 2.276463, 1.160578, 0.569285, 0.0)),
        (turbo, (14.614641, 5.087763, 2.276463, 1.160578, 0.569285, 0.0)),
        (kl_optimal, (14.614641, 2.142741, 0.961588, 0.419836, 0.029167, 0.0)),
        (beta, (14.614641, 12.052260, 7.321904, 2.591549, 0.029167, 0.0)),
        (linear_quadratic, (14.614641, 14.431958, 14.249275, 12.544234, 7.794475, 0.0)),
        (ddim_uniform, (5.134431, 2.292854, 1.168216, 0.574050, 0.041314, 0.0)),
    ],
)
def test_schedule_values_for_sd_betas(schedule: Schedule, expected: tuple[float, ...]) -> None:
    assert schedule(5, SD) == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("steps", [0, -3])
def test_no_steps_are_refused(schedule: Schedule, steps: int) -> None:
    with pytest.raises(ValueError, match="step"):
        schedule(steps, SD)


def test_ddim_uniform_refuses_more_steps_than_there_are_timesteps() -> None:
    with pytest.raises(ValueError, match="1 to 999"):
        ddim_uniform(1000, SD)


@pytest.mark.parametrize(
    ("schedule", "table"),
    [
        (
            align_your_steps,
            (14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029),
        ),
        (
            align_your_steps_gits,
            (14.615, 4.617, 2.507, 1.236, 0.702, 0.402, 0.240, 0.156, 0.104, 0.094, 0.029),
        ),
    ],
)
def test_searched_schedules_are_their_published_tables(
    schedule: Schedule, table: tuple[float, ...]
) -> None:
    assert schedule(11, SD) == pytest.approx((*table, 0.0), rel=1e-12)
    between = schedule(21, SD)
    assert between[::2][:11] == pytest.approx(table, rel=1e-12)
    assert between[1] == pytest.approx((table[0] * table[1]) ** 0.5, rel=1e-12)


def test_the_search_for_32_levels_is_its_published_table() -> None:
    sigmas = align_your_steps_32(32, SD)
    some = {0: 14.615, 1: 11.23951352, 9: 2.79228788, 16: 1.314849, 26: 0.27461819, 31: 0.015}
    assert {place: sigmas[place] for place in some} == pytest.approx(some, rel=1e-12)


def test_searched_schedules_fit_another_trained_range() -> None:
    other = TrainedSigmas.from_betas(beta_end=0.02, kind="linear")
    sigmas = align_your_steps(11, other)
    assert sigmas[0] == pytest.approx(other.sigma_max)
    assert sigmas[-2] == pytest.approx(other.sigma_min)


def test_a_bent_exponential_has_more_steps_at_low_noise() -> None:
    assert polyexponential(9, SD) == pytest.approx(exponential(9, SD))
    assert polyexponential(9, SD, rho=2.0)[4] < exponential(9, SD)[4]


def test_linear_quadratic_goes_slowly_first() -> None:
    sigmas = linear_quadratic(20, SD)
    assert sigmas[10] == pytest.approx(SD.sigma_max * 0.975)
    drops = [high - low for high, low in pairwise(sigmas)]
    assert drops[:10] == pytest.approx([drops[0]] * 10)
    assert drops[10:] == sorted(drops[10:])


@pytest.mark.parametrize("trained", OTHER_TABLES, ids=["zero terminal SNR", "flow"])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 20, 150])
def test_a_schedule_descends_from_pure_noise_too(
    schedule: Schedule, steps: int, trained: TrainedSigmas
) -> None:
    sigmas = schedule(steps, trained)
    assert len(sigmas) == steps + 1
    assert all(high > low for high, low in pairwise(sigmas))
    if schedule in FROM_THE_TOP:
        assert sigmas[0] == pytest.approx(trained.sigma_max, rel=1e-9)


@pytest.mark.parametrize("schedule", BETWEEN_ENDS)
def test_other_ends_are_kept(schedule: Any) -> None:
    sigmas = schedule(7, SD, sigma_min=0.1, sigma_max=10.0)
    assert sigmas[0] == pytest.approx(10.0, rel=1e-9)
    assert sigmas[-2] == pytest.approx(0.1, rel=1e-9)
    assert sigmas[-1] == 0
    assert all(high > low for high, low in pairwise(sigmas))


@pytest.mark.parametrize("schedule", BETWEEN_ENDS)
def test_its_own_ends_change_no_bit(schedule: Any) -> None:
    own = schedule(20, SD, sigma_min=SD.sigma_min, sigma_max=SD.sigma_max)
    assert own == schedule(20, SD)


@pytest.mark.parametrize("schedule", BETWEEN_ENDS)
@pytest.mark.parametrize(("low", "high"), [(5.0, 5.0), (20.0, None), (None, 0.01), (0.0, None)])
def test_ends_the_wrong_way_round_are_refused(
    schedule: Any, low: float | None, high: float | None
) -> None:
    with pytest.raises(ValueError, match="from a higher level to a lower one"):
        schedule(7, SD, sigma_min=low, sigma_max=high)


@pytest.mark.parametrize("rho", [0.1, 0.5, 1.0, 7.0, 50.0])
@pytest.mark.parametrize("steps", [1, 2, 20, 150])
def test_karras_descends_at_any_rho(rho: float, steps: int) -> None:
    sigmas = karras(steps, SD, rho=rho)
    assert all(high > low for high, low in pairwise(sigmas))
    assert sigmas[0] == pytest.approx(SD.sigma_max, rel=1e-9)
    if steps > 1:
        assert sigmas[-2] == pytest.approx(SD.sigma_min, rel=1e-9)


def test_a_higher_rho_has_more_steps_at_low_noise() -> None:
    assert karras(9, SD, rho=10.0)[4] < karras(9, SD)[4] < karras(9, SD, rho=3.0)[4]
