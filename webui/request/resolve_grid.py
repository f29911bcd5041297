"""Resolving a grid: every cell becomes a picture of one resolved request."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from math import prod
from typing import TypeAlias

from webui.errors import RequestRejected
from webui.request.axes import (
    LINES,
    MATRIX,
    PROMPT_WAYS,
    Change,
    changes,
    number_change,
    texts,
)
from webui.request.choices import Choices
from webui.request.grid import MOST_CELLS, Axis, Grid
from webui.request.resolve import Here, check_pixels, difference, resolve_one, used_by
from webui.request.resolved import ResolvedRequest, Sheet, SheetAxis
from webui.request.text_to_image import TextToImage

_SEEDS = ("seed", "variation_seed")
_Axes: TypeAlias = tuple[Axis, Axis | None, Axis | None]


def resolve_grid(grid: Grid, choices: Choices, here: Here) -> ResolvedRequest:
    """All cells with one seed (unless an axis changes it), in reading order: x, then y, then z.

    Raises RequestRejected for values that mean nothing, or more cells than one grid may have.
    """
    axes = _axes(grid)
    base = _settled(grid.base, here.choose_seed)
    values = _values(axes, base, choices, here.choose_seed)
    count = prod(map(len, values))
    if count > MOST_CELLS:
        raise RequestRejected(
            f"This grid has {count:,} pictures; at most {MOST_CELLS} can be made at once. Take"
            " fewer values.",
            field="x",
        )
    # Many cells ask alike: files are hashed and words are drawn once.
    known = replace(here, sha256_of=cache(here.sha256_of), draw=cache(here.draw))
    columns, rows, sheets = values
    cells = [
        resolve_one(_cell(base, (x, y, z)), choices, known)
        for z, y, x in product(sheets, rows, columns)
    ]
    for cell in cells:
        check_pixels(cell.width, cell.height, grid.base.batch_size)
    first = cells[0].model_copy(update={"used": used_by(cells)})
    return ResolvedRequest.model_validate(
        {
            **dict(first),
            "batch_size": grid.base.batch_size,
            "each": tuple(difference(first, cell) for cell in cells),
            "sheet": _sheet(grid, axes, values),
        }
    )


def _cell(base: TextToImage, found: Sequence[Change]) -> TextToImage:
    """What sets fields comes first: words are replaced in the prompt that stands in the end."""
    for change in sorted(found, key=lambda change: not change.fields):
        base = change.of(base)
    return base


def _values(
    axes: _Axes, base: TextToImage, choices: Choices, choose_seed: Callable[[], int]
) -> list[tuple[Change, ...]]:
    """The changes along each side; a side without an axis has one that does nothing."""
    known = {
        axis.field: changes(axis, (base.prompt, base.negative_prompt), choices)
        for axis in axes
        if axis and not _is_rewording(axis)
    }
    # Other axes may bring the prompts in which words are to be replaced.
    prompts = [base.prompt, base.negative_prompt]
    for found in known.values():
        prompts += [str(one.fields.get("prompt", "")) for one in found]
    return [_side(axis, prompts, choices, choose_seed) for axis in axes]


def _is_rewording(axis: Axis) -> bool:
    return axis.field in PROMPT_WAYS and axis.field != LINES


def _side(
    axis: Axis | None, prompts: Sequence[str], choices: Choices, choose_seed: Callable[[], int]
) -> tuple[Change, ...]:
    if axis is None:
        return (Change(""),)
    return tuple(_with_seed(one, choose_seed) for one in changes(axis, prompts, choices))


def _with_seed(change: Change, choose_seed: Callable[[], int]) -> Change:
    """A seed of -1 is chosen here, so that all cells of a row or column share it."""
    for name in _SEEDS:
        if change.fields.get(name) == -1:
            chosen = number_change(name, choose_seed())
            label = chosen.label if len(change.fields) == 1 else change.label
            change = replace(change, label=label, fields={**change.fields, **chosen.fields})
    return change


def _axes(grid: Grid) -> _Axes:
    """The axes; the parts of a prompt matrix that has no other side are laid over both."""
    parts = texts(grid.x.values)
    if grid.x.field != MATRIX or grid.y or len(parts) < 2:
        return grid.x, grid.y, grid.z
    half = (len(parts) + 1) // 2
    across, down = (Axis(field=MATRIX, values=_quoted(one)) for one in (parts[:half], parts[half:]))
    return across, down, grid.z


def _quoted(parts: Sequence[str]) -> str:
    """Parts as `texts` takes them apart again."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(parts)
    return line.getvalue()


def _settled(base: TextToImage, choose_seed: Callable[[], int]) -> TextToImage:
    """The base with its seeds chosen, so that all cells share them. A cell is one picture."""
    if base.batch_count != 1:
        raise RequestRejected(
            "A grid makes one picture for each cell, so its batch_count must be 1; add an axis of"
            " seeds for more.",
            field="batch_count",
            value=base.batch_count,
        )
    seeds = {name: choose_seed() for name in _SEEDS if getattr(base, name) == -1}
    return base.model_copy(update={**seeds, "batch_size": 1})


def _sheet(grid: Grid, axes: _Axes, values: Sequence[tuple[Change, ...]]) -> Sheet:
    x, y, z = (
        SheetAxis(field=axis.field, values=axis.values, labels=tuple(one.label for one in found))
        if axis
        else None
        for axis, found in zip(axes, values, strict=True)
    )
    assert x
    return Sheet(base=grid.base, x=x, y=y, z=z, margin=grid.margin)
