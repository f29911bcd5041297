"""The tables of what we ship."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest

from webui.builtin import SAMPLERS, SCHEDULES, BuiltinTools
from webui.request import SamplerInfo, ScheduleInfo
from webui.request.choices import find
from webui.sampling import TrainedSigmas

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


def test_web_process_needs_no_torch() -> None:
    program = "import sys, webui.opening, webui.app; sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=False).returncode == 0
    )


# By the names in the infotexts of A1111 and Forge; not yet: DPM adaptive, DDIM CFG++
A1111_SAMPLERS = """DPM++ 2M|DPM++ SDE|DPM++ 2M SDE|DPM++ 2M SDE Heun|DPM++ 2S a|DPM++ 3M SDE
Euler a|Euler|LMS|Heun|DPM2|DPM2 a|DPM fast|Restart|HeunPP2|IPNDM|IPNDM_V|DEIS|DDIM|PLMS|UniPC|LCM
DDPM|k_dpmpp_2m|k_dpmpp_sde|k_dpmpp_2m_sde|k_dpmpp_2m_sde_heun|k_dpmpp_2s_a|k_dpmpp_3m_sde|k_euler_a
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
