"""LoKr: Kronecker's product of a small matrix and a larger one, each whole or of two factors.

KronA: Edalati et al. 2022, arXiv:2212.10650. LyCORIS: Yeh et al. 2023, arXiv:2309.14859.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webui.adapters.formats import LoraFormat, Shape, Shapes
from webui.adapters.formats.factors import through_core
from webui.adapters.formats.shapes import (
    NO_FIT,
    NO_HALVES,
    NO_SHAPE,
    are_layers,
    fits_flat,
    fits_whole,
    rank_problem,
)

from .made import Made, Tensors, scale_of

if TYPE_CHECKING:
    from torch import Tensor


def _check(shapes: Shapes) -> str | None:
    if not are_layers(*shapes.values()):
        return NO_SHAPE
    for number in ("1", "2"):
        whole, a, b = (shapes.get(name.format(number)) for name in ("w{}", "w{}_a", "w{}_b"))
        core = shapes.get("t2") if number == "2" else None
        if (whole is None) == (a is None and b is None) or (whole is not None and core is not None):
            return "says one of its two matrices twice or not at all"
        problem = None if whole is not None else _factors_problem(a, b, core)
        if problem:
            return problem
    return None if len(_first(shapes)) == 2 else NO_SHAPE


def _factors_problem(a: Shape | None, b: Shape | None, core: Shape | None) -> str | None:
    """What is wrong with the factors of one matrix."""
    if a is None or b is None:
        return NO_HALVES
    rank = b[0]
    if len(a) != 2 or a[1 if core is None else 0] != rank:
        return NO_FIT
    if core is not None and (len(core) != 4 or len(b) != 2 or core[:2] != (rank, rank)):
        return "has a core that does not fit its factors"
    return rank_problem(rank)


def _first(shapes: Shapes) -> Shape:
    return shapes["w1"] if "w1" in shapes else (shapes["w1_a"][0], *shapes["w1_b"][1:])


def _second(shapes: Shapes) -> Shape:
    if "w2" in shapes:
        return shapes["w2"]
    a, b = shapes["w2_a"], shapes["w2_b"]
    return (a[1], b[1], *shapes["t2"][2:]) if "t2" in shapes else (a[0], *b[1:])


def _size(shapes: Shapes) -> Shape:
    """Of two axes also for a convolution whose places were laid in one row."""
    first, second = _first(shapes), _second(shapes)
    return (first[0] * second[0], first[1] * second[1], *second[2:])


def _fits(shapes: Shapes, shape: Shape) -> bool:
    size = _size(shapes)
    is_row = len(size) == 2 and "w2" not in shapes
    return fits_whole(size, shape) or (is_row and fits_flat(size, shape))


def _rank(shapes: Shapes) -> int | None:
    """None where both matrices are whole; else the second's, as LyCORIS counts it."""
    factors = shapes.get("w2_b", shapes.get("w1_b"))
    return None if factors is None else factors[0]


def _product(tensors: Tensors, base: Tensor) -> Tensor:
    first = tensors["w1"] if "w1" in tensors else tensors["w1_a"] @ tensors["w1_b"]
    second = _second_matrix(tensors)
    return first.reshape(*first.shape, *(1,) * (second.ndim - 2)).kron(second.contiguous())


def _second_matrix(tensors: Tensors) -> Tensor:
    if "w2" in tensors:
        return tensors["w2"]
    a, b, core = tensors["w2_a"], tensors["w2_b"], tensors.get("t2")
    if core is not None:
        return through_core(core, a.T, b)
    return (a @ b.flatten(1)).reshape(len(a), *b.shape[1:])


def _read(tensors: Tensors, alpha: float | None) -> Made:
    rank = _rank({slot: tuple(tensor.shape) for slot, tensor in tensors.items()})
    return Made(tensors, scale_of(alpha, rank), _product)


LOKR = LoraFormat(
    id="lokr",
    label="LoKr",
    endings={f".lokr_{slot}": slot for slot in ("w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b", "t2")},
    claims=bool,
    check=_check,
    size=_size,
    fits=_fits,
    rank=_rank,
    read=_read,
)
