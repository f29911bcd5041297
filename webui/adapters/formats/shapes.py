"""Questions about shapes that formats share."""

from __future__ import annotations

import math

from webui.adapters.formats.protocol import Shape

LARGEST_RANK = 4096
"""More than the widest layers have: the file would be larger than the differences in full."""

NO_SHAPE = "has a shape that no layer has"
NO_HALVES = "lacks one of its two halves"
NO_FIT = "has two halves that do not fit each other"


def padded(shape: Shape) -> Shape:
    """(out, in, height, width): linear layers are 1×1 convolutions, and the other way round."""
    return (*shape, *(1,) * (4 - len(shape))) if 2 <= len(shape) <= 4 else shape


def fits_whole(size: Shape, shape: Shape) -> bool:
    """Whether all axes agree."""
    return padded(size) == padded(shape)


def fits_flat(size: Shape, shape: Shape) -> bool:
    """Whether `size`, (out, everything else), is that of a weight of two axes or four."""
    return len(shape) in (2, 4) and size == (shape[0], math.prod(shape[1:]))


def rank_problem(rank: int) -> str | None:
    """What is wrong with a rank."""
    if rank <= LARGEST_RANK:
        return None
    return f"has a rank of {rank:,}; {LARGEST_RANK:,} is the most"


def are_layers(*shapes: Shape | None) -> bool:
    """Whether all, of those that are there, are shapes of linear layers or convolutions."""
    there = [shape for shape in shapes if shape is not None]
    return all(len(shape) in (2, 4) and 0 not in shape for shape in there)
