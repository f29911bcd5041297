"""How the functions behind the tables are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from webui.builtin.samplers import SAMPLERS
from webui.builtin.schedules import SCHEDULES
from webui.families import Family
from webui.families.sd1 import Sd1
from webui.request import Choices, SamplerInfo, ScheduleInfo
from webui.request.choices import find

FAMILIES: tuple[Family, ...] = (Sd1(),)


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
