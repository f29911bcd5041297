"""Differences that are made of the tensors of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from webui.adapters.formats.factors import float32

if TYPE_CHECKING:
    from torch import Tensor

Tensors: TypeAlias = Mapping[str, "Tensor"]
"""Those of one layer, by slot."""


@dataclass(frozen=True, eq=False, slots=True)
class Made:
    """What `make` makes of the file's tensors, times `scale`, which is alpha / rank.

    `make` is given the tensors in float32 and the weight that is changed.
    """

    tensors: Tensors
    scale: float
    make: Callable[[Tensors, Tensor], Tensor]

    def delta(self, base: Tensor, strength: float) -> Tensor:
        """What is added to `base`, float32 of its shape."""
        there = {slot: float32(tensor, base) for slot, tensor in self.tensors.items()}
        return self.make(there, base).mul(self.scale).mul(strength).reshape(base.shape)


def scale_of(alpha: float | None, rank: int | None) -> float:
    """Without alpha or without a rank it is 1."""
    return 1.0 if alpha is None or rank is None else alpha / rank
