"""What several rooms' tests need: what there is to choose from, and a resolved request."""

import os

import pytest

# Before gradio is imported anywhere: it would ask the network for its version.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

from webui.builtin import SAMPLERS, SCHEDULES
from webui.request import CheckpointInfo, Choices, Defaults, FileUsed, ResolvedRequest

TINY = CheckpointInfo(
    "tiny", "Tiny checkpoint", "fake", 1000, Defaults("euler_a", "normal", 4, 5.5, 64, 32)
)


@pytest.fixture
def choices():
    return Choices(SAMPLERS, SCHEDULES, (TINY,))


@pytest.fixture
def resolved():
    """A resolved request; every field differs from what would be chosen for it."""
    return ResolvedRequest(
        prompt="a red house",
        negative_prompt="rain",
        sampler="heun",
        schedule="karras",
        steps=7,
        cfg_scale=4.5,
        width=24,
        height=16,
        seed=123,
        batch_size=2,
        batch_count=3,
        checkpoint="tiny",
        lane="background",
        exact=True,
        files=(FileUsed(role="checkpoint", name="tiny", sha256="ab" * 32),),
    )
