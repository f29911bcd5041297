"""Two checkpoints that draw best with different settings."""

import pytest

from tests.conftest import TINY
from webui.builtin import SAMPLERS, SCHEDULES
from webui.request import CheckpointInfo, Choices, Defaults

BIG = CheckpointInfo(
    "big", "Big checkpoint", "fake", 9000, Defaults("dpmpp_2m", "karras", 25, 6.0, 512, 768)
)


@pytest.fixture
def choices():
    return Choices(SAMPLERS, SCHEDULES, (TINY, BIG))
