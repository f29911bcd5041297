from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from webui.sampling import TrainedSigmas

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
