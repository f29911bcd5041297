"""The tables of samplers, schedules and families, and how their functions are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from webui.families import Family
from webui.families.sd1 import Sd1
from webui.request import Choices, SamplerInfo, ScheduleInfo
from webui.request.choices import find

FAMILIES: tuple[Family, ...] = (Sd1(),)

SAMPLERS: tuple[SamplerInfo, ...] = (
    SamplerInfo(
        "dpmpp_2m",
        "DPM++ 2M",
        "webui.sampling:dpmpp_2m",
        schedule="karras",
        aliases=("k_dpmpp_2m",),
        help="Fast and clean; the usual choice.",
    ),
    SamplerInfo(
        "dpmpp_sde",
        "DPM++ SDE",
        "webui.sampling:dpmpp_sde",
        schedule="karras",
        aliases=("k_dpmpp_sde",),
        help="Adds noise on the way; more texture, twice the time a step.",
    ),
    SamplerInfo(
        "euler",
        "Euler",
        "webui.sampling:euler",
        aliases=("k_euler",),
        help="The simplest method; smooth.",
    ),
    SamplerInfo(
        "euler_a",
        "Euler a",
        "webui.sampling:euler_ancestral",
        aliases=("k_euler_a", "k_euler_ancestral", "euler ancestral"),
        help="Euler with fresh noise at every step; varied.",
    ),
    SamplerInfo(
        "heun",
        "Heun",
        "webui.sampling:heun",
        aliases=("k_heun",),
        help="Looks twice at every step; precise, twice the time.",
    ),
    SamplerInfo(
        "ddim",
        "DDIM",
        "webui.sampling:ddim",
        schedule="ddim_uniform",
        help="The classic deterministic method.",
    ),
    SamplerInfo(
        "lcm",
        "LCM",
        "webui.sampling:lcm",
        schedule="sgm_uniform",
        aliases=("k_lcm",),
        help="For LCM checkpoints: 4 to 8 steps at a CFG scale of 1 to 2.",
    ),
    SamplerInfo(
        "dpmpp_2m_sde",
        "DPM++ 2M SDE",
        "webui.sampling:dpmpp_2m_sde",
        schedule="exponential",
        aliases=("k_dpmpp_2m_sde",),
        help="DPM++ 2M with noise on the way; more detail with 25 steps and more.",
    ),
    SamplerInfo(
        "dpmpp_3m_sde",
        "DPM++ 3M SDE",
        "webui.sampling:dpmpp_3m_sde",
        schedule="exponential",
        aliases=("k_dpmpp_3m_sde",),
        help="Of third order; for 30 steps and more.",
    ),
    SamplerInfo(
        "dpmpp_2s_a",
        "DPM++ 2S a",
        "webui.sampling:dpmpp_2s_ancestral",
        schedule="karras",
        aliases=("k_dpmpp_2s_a",),
        help="Precise single steps with fresh noise between them.",
    ),
    SamplerInfo(
        "dpm_2",
        "DPM2",
        "webui.sampling:dpm_2",
        schedule="karras",
        aliases=("k_dpm_2",),
        help="Looks at the middle of every step; twice the time.",
    ),
    SamplerInfo(
        "dpm_2_a",
        "DPM2 a",
        "webui.sampling:dpm_2_ancestral",
        schedule="karras",
        aliases=("k_dpm_2_a",),
        help="DPM2 with fresh noise at every step.",
    ),
    SamplerInfo(
        "unipc",
        "UniPC",
        "webui.builtin.diffusers_samplers:unipc",
        help="A predictor-corrector that is good with few steps.",
    ),
)

SCHEDULES: tuple[ScheduleInfo, ...] = (
    ScheduleInfo("normal", "Normal", "webui.sampling:normal", help="Even in training time."),
    ScheduleInfo("karras", "Karras", "webui.sampling:karras", help="More steps at low noise."),
    ScheduleInfo(
        "exponential", "Exponential", "webui.sampling:exponential", help="Even in log noise."
    ),
    ScheduleInfo(
        "sgm_uniform",
        "SGM Uniform",
        "webui.sampling:sgm_uniform",
        aliases=("SGMUniform",),
        help="Even in training time, without the last step; for few-step checkpoints.",
    ),
    ScheduleInfo(
        "ddim_uniform",
        "DDIM",
        "webui.sampling:ddim_uniform",
        aliases=("ddim",),
        help="Whole training steps, as DDIM was published.",
    ),
)


@dataclass(frozen=True, slots=True)
class BuiltinTools:
    """Finds the functions behind the tables. Importing them loads torch."""

    samplers: Sequence[SamplerInfo] = SAMPLERS
    schedules: Sequence[ScheduleInfo] = SCHEDULES

    def sampler(self, name: str) -> Any:
        """Raises RequestRejected for a name that is not in the table."""
        return load_function(find(self.samplers, name, "sampler").function)

    def schedule(self, name: str) -> Any:
        """Raises RequestRejected for a name that is not in the table."""
        return load_function(find(self.schedules, name, "schedule").function)


def load_function(path: str) -> Any:
    """The function at "module:name"."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def choices_of(listing: Any) -> Choices:
    """Everything that requests may name, given a look at the models folder."""
    checkpoints = tuple(checkpoint.info for checkpoint in listing.checkpoints)
    return Choices(SAMPLERS, SCHEDULES, checkpoints, listing.broken)
