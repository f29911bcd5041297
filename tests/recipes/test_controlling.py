"""Control units in recipes: which noise, and which part of a picture and its mask acts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.recipes.hand import INIT, a_picture, made, of_kind, over
from webui.calls import Control, Denoise
from webui.recipes.pixels import Levels

OTHER, UNIT_MASK = "3" * 64, "4" * 64
CORNER = np.pad(np.full((16, 16), 255, np.uint8), ((0, 48), (0, 48)))
"""Of an input of 64 × 64, what is drawn anew."""


def a_unit(**fields: Any) -> dict[str, Any]:
    return {"method": "controlnet", "model": "edges", "image": OTHER, **fields}


def first_control(calls: list[Any]) -> Control:
    return of_kind(calls, Denoise)[0].controls[0]


def reference(index: int = 0, **changes: Any) -> Control:
    unit = a_unit(method="reference_only", model="reference_only")
    calls, _ = made({OTHER: a_picture()}, index=index, controls=(unit,), **changes)
    return first_control(calls)


@pytest.mark.parametrize("index", [0, 2])
def test_noise_on_a_reference_is_that_of_the_picture_alone(index: int) -> None:
    of_batch, alone = reference(index, seed=5, batch_size=3), reference(seed=5 + index)
    assert of_batch.noise is not None
    assert alone.noise is not None
    assert torch.equal(of_batch.noise, alone.noise)


def test_pictures_of_a_batch_have_references_with_different_noise() -> None:
    first, second = (reference(index, seed=5, batch_size=2).noise for index in range(2))
    assert first is not None
    assert second is not None
    assert not torch.equal(first, second)


def in_corner(unit: dict[str, Any], inputs: dict[str, Levels]) -> Control:
    """The control of a picture of which only the upper left quarter is drawn."""

    def answer(call: Any) -> Any:
        return inputs.get(getattr(call, "sha256", ""))

    fields: dict[str, Any] = {"area": "masked", "padding": 16, "mask_blur": 0, "steps": 2}
    size = {"width": 32, "height": 32, "controls": (unit,)}
    calls, _ = over(np.zeros((64, 64, 3), np.uint8), CORNER, answer=answer, **fields, **size)
    return first_control(calls)


def columns(width: int, height: int) -> Levels:
    """A picture whose red says the column."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = np.arange(width)[None]
    return picture


def red(control: Control) -> list[int]:
    """The row in the middle, as levels."""
    return (control.hint[0, 0, control.hint.shape[2] // 2] * 255).round().int().tolist()


@pytest.mark.parametrize(
    ("resize", "first", "last"), [("crop", 32, 63), ("stretch", 0, 63), ("fill", 0, 63)]
)
def test_of_a_picture_of_another_shape_is_seen_what_lies_under_the_part_that_is_drawn(
    resize: str, first: int, last: int
) -> None:
    hint = red(in_corner(a_unit(resize=resize), {OTHER: columns(128, 64)}))
    assert len(hint) == 32
    assert abs(hint[0] - first) <= 2
    assert abs(hint[-1] - last) <= 2
    assert hint == sorted(hint)


def test_a_filled_picture_is_continued_where_it_does_not_reach() -> None:
    tall = np.full((64, 16, 3), 90, np.uint8)
    hint = in_corner(a_unit(resize="fill"), {OTHER: tall}).hint
    assert (hint * 255).round().unique().tolist() == [90]


@pytest.mark.parametrize(("resize", "first"), [("crop", 1.0), ("stretch", 0.0)])
def test_a_units_mask_follows_its_picture_into_the_part_that_is_drawn(
    resize: str, first: float
) -> None:
    mask = np.zeros((64, 128, 3), np.uint8)
    mask[:, 32:] = 255
    inputs = {OTHER: columns(128, 64), UNIT_MASK: mask}
    found = in_corner(a_unit(resize=resize, mask=UNIT_MASK), inputs).mask
    assert found is not None
    assert found.shape == (1, 1, 4, 4)
    assert found[0, 0, :, 0].tolist() == [first] * 4
    assert found[0, 0, :, 3].tolist() == [1.0] * 4


def test_the_input_itself_is_seen_as_it_is_drawn() -> None:
    picture = columns(64, 64)
    unit = a_unit(image=INIT, resize="fill")
    hint = red(in_corner(unit, {INIT: picture}))
    assert hint == list(range(32))


@pytest.mark.parametrize("shape", [(1, 3000, 3), (3000, 1, 4)])
@pytest.mark.parametrize("resize", ["crop", "fill", "stretch"])
def test_pictures_of_extreme_shapes_become_maps(shape: tuple[int, int, int], resize: str) -> None:
    hint = in_corner(a_unit(resize=resize), {OTHER: np.full(shape, 255, np.uint8)}).hint
    assert hint.shape == (1, 3, 32, 32)
