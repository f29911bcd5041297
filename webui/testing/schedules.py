"""Whether a schedule falls, at every number of steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webui.builtin.checking import checked_schedule
from webui.errors import WebuiError
from webui.extension.guarding import Guard
from webui.sampling import TrainedSigmas

_TRAINED = (TrainedSigmas.from_betas(), TrainedSigmas.from_betas(zero_terminal_snr=True))
_HIGHEST = 10.0
"""Times the highest level of the training: beyond that networks see nothing."""


def check_schedule(function: Callable[..., Any], name: str = "") -> list[str]:
    """What is wrong with a schedule `function(steps, trained)`; nothing, if it is good.

    It must give steps + 1 levels that fall to 0, for 1 to 150 steps.
    """
    name = name or getattr(function, "__name__", "this")
    guard = Guard(name, getattr(function, "__module__", ""), f"The schedule {name}", "")
    for trained in _TRAINED:
        for steps in (1, 2, 3, 10, 20, 33, 150):
            try:
                levels = checked_schedule(function, guard)(steps, trained)
            except WebuiError as error:
                return [error.message.strip()]
            if levels[-1] != 0:
                return [f"The schedule {name} ends at {levels[-1]:g} with {steps} steps, not at 0."]
            if levels[0] > trained.sigma_max * _HIGHEST:
                high = f"{levels[0]:g}, where {trained.sigma_max:g} is the highest that was trained"
                return [f"The schedule {name} begins at {high}."]
    return []
