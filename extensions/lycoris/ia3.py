"""(IA)³: inputs or outputs made larger or smaller. Liu et al. 2022, arXiv:2205.05638."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from webui.adapters.formats import LoraFormat, Shape, Shapes
from webui.adapters.formats.shapes import NO_SHAPE
from webui.errors import BadFile

from .made import Made, Tensors

if TYPE_CHECKING:
    from torch import Tensor


def _check(shapes: Shapes) -> str | None:
    if math.prod(shapes["on_input"]) != 1:
        return "does not say whether it scales inputs or outputs"
    weight = shapes["weight"]
    is_row = len(weight) == 1 or (len(weight) == 4 and math.prod(weight) == weight[1])
    return None if is_row and 0 not in weight else NO_SHAPE


def _fits(shapes: Shapes, shape: Shape) -> bool:
    """Which of the two it scales is a number inside the file: `delta` looks at that."""
    return len(shape) in (2, 4) and math.prod(shapes["weight"]) in shape[:2]


def _read(tensors: Tensors, alpha: float | None) -> Made:
    axis = 1 if bool(tensors["on_input"]) else 0

    def make(there: Tensors, base: Tensor) -> Tensor:
        scales = there["weight"].flatten()
        if len(scales) != base.shape[axis]:
            raise BadFile(
                f"An IA3 file scales {len(scales):,} {('outputs', 'inputs')[axis]} of a layer that"
                f" has {base.shape[axis]:,}. It was made for another family, or is damaged."
            )
        return base * scales.reshape([-1 if other == axis else 1 for other in range(base.ndim)])

    return Made({"weight": tensors["weight"]}, 1.0, make)


IA3 = LoraFormat(
    id="ia3",
    label="IA3",
    endings={".weight": "weight", ".on_input": "on_input"},
    claims=lambda slots: slots == {"weight", "on_input"},
    check=_check,
    size=lambda shapes: (math.prod(shapes["weight"]), 0),
    fits=_fits,
    rank=lambda shapes: None,
    read=_read,
)
