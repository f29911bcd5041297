"""LoRA: Hu et al. 2021, arXiv:2106.09685, and its convolutions with or without a middle factor.

LoCon: Yeh et al. 2023, arXiv:2309.14859.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webui.adapters.formats.factors import float32, through_core
from webui.adapters.formats.protocol import LoraFormat, Shape, Shapes
from webui.adapters.formats.shapes import (
    NO_FIT,
    NO_HALVES,
    NO_SHAPE,
    are_layers,
    fits_whole,
    padded,
    rank_problem,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


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

    def delta(self, base: Tensor, strength: float) -> Tensor:
        """What is added to `base`, float32 of its shape."""
        up, down = (float32(factor, base).flatten(1) for factor in (self.up, self.down))
        mid = None if self.mid is None else float32(self.mid, base)
        whole = up @ down if mid is None else through_core(mid, up, down)
        return whole.mul_(self.scale).mul_(strength).reshape(base.shape)


def _check(shapes: Shapes) -> str | None:
    down, up, mid = shapes.get("down"), shapes.get("up"), shapes.get("mid")
    if down is None or up is None:
        return NO_HALVES
    if not are_layers(down, up, mid):
        return NO_SHAPE
    rank = down[0]
    if up[1] != rank or not set(up[2:]) <= {1}:
        return NO_FIT
    if mid is not None and (mid[:2] != (rank, rank) or len(mid) != 4 or not set(down[2:]) <= {1}):
        return "has a middle that does not fit its two halves"
    return rank_problem(rank)


def _size(shapes: Shapes) -> Shape:
    kernel = shapes.get("mid", shapes["down"])[2:]
    return padded((shapes["up"][0], shapes["down"][1], *kernel))


def _read(tensors: Mapping[str, Tensor], alpha: float | None) -> Addition:
    rank = len(tensors["down"])
    scale = 1.0 if alpha is None else alpha / rank
    return Addition(tensors["up"], tensors["down"], tensors.get("mid"), scale)


LORA = LoraFormat(
    id="lora",
    label="LoRA",
    endings={
        ".lora_down.weight": "down",  # kohya
        ".lora_up.weight": "up",
        ".lora_mid.weight": "mid",
        ".lora_A.weight": "down",  # PEFT
        ".lora_B.weight": "up",
        ".lora.down.weight": "down",  # diffusers before PEFT
        ".lora.up.weight": "up",
        ".lora_linear_layer.down.weight": "down",
        ".lora_linear_layer.up.weight": "up",
        "_lora.down.weight": "down",  # diffusers' attention processors, 2023
        "_lora.up.weight": "up",
    },
    claims=bool,
    check=_check,
    size=_size,
    fits=lambda shapes, shape: fits_whole(_size(shapes), shape),
    rank=lambda shapes: shapes["down"][0],
    read=_read,
)
