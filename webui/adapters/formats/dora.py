"""DoRA: the length of every row is learned for itself. Liu et al. 2024, arXiv:2402.09353.

W' = m · (W + ΔW) / ‖W + ΔW‖. At strength s it is W + s · (W' - W), as A1111 and ComfyUI have it:
linear, so that 0 is the checkpoint's own weight (the definition with m at its learned value and
ΔW · 0 would not be), and several LoRAs sum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webui.adapters.formats.factors import float32
from webui.adapters.formats.lora import LORA
from webui.adapters.formats.protocol import Change, LoraFormat, Shape, Shapes

if TYPE_CHECKING:
    from torch import Tensor

_ENDINGS = {
    ".dora_scale": "dora_scale",  # LyCORIS
    ".lora_magnitude_vector": "magnitude",  # PEFT
    ".lora_magnitude_vector.weight": "magnitude",
}
_LENGTHS = {"dora_scale", "magnitude"}
_SMALLEST = 1e-30
"""Rows of nothing but zeros stay zero."""


@dataclass(frozen=True, eq=False, slots=True)
class Decomposed:
    """`inner` with the `lengths` of what comes out: one for each output, or for each input."""

    inner: Change
    lengths: Tensor
    is_by_input: bool

    def delta(self, base: Tensor, strength: float) -> Tensor:
        """What is added to `base`, float32 of its shape."""
        axis = 1 if self.is_by_input else 0
        merged = base + self.inner.delta(base, 1.0)
        others = [other for other in range(base.ndim) if other != axis]
        lengths = merged.square().sum(others, keepdim=True).sqrt().clamp_min(_SMALLEST)
        wanted = float32(self.lengths, base).reshape(lengths.shape)
        return merged.mul_(wanted / lengths).sub_(base).mul_(strength)


def dora(inner: LoraFormat) -> LoraFormat:
    """The same format with learned lengths beside it."""

    def check(shapes: Shapes) -> str | None:
        wrong = inner.check(_inside(shapes))
        are_lengths = len(_LENGTHS & shapes.keys()) == 1 and _are_lengths(shapes)
        return wrong or (None if are_lengths else "has lengths (DoRA) that no layer has")

    def fits(shapes: Shapes, shape: Shape) -> bool:
        is_inside = len(shape) > 1 and inner.fits(_inside(shapes), shape)
        axis = 1 if _is_by_input(shapes) else 0
        return is_inside and math.prod(_lengths(shapes)) == shape[axis]

    def read(tensors: Mapping[str, Tensor], alpha: float | None) -> Change:
        slot = "magnitude" if "magnitude" in tensors else "dora_scale"
        rest = {name: tensor for name, tensor in tensors.items() if name not in _LENGTHS}
        is_by_input = _is_by_input({slot: tuple(tensors[slot].shape)})
        return Decomposed(inner.read(rest, alpha), tensors[slot], is_by_input)

    return LoraFormat(
        id="dora" if inner is LORA else f"{inner.id}_dora",
        label="DoRA" if inner is LORA else f"{inner.label} with DoRA",
        endings={**inner.endings, **_ENDINGS},
        claims=lambda slots: bool(slots & _LENGTHS) and inner.claims(slots - _LENGTHS),
        check=check,
        size=lambda shapes: inner.size(_inside(shapes)),
        fits=fits,
        rank=lambda shapes: inner.rank(_inside(shapes)),
        read=read,
    )


def _inside(shapes: Shapes) -> Shapes:
    return {slot: shape for slot, shape in shapes.items() if slot not in _LENGTHS}


def _lengths(shapes: Shapes) -> Shape:
    return shapes["magnitude"] if "magnitude" in shapes else shapes["dora_scale"]


def _are_lengths(shapes: Shapes) -> bool:
    """Whether they are numbers along one axis only: [n], [n, 1, …] or [1, n, …]."""
    lengths = _lengths(shapes)
    return bool(lengths) and 0 not in lengths and max(lengths[:2]) == math.prod(lengths)


def _is_by_input(shapes: Shapes) -> bool:
    """LyCORIS says it by the axis; PEFT writes [1, out, 1, 1] and always means outputs."""
    lengths = _lengths(shapes)
    return "magnitude" not in shapes and len(lengths) > 1 and lengths[0] == 1 and lengths[1] > 1


DORA = dora(LORA)
