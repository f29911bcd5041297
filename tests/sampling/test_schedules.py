from __future__ import annotations

from itertools import pairwise
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.sampling import (
    Schedule,
    TrainedSigmas,
    ddim_uniform,
    exponential,
    karras,
    normal,
    sgm_uniform,
)

from .drive import SD

SCHEDULES: list[Schedule] = [normal, karras, exponential, sgm_uniform, ddim_uniform]
FROM_THE_TOP: list[Schedule] = [normal, karras, exponential, sgm_uniform]

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
    assert sigmas[0] <= trained.sigma_max * (1 + 1e-9)
    assert sigmas[-2] >= trained.sigma_min * (1 - 1e-9)


@pytest.mark.parametrize("schedule", FROM_THE_TOP)
@pytest.mark.parametrize("steps", [1, 2, 20])
def test_a_schedule_starts_at_the_highest_trained_level(schedule: Schedule, steps: int) -> None:
    assert schedule(steps, SD)[0] == pytest.approx(SD.sigma_max, rel=1e-9)


@pytest.mark.parametrize("schedule", [normal, karras, exponential])
def test_the_last_level_before_zero_is_the_lowest_trained_one(schedule: Schedule) -> None:
    assert schedule(7, SD)[-2] == pytest.approx(SD.sigma_min, rel=1e-9)


# From the definitions, for the betas of Stable Diffusion 1 (reckoned apart from our code):
# karras: (14.61464^(1/7) + i/4 (0.0291672^(1/7) - 14.61464^(1/7)))^7
# exponential: 14.61464 * (0.0291672 / 14.61464)^(i/4)
# normal: the table at t = 999, 749.25, 499.5, 249.75, 0
# sgm_uniform: the table at t = 999, 799.2, 599.4, 399.6, 199.8
# ddim_uniform: the table at t = 801, 601, 401, 201, 1
@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (karras, (14.614641, 4.796535, 1.274100, 0.247950, 0.029167, 0.0)),
        (exponential, (14.614641, 3.088977, 0.652892, 0.137996, 0.029167, 0.0)),
        (normal, (14.614641, 4.086081, 1.615580, 0.695150, 0.029167, 0.0)),
        (sgm_uniform, (14.614641, 5.092408, 2.279730, 1.162865, 0.571189, 0.0)),
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
