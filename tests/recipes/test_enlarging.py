"""Enlarging: tiles that make one picture, upscalers that are blended, and drawing over it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from torch import Tensor
from torch.nn.functional import interpolate

from tests.recipes.hand import INIT, a_picture, a_request, of_kind, over, plan_of
from webui.calls import Denoise, EncodeImage, Enlarge, ReadInput
from webui.recipes import enlarging
from webui.recipes.enlarging import tile_count
from webui.recipes.pixels import Levels
from webui.request import FileUsed

UPSCALER = FileUsed(role="upscaler", name="twice", sha256="3" * 64)
CHECKPOINT = FileUsed(role="checkpoint", name="pocket", sha256="0" * 64)


def enlarged(picture: Levels, size: tuple[int, int], **changes: Any) -> tuple[list[Any], Levels]:
    """The calls and the pixels of a picture that is only made larger, by a network."""
    fields = {"kind": "upscale", "strength": 0.0, "checkpoint": "", "files": (UPSCALER,)}
    more = {"out_width": size[0], "out_height": size[1], "width": 16, "height": 16}
    return over(picture, facts=None, **{**fields, **more, "upscaler": "twice", **changes})


def soft_picture(width: int, height: int) -> Levels:
    """Waves of a few colours, without edges."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    waves = (np.sin(x / 9 + y / 31), np.cos(x / 17 - y / 11), np.sin((x + y) / 13))
    return np.stack([128 + 90 * wave for wave in waves], axis=2).round().astype(np.uint8)


def four_times(call: Any) -> Tensor | None:
    """A network that makes pictures four times as large."""
    if not isinstance(call, Enlarge):
        return None
    return interpolate(call.pixels, scale_factor=4, mode="bicubic").clamp(0, 1)


def inverting(call: Any) -> Tensor | None:
    """A network that changes pictures and leaves their size."""
    return 1 - call.pixels if isinstance(call, Enlarge) else None


@pytest.mark.parametrize(
    ("upscaler", "times", "tiles"),
    [("lanczos", 1, 0), ("lanczos", 3, 0), ("twice", 1, 2), ("twice", 2, 2), ("twice", 3, 2 + 3)],
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


def test_a_network_runs_also_where_nothing_is_to_be_made_larger() -> None:
    picture = a_picture(200, 50)
    calls, result = enlarged(picture, (200, 50), answer=inverting)
    assert len(of_kind(calls, Enlarge)) == 2
    assert np.array_equal(result, 255 - picture)


@pytest.mark.parametrize("times", [1, 2, 4])
def test_a_network_that_restores_runs_once_whatever_is_asked(times: int) -> None:
    calls, result = enlarged(a_picture(64, 40), (64 * times, 40 * times), answer=inverting)
    assert len(of_kind(calls, Enlarge)) == 1
    assert result.shape == (40 * times, 64 * times, 3)


@pytest.mark.parametrize("size", [(800, 460), (547, 315), (400, 230), (311, 460)])
def test_what_would_be_far_too_large_is_put_together_at_the_size_that_is_asked(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    came = list[tuple[int, ...]]()
    resized = enlarging.resized

    def watched(pixels: Levels, width: int, height: int) -> Levels:
        came.append(pixels.shape)
        return resized(pixels, width, height)

    monkeypatch.setattr(enlarging, "resized", watched)
    picture = soft_picture(400, 230)
    whole_calls, whole = enlarged(picture, size, answer=four_times)
    monkeypatch.setattr(enlarging, "_MOST_AT_ONCE", 100_000)
    calls, result = enlarged(picture, size, answer=four_times)
    assert came == [(920, 1600, 3), (size[1], size[0], 3)]
    assert len(of_kind(calls, Enlarge)) == len(of_kind(whole_calls, Enlarge)) == 6
    assert result.shape == whole.shape
    apart = np.abs(result.astype(int) - whole)
    assert apart.max() <= 4
    assert apart.mean() < 1


def test_what_is_no_larger_than_asked_is_put_together_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = a_picture(400, 230)
    _, expected = enlarged(picture, (800, 460))
    monkeypatch.setattr(enlarging, "_MOST_AT_ONCE", 1)
    _, result = enlarged(picture, (800, 460))
    assert np.array_equal(result, expected)
    assert np.array_equal(result, picture.repeat(2, axis=0).repeat(2, axis=1))


@pytest.mark.parametrize("size", [(800, 460), (547, 315)])
def test_a_flat_picture_stays_flat_where_tiles_meet(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(enlarging, "_MOST_AT_ONCE", 1)
    _, result = enlarged(np.full((230, 400, 3), 137, np.uint8), size, answer=four_times)
    assert result.min() == result.max() == 137


ONE, DOUBLE, FOURFOLD = 2 * 3, 3 * 5, 6 * 10
"""Tiles of 400 by 230 pixels, and of that twice and four times as large."""


@pytest.mark.parametrize(
    ("name", "times", "count"),
    [
        ("4x-Sharp", 1, ONE),
        ("4x-Sharp", 4, ONE),
        ("4x-Sharp", 5, ONE + FOURFOLD),
        ("RealESRGAN_x4plus", 4, ONE),
        ("RealESRGAN_x2", 2, ONE),
        ("RealESRGAN_x2", 4, ONE + DOUBLE),
        ("RealESRGAN_x2.pth", 8, ONE + DOUBLE + FOURFOLD),
        ("2x_photo", 3, ONE + DOUBLE),
        ("2X_photo", 3, ONE + DOUBLE),
        ("8x_NMKD", 8, ONE),
        ("net-16x", 8, ONE),
        ("net-x16", 8, ONE),
        ("1x_restore", 8, ONE),
        ("x1-restore", 8, ONE),
        ("fourfold", 4, ONE),
        ("fourfold", 8, ONE + FOURFOLD),
        ("max32x32", 4, ONE),
        ("", 2, ONE),
        ("x" * 10_000, 2, ONE),
    ],
)
def test_tiles_are_counted_by_the_scale_that_the_name_tells(
    name: str, times: int, count: int
) -> None:
    assert tile_count((400, 230), (400 * times, 230 * times), name) == count


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("times", [1, 2, 3, 4, 6])
def test_as_many_tiles_are_asked_for_as_were_counted(scale: int, times: int) -> None:
    def answer(call: Any) -> Tensor | None:
        if not isinstance(call, Enlarge):
            return None
        return interpolate(call.pixels, scale_factor=scale)

    name = f"{scale}x-net"
    files = (UPSCALER.model_copy(update={"name": name}),)
    picture, size = a_picture(200, 50), (200 * times, 50 * times)
    calls, _ = enlarged(picture, size, upscaler=name, files=files, answer=answer)
    assert len(of_kind(calls, Enlarge)) == tile_count((200, 50), size, name)


def test_colours_are_matched_also_where_nothing_is_drawn() -> None:
    def darkened(call: Any) -> Tensor | None:
        return interpolate(call.pixels * 0.5, scale_factor=2) if isinstance(call, Enlarge) else None

    picture = soft_picture(64, 48)
    plain, matched = (
        enlarged(picture, (128, 96), answer=darkened, colour_match=match)[1].mean()
        for match in (False, True)
    )
    assert plain == pytest.approx(picture.mean() / 2, abs=1)
    assert matched == pytest.approx(picture.mean(), abs=3)
