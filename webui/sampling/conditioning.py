"""What a picture is drawn towards, and away from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Conditioning:
    """What to draw towards, each with its weight, and what to draw away from.

    All are [1 or batch, tokens, channels] of one shape; ValueError if not.
    """

    conds: tuple[Tensor, ...]
    weights: tuple[float, ...]
    uncond: Tensor

    def __post_init__(self) -> None:
        for cond in self.conds:
            if cond.shape[1:] != self.uncond.shape[1:]:
                raise ValueError(
                    f"Prompt and negative prompt must have one shape to be guided together,"
                    f" but they are {list(cond.shape[1:])} and {list(self.uncond.shape[1:])}."
                )


ConditioningAt: TypeAlias = Callable[[float], Conditioning]
"""The conditioning at a noise level: prompts may change while a picture develops."""


def steady(cond: Tensor, uncond: Tensor) -> ConditioningAt:
    """One prompt and a negative one, the same at every noise level."""
    conditioning = Conditioning((cond,), (1.0,), uncond)
    return lambda sigma: conditioning
