"""The tables of what we ship."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest

from webui.builtin import SAMPLERS, SCHEDULES, BuiltinTools
from webui.request import SamplerInfo, ScheduleInfo
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
