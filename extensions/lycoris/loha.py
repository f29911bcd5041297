"""LoHa: the product, number by number, of two LoRAs, as LyCORIS writes it.

FedPara: Hyeon-Woo et al. 2021, arXiv:2108.06098. LyCORIS: Yeh et al. 2023, arXiv:2309.14859.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from webui.adapters.formats import LoraFormat, Shape, Shapes
from webui.adapters.formats.factors import through_core
from webui.adapters.formats.shapes import (
    NO_FIT,
    NO_SHAPE,
    are_layers,
    fits_flat,
    fits_whole,
    rank_problem,
)

from .made import Made, Tensors, scale_of

if TYPE_CHECKING:
    from torch import Tensor


def _is_tucker(shapes: Shapes) -> bool:
    return "t1" in shapes or "t2" in shapes


def _check(shapes: Shapes) -> str | None:
    names = ("w1_a", "w1_b", "w2_a", "w2_b", *(("t1", "t2") if _is_tucker(shapes) else ()))
    if any(name not in shapes for name in names):
        return "lacks one of its factors"
    if not are_layers(*shapes.values()):
        return NO_SHAPE
    for number in ("1", "2"):
        a, b = shapes[f"w{number}_a"], shapes[f"w{number}_b"]
        rank = b[0]
        if problem := rank_problem(rank):
            return problem
        if len(a) != 2 or a[0 if _is_tucker(shapes) else 1] != rank:
            return NO_FIT
        core = shapes.get(f"t{number}")
        if core is not None and (len(core) != 4 or len(b) != 2 or core[:2] != (rank, rank)):
            return "has a core that does not fit its factors"
    return None if len({_size(shapes, number) for number in "12"}) == 1 else NO_FIT


def _size(shapes: Shapes, number: str) -> Shape:
    """Of one of the two LoRAs: whole where it is said, else (out, everything else)."""
    a, b = shapes[f"w{number}_a"], shapes[f"w{number}_b"]
    if _is_tucker(shapes):
        return (a[1], b[1], *shapes[f"t{number}"][2:])
    return (a[0], math.prod(b[1:]))


def _fits(shapes: Shapes, shape: Shape) -> bool:
    size = _size(shapes, "1")
    return fits_whole(size, shape) if len(size) == 4 else fits_flat(size, shape)


def _product(tensors: Tensors, base: Tensor) -> Tensor:
    return _half(tensors, "1") * _half(tensors, "2")


def _half(tensors: Tensors, number: str) -> Tensor:
    a, b = tensors[f"w{number}_a"], tensors[f"w{number}_b"]
    core = tensors.get(f"t{number}")
    return a @ b.flatten(1) if core is None else through_core(core, a.T, b)


LOHA = LoraFormat(
    id="loha",
    label="LoHa",
    endings={f".hada_{slot}": slot for slot in ("w1_a", "w1_b", "w2_a", "w2_b", "t1", "t2")},
    claims=bool,
    check=_check,
    size=lambda shapes: _size(shapes, "1"),
    fits=_fits,
    rank=lambda shapes: shapes["w1_b"][0],
    read=lambda tensors, alpha: Made(tensors, scale_of(alpha, len(tensors["w1_b"])), _product),
)
