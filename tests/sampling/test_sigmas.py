from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from diffusers.schedulers.scheduling_ddim import rescale_zero_terminal_snr
from hypothesis import given
from hypothesis import strategies as st

from webui.sampling import TrainedSigmas
from webui.sampling.sigmas import to_zero_terminal_snr

from .drive import SD


def test_sd_betas_give_the_known_ends() -> None:
    assert len(SD.sigmas) == 1000
    assert SD.sigma_max == pytest.approx(14.6146, abs=1e-4)
    assert SD.sigma_min == pytest.approx(0.0292, abs=1e-4)


def test_both_kinds_of_betas_are_those_of_torch() -> None:
    for kind, betas in {
        "linear": torch.linspace(1e-4, 0.02, 500, dtype=torch.float64),
        "scaled_linear": torch.linspace(1e-4**0.5, 0.02**0.5, 500, dtype=torch.float64) ** 2,
    }.items():
        alphas = torch.cumprod(1 - betas, 0)
        expected = ((1 - alphas) / alphas).sqrt()
        table = TrainedSigmas.from_betas(1e-4, 0.02, 500, kind)  # type: ignore[arg-type]
        torch.testing.assert_close(torch.tensor(table.sigmas, dtype=torch.float64), expected)


def test_tables_are_values() -> None:
    assert TrainedSigmas.from_betas() == SD
    assert hash(TrainedSigmas.from_betas()) == hash(SD)


def test_zero_terminal_snr_becomes_a_large_finite_sigma() -> None:
    table = TrainedSigmas.from_alphas_cumprod([0.99, 0.5, 0.0])
    assert table.sigma_max == pytest.approx(4096, rel=1e-6)


@pytest.mark.parametrize(
    "sigmas", [(), (1.0,), (1.0, 1.0), (2.0, 1.0), (0.0, 1.0), (1.0, float("inf"))]
)
def test_what_is_no_table_is_refused(sigmas: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="sigmas"):
        TrainedSigmas(sigmas)


def test_whole_timesteps_have_the_trained_sigmas() -> None:
    for t in (0, 1, 500, 998, 999):
        assert SD.t_to_sigma(t) == pytest.approx(SD.sigmas[t], rel=1e-12)
        assert SD.sigma_to_t(SD.sigmas[t]) == pytest.approx(t, abs=1e-9)


def test_between_timesteps_the_logarithm_is_interpolated() -> None:
    assert SD.t_to_sigma(10.5) == pytest.approx((SD.sigmas[10] * SD.sigmas[11]) ** 0.5, rel=1e-12)


def test_levels_outside_the_table_are_clipped() -> None:
    assert SD.sigma_to_t(1e9) == 999
    assert SD.sigma_to_t(0.0) == 0
    assert SD.t_to_sigma(-3) == pytest.approx(SD.sigma_min)
    assert SD.t_to_sigma(5000) == pytest.approx(SD.sigma_max)


@given(st.floats(0, 999))
def test_there_and_back_is_the_same_timestep(t: float) -> None:
    assert SD.sigma_to_t(SD.t_to_sigma(t)) == pytest.approx(t, abs=1e-6)


def test_zero_terminal_snr_is_rescaled_as_diffusers_does() -> None:
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    theirs = torch.cumprod(1 - rescale_zero_terminal_snr(betas), 0)
    ours = to_zero_terminal_snr(torch.cumprod(1 - betas, 0).tolist())
    torch.testing.assert_close(torch.tensor(ours, dtype=torch.float64), theirs, atol=1e-6, rtol=0)
    assert ours[-1] == 0


def test_zero_terminal_snr_keeps_the_lowest_level_and_begins_at_the_stand_in() -> None:
    table = TrainedSigmas.from_betas(zero_terminal_snr=True)
    assert table.sigma_min == pytest.approx(SD.sigma_min)
    assert table.sigma_max == pytest.approx(4096, rel=1e-6)
    assert table.sigma_to_t(4096) == pytest.approx(999)


@given(st.floats(1e-5, 1e-3), st.floats(2e-3, 3e-2), st.integers(200, 4000))
def test_zero_terminal_snr_ascends_for_any_betas(start: float, end: float, steps: int) -> None:
    table = TrainedSigmas.from_betas(start, end, steps, zero_terminal_snr=True)
    assert all(low < high for low, high in pairwise(table.sigmas))


def test_flow_levels_are_t_to_one_minus_t_at_timestep_t_of_all() -> None:
    table = TrainedSigmas.from_flow(1000)
    for k in (1, 250, 500, 998, 999):
        assert table.t_to_sigma(k) == pytest.approx(k / (1000 - k), rel=1e-12)
        assert table.sigma_to_t(k / (1000 - k)) == pytest.approx(k, abs=1e-9)
    assert table.sigma_to_t(table.sigma_max) == 1000
    assert table.last == 1000


@pytest.mark.parametrize("steps", [2, 1000, 100_000])
def test_flow_tables_ascend_to_a_finite_level(steps: int) -> None:
    table = TrainedSigmas.from_flow(steps)
    assert len(table.sigmas) == steps
    assert table.sigma_max >= 4095
