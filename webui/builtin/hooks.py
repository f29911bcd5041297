"""What we ship, registered through the same hooks as every extension."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webui.builtin.families import FAMILIES
from webui.builtin.preprocessors import PREPROCESSORS
from webui.builtin.samplers import SAMPLERS
from webui.builtin.schedules import SCHEDULES
from webui.extension import Format, Upscaler, hook
from webui.request import SamplerInfo, ScheduleInfo
from webui.request.choices import PLAIN_UPSCALERS, PreprocessorInfo
from webui.request.resolve_hires import LATENT_UPSCALERS

_FORMATS = (("lora", "LORA"), ("dora", "DORA"), ("diff", "DIFF"), ("diff_bias", "BIAS"))
"""Ids, and names in `webui.adapters.formats`."""


@hook(specname="samplers")
def our_samplers() -> Sequence[SamplerInfo]:
    return SAMPLERS


@hook(specname="schedules")
def our_schedules() -> Sequence[ScheduleInfo]:
    return SCHEDULES


@hook(specname="families")
def our_families() -> Sequence[Any]:
    return FAMILIES


@hook(specname="preprocessors")
def our_preprocessors() -> Sequence[PreprocessorInfo]:
    return PREPROCESSORS


@hook(specname="upscalers")
def our_upscalers() -> Sequence[Upscaler]:
    """Those without a file and without a function of their own: they enlarge to any size."""
    names = (*PLAIN_UPSCALERS, *LATENT_UPSCALERS)
    return [Upscaler(name, name.replace("_", " ").capitalize(), 0, "") for name in names]


@hook(specname="lora_formats")
def our_lora_formats() -> Sequence[Format]:
    return [Format(id, id, f"webui.adapters.formats:{name}") for id, name in _FORMATS]
