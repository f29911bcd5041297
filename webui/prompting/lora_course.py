"""How the weight of a LoRA goes over the steps: `1@0,0@0.5`, `start=…`, `stop=…`, `step=…`.

The points are those of sd-webui-loractl, start and stop those of LoRA Block Weight.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from webui.prompting.numbers import amount, place

Point: TypeAlias = tuple[float, float]
"""Where (a share of the steps to 1, above that a number of steps) and the factor there."""

_SEPARATOR = re.compile("[,;]")
_MOST_POINTS = 100
_LONGEST = _MOST_POINTS * 40


def read_points(text: str) -> tuple[Point, ...] | None:
    """`weight@where` by commas or semicolons, the last where being 1 if it is left out.

    In the order of the way, as far as that is known without the number of steps. None for other
    text.
    """
    parts = _SEPARATOR.split(text) if "@" in text and len(text) <= _LONGEST else []
    points: list[Point] = []
    for part in parts:
        weight, at, where = part.partition("@")
        found = amount(weight), place(where if at else "1")
        if found[0] is None or found[1] is None:
            return None
        points.append((found[1], found[0]))
    if not 0 < len(points) <= _MOST_POINTS:
        return None
    return tuple(sorted(points, key=lambda point: point[0]))


def factor_at(points: Sequence[Point], share: float, steps: int) -> float:
    """The factor at a share of the steps: straight lines between points, level outside."""
    if not points:
        return 1.0
    line = sorted(
        ((share_of(where, steps), factor) for where, factor in points), key=lambda point: point[0]
    )
    if share < line[0][0]:
        return line[0][1]
    after = next((at for at, (where, _) in enumerate(line) if where > share), None)
    if after is None:
        return line[-1][1]
    (left, low), (right, high) = line[after - 1], line[after]
    return low + (high - low) * (share - left) / (right - left)


def share_of(where: float, steps: int) -> float:
    """A place on the way as a share of the steps: `5` is when five steps are done."""
    return where / max(1, steps) if where > 1 else where


def is_during(during: tuple[float, float], share: float, steps: int) -> bool:
    """Whether a step lies from `start` until `stop`, which count steps from 1.

    `start=10` acts from the tenth step on, with nine done; `stop=10` no more in the tenth. 1 is the
    first step for `start`, and the end for `stop`.
    """
    start, stop = during
    first = (start - 1) / max(1, steps) if start >= 1 else start
    last = (stop - 1) / max(1, steps) if stop > 1 else stop
    return first <= share and (stop == 1 or share < last)
