"""Full differences: of weights, biases and norms, as LyCORIS writes them (arXiv:2309.14859)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webui.adapters.formats.factors import float32
from webui.adapters.formats.protocol import LoraFormat, Shape, Shapes
from webui.adapters.formats.shapes import NO_SHAPE, fits_whole

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False, slots=True)
class Difference:
    """What is added, as the file has it. It has no rank, so alpha says nothing."""

    whole: Tensor

    def delta(self, base: Tensor, strength: float) -> Tensor:
        """What is added to `base`, float32 of its shape."""
        return float32(self.whole, base).reshape(base.shape) * strength


def _check(shapes: Shapes) -> str | None:
    shape = shapes["diff"]
    return None if len(shape) in (1, 2, 4) and 0 not in shape else NO_SHAPE


def _check_bias(shapes: Shapes) -> str | None:
    shape = shapes["diff"]
    return None if len(shape) == 1 and shape != (0,) else NO_SHAPE


def _fits(shapes: Shapes, shape: Shape) -> bool:
    return fits_whole(shapes["diff"], shape)


def _read(tensors: Mapping[str, Tensor], alpha: float | None) -> Difference:
    return Difference(tensors["diff"])


DIFF = LoraFormat(
    id="diff",
    label="full differences",
    endings={".diff": "diff", ".w_norm": "diff"},
    claims=bool,
    check=_check,
    size=lambda shapes: shapes["diff"],
    fits=_fits,
    rank=lambda shapes: None,
    read=_read,
)
BIAS = LoraFormat(
    id="diff_bias",
    label="differences of biases",
    endings={".diff_b": "diff", ".b_norm": "diff"},
    claims=bool,
    check=_check_bias,
    size=lambda shapes: shapes["diff"],
    fits=_fits,
    rank=lambda shapes: None,
    read=_read,
    parameter="bias",
)
