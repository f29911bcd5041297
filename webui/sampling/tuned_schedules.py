"""Schedules that were searched for by experiment, and are known as tables of ten steps.

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

GITS = (14.615, 4.617, 2.507, 1.236, 0.702, 0.402, 0.240, 0.156, 0.104, 0.094, 0.029)
"""Chen et al., "On the Trajectory Regularity of ODE-based Diffusion Sampling",
https://arxiv.org/abs/2405.11326, for Stable Diffusion 1.5."""


def align_your_steps(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """AYS: `steps` levels along the table, then 0. As in A1111, 11 steps are the table itself."""
    return _along(AYS, steps, trained)


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
    """The table, or the table stretched where the trained range is not nearly its own."""
    high, low = trained.sigma_max, trained.sigma_min
    if isclose(high, table[0], rel_tol=0.01) and isclose(low, table[-1], rel_tol=0.01):
        return list(table)
    stretch = log(high / low) / log(table[0] / table[-1])
    return [high * (level / table[0]) ** stretch for level in table]


def _between(values: Sequence[float], place: float) -> float:
    low = min(int(place), len(values) - 2)
    return values[low] + (values[low + 1] - values[low]) * (place - low)
