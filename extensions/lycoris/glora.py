"""GLoRA: W + W A + B with A and B of two factors each. Chavan et al. 2023, arXiv:2306.07967."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webui.adapters.formats import LoraFormat, Shape, Shapes
from webui.adapters.formats.shapes import NO_SHAPE, are_layers, fits_whole, padded, rank_problem

from .made import Made, Tensors, scale_of

if TYPE_CHECKING:
    from torch import Tensor


def _check(shapes: Shapes) -> str | None:
    if len(shapes) != 4:
        return "lacks one of its factors"
    if not are_layers(*shapes.values()):
        return NO_SHAPE
    a1, a2, b1, b2 = (shapes[name] for name in ("a1", "a2", "b1", "b2"))
    rank = b2[0]
    ranks = {a1[1], a2[0], b1[1], b2[0]}
    is_thin = {*a1[2:], *a2[2:], *b1[2:]} <= {1}
    if ranks != {rank} or not is_thin or a1[0] != a2[1] or a1[0] != b2[1]:
        return "has factors that do not fit each other, or of another order than LyCORIS writes now"
    return rank_problem(rank)


def _size(shapes: Shapes) -> Shape:
    return padded((shapes["b1"][0], *shapes["b2"][1:]))


def _whole(tensors: Tensors, base: Tensor) -> Tensor:
    a1, a2, b1, b2 = (tensors[name].flatten(1) for name in ("a1", "a2", "b1", "b2"))
    by_place = base.reshape(*base.shape[:2], -1).transpose(1, 2)
    through = (by_place @ a1 @ a2).transpose(1, 2)
    return through.reshape(base.shape) + (b1 @ b2).reshape(base.shape)


GLORA = LoraFormat(
    id="glora",
    label="GLoRA",
    endings={f".{slot}.weight": slot for slot in ("a1", "a2", "b1", "b2")},
    claims=bool,
    check=_check,
    size=_size,
    fits=lambda shapes, shape: fits_whole(_size(shapes), shape),
    rank=lambda shapes: shapes["b2"][0],
    read=lambda tensors, alpha: Made(tensors, scale_of(alpha, len(tensors["b2"])), _whole),
)
