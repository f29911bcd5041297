"""Enlarging: tiles that make one picture, upscalers that are blended, and drawing over it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.recipes.hand import INIT, a_picture, a_request, of_kind, over, plan_of
from webui.calls import Denoise, EncodeImage, Enlarge, ReadInput
from webui.request import FileUsed

UPSCALER = FileUsed(role="upscaler", name="twice", sha256="3" * 64)
CHECKPOINT = FileUsed(role="checkpoint", name="pocket", sha256="0" * 64)


@pytest.mark.parametrize(
    ("upscaler", "times", "tiles"), [("lanczos", 3, 0), ("twice", 2, 2), ("twice", 3, 2 + 3)]
)
def test_enlarging_alone_needs_no_checkpoint_and_gives_the_size(
    upscaler: str, times: int, tiles: int
) -> None:
    width, height = 200, 50
    calls, result = over(
        a_picture(width, height),
        facts=None,
        kind="upscale",
        strength=0.0,
        upscaler=upscaler,
        checkpoint="",
        files=(UPSCALER,),
        out_width=width * times,
        out_height=height * times,
        width=16,
        height=16,
    )
    assert result.shape == (height * times, width * times, 3)
    assert len(of_kind(calls, Enlarge)) == tiles
    assert {type(call) for call in calls} <= {ReadInput, Enlarge}


def test_tiles_of_a_network_that_only_enlarges_make_the_picture_larger_as_a_whole() -> None:
    picture = a_picture(400, 230)
    fields = {"kind": "upscale", "strength": 0.0, "upscaler": "twice", "checkpoint": ""}
    size = {"out_width": 800, "out_height": 460, "width": 16, "height": 16}
    _, result = over(picture, facts=None, files=(UPSCALER,), **fields, **size)
    assert np.array_equal(result, picture.repeat(2, axis=0).repeat(2, axis=1))


@pytest.mark.parametrize(("blend", "expected"), [(0.0, "lanczos"), (1.0, "twice")])
def test_two_upscalers_are_blended(blend: float, expected: str) -> None:
    picture = a_picture(40, 24)
    fields = {"kind": "upscale", "strength": 0.0, "checkpoint": "", "facts": None}
    size = {"out_width": 80, "out_height": 48, "width": 16, "height": 16}
    fields |= {"files": (UPSCALER,), **size}
    _, mixed = over(picture, upscaler="lanczos", upscaler_2="twice", blend=blend, **fields)
    _, alone = over(picture, upscaler=expected, **fields)
    assert np.array_equal(mixed, alone)


def test_an_enlarged_picture_can_be_drawn_over() -> None:
    fields = {"kind": "upscale", "strength": 0.4, "upscaler": "twice", "steps": 5}
    fields |= {"files": (CHECKPOINT, UPSCALER), "init_width": 64, "init_height": 64}
    size = {"width": 128, "height": 128, "out_width": 128, "out_height": 128}
    calls, result = over(a_picture(), **fields, **size)
    assert result.shape == (128, 128, 3)
    assert of_kind(calls, EncodeImage)[0].pixels.shape == (1, 3, 128, 128)
    assert len(of_kind(calls, Denoise)) == 2
    plan = plan_of(a_request(init=INIT, **fields, **size))
    assert plan.asks == 2 + 1
