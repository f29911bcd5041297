"""Resolving a grid: every cell becomes a picture of one resolved request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import product
from math import prod

from webui.errors import RequestRejected
from webui.request.axes import MATRIX, Change, changes, texts
from webui.request.choices import CheckpointInfo, Choices
from webui.request.grid import MOST_CELLS, Axis, Grid
from webui.request.resolve import Here, difference, resolve_one
from webui.request.resolved import ResolvedRequest, Sheet, SheetAxis
from webui.request.text_to_image import TextToImage


def resolve_grid(grid: Grid, choices: Choices, here: Here) -> ResolvedRequest:
    """All cells with one seed (unless an axis changes it), in reading order: x, then y, then z.

    Raises RequestRejected for values that mean nothing, or more cells than one grid may have.
    """
    axes = _axes(grid)
    base = _settled(grid.base, here.choose_seed)
    values = [changes(axis, base, choices) if axis else (Change(""),) for axis in axes]
    count = prod(map(len, values))
    if count > MOST_CELLS:
        raise RequestRejected(
            f"This grid has {count:,} pictures; at most {MOST_CELLS} can be made at once. Take"
            " fewer values.",
            field="x",
        )
    known = replace(here, sha256_of=_once(here.sha256_of))
    columns, rows, sheets = values
    cells = [
        resolve_one(z.of(y.of(x.of(base))), choices, known)
        for z, y, x in product(sheets, rows, columns)
    ]
    first = cells[0]
    return ResolvedRequest.model_validate(
        {
            **dict(first),
            "batch_size": grid.base.batch_size,
            "each": tuple(difference(first, cell) for cell in cells),
            "sheet": _sheet(axes, values, grid.margin),
        }
    )


def _axes(grid: Grid) -> tuple[Axis, Axis | None, Axis | None]:
    """The axes; the parts of a prompt matrix that has no other side are laid over both."""
    parts = texts(grid.x.values)
    if grid.x.field != MATRIX or grid.y or len(parts) < 2:
        return grid.x, grid.y, grid.z
    half = (len(parts) + 1) // 2
    across, down = "\n".join((*parts[:half], "")), "\n".join((*parts[half:], ""))
    return Axis(field=MATRIX, values=across), Axis(field=MATRIX, values=down), grid.z


def _settled(base: TextToImage, choose_seed: Callable[[], int]) -> TextToImage:
    """The base with its seeds chosen, so that all cells share them. A cell is one picture."""
    if base.batch_count != 1:
        raise RequestRejected(
            "A grid makes one picture for each cell, so its batch_count must be 1; add an axis of"
            " seeds for more.",
            field="batch_count",
            value=base.batch_count,
        )
    seeds = {
        name: choose_seed() for name in ("seed", "variation_seed") if getattr(base, name) == -1
    }
    return base.model_copy(update={**seeds, "batch_size": 1})


def _once(sha256_of: Callable[[CheckpointInfo], str]) -> Callable[[CheckpointInfo], str]:
    return cache(sha256_of)


def _sheet(axes: tuple[Axis | None, ...], values: list[tuple[Change, ...]], margin: int) -> Sheet:
    x, y, z = (
        SheetAxis(field=axis.field, values=axis.values, labels=tuple(one.label for one in found))
        if axis
        else None
        for axis, found in zip(axes, values, strict=True)
    )
    assert x
    return Sheet(x=x, y=y, z=z, margin=margin)
