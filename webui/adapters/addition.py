"""What a LoRA adds to the weight of one layer.

LoRA: Hu et al. 2021, arXiv:2106.09685. LoCon (convolutions) and its third factor in the middle:
Yeh et al. 2023, arXiv:2309.14859.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from webui.adapters.tensor_file import float32


@dataclass(frozen=True, eq=False, slots=True)
class Addition:
    """Factors as the file has them, on the CPU and in its dtype.

    `down` is [rank, in] or [rank, in, height, width], `up` [out, rank] or [out, rank, 1, 1]. With
    `mid` [rank, rank, height, width], `down` is 1×1. `scale` is alpha / rank.
    """

    up: Tensor
    down: Tensor
    mid: Tensor | None
    scale: float

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the layers that this is for: (out, in, height, width); 1, 1 for a linear layer."""
        kernel = tuple((self.down if self.mid is None else self.mid).shape[2:])
        return (self.up.shape[0], self.down.shape[1], *(kernel or (1, 1)))

    def fits(self, shape: Sequence[int]) -> bool:
        """Whether a weight of this shape can take it: 1×1 convolutions and linear layers mix."""
        return self.shape == (*shape, *(1,) * (4 - len(shape)))

    def delta(self, shape: Sequence[int], device: torch.device) -> Tensor:
        """What is added at weight 1, float32 of `shape`, which must fit."""
        up, down = (float32(factor, device).flatten(1) for factor in (self.up, self.down))
        if self.mid is not None:
            mid = float32(self.mid, device)
            down = torch.einsum("pqhw,qi->pihw", mid, down).flatten(1)
        return (up @ down).mul_(self.scale).reshape(tuple(shape))
