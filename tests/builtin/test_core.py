"""The tables of what we ship."""

from __future__ import annotations

import inspect
import itertools
import subprocess
import sys
from math import inf
from typing import Any

import pytest
import torch

from tests.engine.fakes import a_request
from webui.builtin import SAMPLERS, SCHEDULES, BuiltinTools
from webui.builtin.core import load_function
from webui.errors import RequestRejected
from webui.request import SamplerInfo, ScheduleInfo
from webui.request.choices import find
from webui.request.limits import SAMPLER_OPTIONS, SCHEDULE_OPTIONS
from webui.sampling import ImageNoise, TrainedSigmas, dry_run, karras

TRAINED = TrainedSigmas.from_betas()


@pytest.mark.parametrize("table", [SAMPLERS, SCHEDULES], ids=["samplers", "schedules"])
def test_no_name_means_two_things(table: tuple[SamplerInfo | ScheduleInfo, ...]) -> None:
    names: list[str] = []
    for info in table:
        names += {name.casefold() for name in (info.id, info.label, *info.aliases)}
    assert len(names) == len(set(names))


@pytest.mark.parametrize("info", SAMPLERS, ids=lambda info: info.id)
def test_sampler_is_there_and_its_own_schedule_too(info: SamplerInfo) -> None:
    assert callable(BuiltinTools().sampler(info.id))
    assert callable(BuiltinTools().schedule(info.schedule))
    assert info.help.endswith(".")


@pytest.mark.parametrize("info", SCHEDULES, ids=lambda info: info.id)
@pytest.mark.parametrize("steps", [1, 2, 20, 150])
def test_schedule_descends_to_zero_at_every_allowed_number_of_steps(
    info: ScheduleInfo, steps: int
) -> None:
    sigmas = BuiltinTools().schedule(info.id)(steps, TRAINED)
    assert len(sigmas) == steps + 1
    assert sigmas[-1] == 0
    assert all(a > b for a, b in itertools.pairwise(sigmas))


def keywords(function: Any, names: tuple[str, ...]) -> dict[str, float | None]:
    """Those of the named keywords that a function has, with its own values."""
    found = inspect.signature(function).parameters
    return {name: found[name].default for name in found if name in names}


@pytest.mark.parametrize("info", SAMPLERS, ids=lambda info: info.id)
def test_options_of_a_sampler_are_its_keywords_with_their_own_values(info: SamplerInfo) -> None:
    said = {name: inf if (name, value) == ("s_tmax", 0) else value for name, value in info.options}
    assert said == keywords(load_function(info.function), SAMPLER_OPTIONS)


@pytest.mark.parametrize("info", SCHEDULES, ids=lambda info: info.id)
def test_options_of_a_schedule_are_its_keywords_with_their_own_values(info: ScheduleInfo) -> None:
    assert dict(info.options) == keywords(load_function(info.function), SCHEDULE_OPTIONS)


@pytest.mark.parametrize("info", [*SAMPLERS, *SCHEDULES], ids=lambda info: info.id)
def test_own_values_of_options_are_within_what_requests_allow(
    info: SamplerInfo | ScheduleInfo,
) -> None:
    a_request(**dict(info.options))


def first_asks(name: str, **options: float) -> list[float]:
    """The first levels that a sampler asks at, with churn if it has any."""
    sigmas = (8.0, 4.0, 2.0, 0.0)
    return [ask.sigma for ask in dry_run(BuiltinTools().sampler(name, options), sigmas)]


def test_highest_churned_level_of_zero_is_no_limit() -> None:
    assert first_asks("euler", s_churn=0.3, s_tmax=0.0) == pytest.approx([8.8, 4.4, 2.2])
    assert first_asks("euler", s_churn=0.3, s_tmax=5.0) == pytest.approx([8.0, 4.4, 2.2])


def test_options_that_a_sampler_does_not_have_are_left_out() -> None:
    assert first_asks("dpmpp_2m", eta=1.0, s_churn=3.0) == [8.0, 4.0, 2.0]


def test_schedule_is_bound_to_its_options() -> None:
    bound = BuiltinTools().schedule("karras", {"rho": 3.0, "sigma_max": 10.0})
    assert bound(9, TRAINED) == karras(9, TRAINED, rho=3.0, sigma_max=10.0)


@pytest.mark.parametrize("name", ["deis", "unipc", "lms", "ipndm", "ipndm_v"])
@pytest.mark.parametrize("count", [1, 2, 9])
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")
def test_solver_order_acts_once_there_are_steps_enough(name: str, count: int) -> None:
    sigmas = karras(count, TrainedSigmas.from_betas(zero_terminal_snr=count == 9))
    made: list[torch.Tensor] = []
    for order in (1, 2, 3):
        noise = ImageNoise([1], (4, 8, 8))
        sampler = BuiltinTools().sampler(name, {"solver_order": order})
        sampling = sampler(noise.draw() * sigmas[0], sigmas, noise)
        ask = next(sampling)
        try:
            while True:
                ask = sampling.send(torch.tanh(ask.x / (1 + ask.sigma**2) ** 0.5))
        except StopIteration as end:
            made.append(end.value)
    assert all(one.isfinite().all() for one in made)
    if count == 9:
        assert not torch.equal(made[0], made[1])
        assert not torch.equal(made[1], made[2])


@pytest.mark.parametrize("name", ["deis", "unipc"])
def test_order_beyond_what_a_method_has_is_refused_in_words(name: str) -> None:
    with pytest.raises(RequestRejected, match="solver orders 1 to 3, not 4") as refused:
        first_asks(name, solver_order=4)
    assert refused.value.field == "solver_order"


def test_web_process_needs_no_torch() -> None:
    program = "import sys, webui.opening, webui.app; sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=False).returncode == 0
    )


# By the names in the infotexts of A1111 and Forge
A1111_SAMPLERS = """DPM++ 2M|DPM++ SDE|DPM++ 2M SDE|DPM++ 2M SDE Heun|DPM++ 2S a|DPM++ 3M SDE
Euler a|Euler|LMS|Heun|DPM2|DPM2 a|DPM fast|Restart|HeunPP2|IPNDM|IPNDM_V|DEIS|DDIM|PLMS|UniPC|LCM
DDPM|DPM adaptive|DDIM CFG++|k_dpm_ad|ddim_cfgpp
k_dpmpp_2m|k_dpmpp_sde|k_dpmpp_2m_sde|k_dpmpp_2m_sde_heun|k_dpmpp_2s_a|k_dpmpp_3m_sde|k_euler_a
k_euler_ancestral|k_euler|k_lms|k_heun|k_dpm_2|k_dpm_2_a|k_dpm_fast|restart|heunpp2|ipndm|ipndm_v
deis|ddim|plms|unipc|k_lcm|ddpm"""
A1111_SCHEDULES = """Uniform|Karras|Exponential|Polyexponential|SGM Uniform|SGMUniform|KL Optimal
Align Your Steps|Simple|Normal|DDIM|Beta|Turbo|uniform|karras|exponential|polyexponential
sgm_uniform|kl_optimal|align_your_steps|align_your_steps_GITS|simple|normal|ddim|beta|turbo"""


def test_names_of_a1111_are_known() -> None:
    for name in A1111_SAMPLERS.replace("\n", "|").split("|"):
        assert find(SAMPLERS, name, "sampler"), name
    for name in A1111_SCHEDULES.replace("\n", "|").split("|"):
        assert find(SCHEDULES, name, "schedule"), name


def test_first_sampler_is_the_one_that_a1111_falls_back_to() -> None:
    assert SAMPLERS[0].label == "DPM++ 2M"
