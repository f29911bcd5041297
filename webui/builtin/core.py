"""How the functions behind the tables are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from math import inf
from types import MappingProxyType
from typing import Any

from webui.builtin.samplers import SAMPLERS
from webui.builtin.schedules import SCHEDULES
from webui.families import Family
from webui.families.sd1 import Sd1
from webui.request import Choices, SamplerInfo, ScheduleInfo
from webui.request.choices import find

FAMILIES: tuple[Family, ...] = (Sd1(),)

_NONE: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class BuiltinTools:
    """Finds the functions behind the tables. Importing them loads torch."""

    samplers: Sequence[SamplerInfo] = SAMPLERS
    schedules: Sequence[ScheduleInfo] = SCHEDULES

    def sampler(self, name: str, options: Mapping[str, float] = _NONE) -> Any:
        """The sampler with these options of the request; those it does not have are left out.

        Raises RequestRejected for a name that is not in the table.
        """
        return bound(find(self.samplers, name, "sampler"), options)

    def schedule(self, name: str, options: Mapping[str, float] = _NONE) -> Any:
        """The schedule, likewise."""
        return bound(find(self.schedules, name, "schedule"), options)


def bound(info: SamplerInfo | ScheduleInfo, options: Mapping[str, float]) -> Any:
    """The function of a sampler or schedule with its options set; s_tmax 0 is no limit."""
    has = dict(info.options)
    wanted = {name: value for name, value in options.items() if name in has}
    if wanted.get("s_tmax") == 0:
        wanted["s_tmax"] = inf
    return partial(load_function(info.function), **wanted)


def load_function(path: str) -> Any:
    """The function at "module:name"."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def choices_of(listing: Any) -> Choices:
    """Everything that requests may name, given a look at the models folder."""
    checkpoints = tuple(checkpoint.info for checkpoint in listing.checkpoints)
    return Choices(SAMPLERS, SCHEDULES, checkpoints, listing.broken)
