"""Schedules that were searched for by experiment, and are known as tables of some steps.

Other numbers of steps are interpolated, evenly in the number and in log(sigma). The tables are for
the range of Stable Diffusion; where a checkpoint was trained on another one they are stretched
over that, in log(sigma).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, isclose, log

from webui.sampling.sigmas import TrainedSigmas

AYS = (14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029)
"""Sabour et al., "Align Your Steps", https://arxiv.org/abs/2404.14507, for Stable Diffusion 1.5."""

AYS_32 = (
    *(14.615, 11.23951352, 8.64363081, 6.64729424, 5.57250862, 4.71648546, 3.99196065, 3.5195609),
    *(3.13490466, 2.79228788, 2.48773628, 2.21663865, 1.97508351, 1.7793172, 1.61475335),
    *(1.46540953, 1.314849, 1.16642497, 1.03475547, 0.91573744, 0.80748169, 0.71202361, 0.621739),
    *(0.53065202, 0.4529096, 0.37491455, 0.27461819, 0.2011529, 0.14105873, 0.06682881),
    *(0.03166121, 0.015),
)
"""The same search for 32 levels, as Forge has it. It ends below the lowest trained level."""

GITS = (14.615, 4.617, 2.507, 1.236, 0.702, 0.402, 0.240, 0.156, 0.104, 0.094, 0.029)
"""Chen et al., "On the Trajectory Regularity of ODE-based Diffusion Sampling",
https://arxiv.org/abs/2405.11326, for Stable Diffusion 1.5."""


def align_your_steps(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """AYS: `steps` levels along the table, then 0. As in A1111, 11 steps are the table itself."""
    return _along(AYS, steps, trained)


def align_your_steps_32(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """AYS 32: `steps` levels along the table of 32, then 0."""
    return _along(AYS_32, steps, trained)


def align_your_steps_gits(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """AYS GITS: `steps` levels along the table, then 0."""
    return _along(GITS, steps, trained)


def _along(table: Sequence[float], steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    if steps < 1:
        raise ValueError(f"A schedule needs at least one step, not {steps}.")
    logs = [log(level) for level in _fitted(table, trained)]
    places = [(len(logs) - 1) * step / max(steps - 1, 1) for step in range(steps)]
    return (*(exp(_between(logs, place)) for place in places), 0.0)


def _fitted(table: Sequence[float], trained: TrainedSigmas) -> list[float]:
    """The table, or the table stretched where the trained range is not nearly that of SD."""
    high, low = trained.sigma_max, trained.sigma_min
    if isclose(high, AYS[0], rel_tol=0.01) and isclose(low, AYS[-1], rel_tol=0.01):
        return list(table)
    stretch = log(high / low) / log(AYS[0] / AYS[-1])
    return [high * (level / AYS[0]) ** stretch for level in table]


def _between(values: Sequence[float], place: float) -> float:
    low = min(int(place), len(values) - 2)
    return values[low] + (values[low + 1] - values[low]) * (place - low)
