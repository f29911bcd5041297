"""Seamless pictures: what the networks are shown, and whether pictures really tile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.engine.fakes import FACTS, a_request
from tests.extensions.bundled import Room, loaded, module, open_room
from tests.recipes.hand import follow, of_kind, plan_of, simply
from webui.calls import Control, Decode, Denoise, EncodeImage
from webui.errors import RequestRejected, WebuiError
from webui.request import parse

ID = "seamless"
REGISTRY = loaded("worker")
PACKAGE, RING = module(REGISTRY, ID), module(REGISTRY, ID, "ring")
Ring, tiling = RING.Ring, RING.tiling
BOTH, ACROSS, DOWN = (Ring.of(sides) for sides in ("both", "across", "down"))


def answered(call: Any, answer: Any, ring: Any = BOTH) -> tuple[Any, Any]:
    """What becomes of one call of a recipe: the call that is asked, and what the recipe is told."""

    def recipe() -> Iterator[Any]:
        return (yield call)

    calls, told = follow(tiling(recipe(), ring), answer)
    return calls[0], told


def a_denoise(sigma: float = 3.0, **more: Any) -> Denoise:
    x = torch.arange(2 * 4 * 12 * 20, dtype=torch.float32).view(2, 4, 12, 20)
    return Denoise(x, sigma, torch.zeros(2, 77, 8), 500.0, **more)


@pytest.mark.parametrize("sigma", [14.6, 3.0, 0.5, 0.03])
def test_an_answer_comes_back_in_its_place(sigma: float) -> None:
    call = a_denoise(sigma)
    for ring in (BOTH, ACROSS, DOWN):
        asked, told = answered(call, lambda asked: asked.x * 2, ring)
        assert torch.equal(told, call.x * 2)
        assert asked.x.shape[2] == 12 + 8 * ring.down
        assert asked.x.shape[3] == 20 + 8 * ring.across


def test_the_network_sees_the_opposite_side_beyond_a_border() -> None:
    asked, _ = answered(a_denoise(), lambda asked: asked.x)
    assert torch.equal(asked.x[:, :, :8], asked.x[:, :, 12:])
    assert torch.equal(asked.x[..., :8], asked.x[..., 20:])


def test_the_picture_sways_and_at_one_level_always_alike() -> None:
    levels = [14.6, 9.1, 5.5, 3.2, 1.8, 0.9, 0.4, 0.1]
    turns = [BOTH.turn_at(sigma, (64, 64)) for sigma in levels]
    assert turns == [BOTH.turn_at(sigma * (1 + 1e-9), (64, 64)) for sigma in levels]
    assert len(set(turns)) > 5
    assert all(0 <= turn < 8 for pair in turns for turn in pair)
    assert {ACROSS.turn_at(sigma, (64, 64))[0] for sigma in levels} == {0}
    assert {DOWN.turn_at(sigma, (64, 64))[1] for sigma in levels} == {0}


def test_what_is_shown_beside_and_what_steers_lies_where_the_picture_lies() -> None:
    x = a_denoise().x
    hint = x[:1, :3].repeat_interleave(8, 2).repeat_interleave(8, 3)
    lies_on = Control("controlnet", "a", "0" * 64, hint, 1.0, mask=x[:1, :1])
    looks = Control("ip_adapter", "b", "0" * 64, hint, 1.0, mask=x[:1, :1])
    refers = Control("reference_only", "", "", x[:1], 1.0, noise=x[:1])
    call = a_denoise(beside=x, controls=(lies_on, looks, refers))
    asked, _ = answered(call, lambda asked: asked.x)
    assert torch.equal(asked.beside, asked.x)
    first, second, third = asked.controls
    assert torch.equal(first.hint[..., ::8, ::8], asked.x[:1, :3])
    assert torch.equal(first.mask, asked.x[:1, :1])
    assert torch.equal(second.hint, hint)
    assert torch.equal(second.mask, asked.x[:1, :1])
    assert torch.equal(third.hint, asked.x[:1])
    assert torch.equal(third.noise, asked.x[:1])


def decoded(call: Decode) -> Tensor:
    colours = call.latents[:, :3].repeat_interleave(8, 2).repeat_interleave(8, 3)
    return colours.to(torch.uint8).permute(0, 2, 3, 1)


def test_the_vae_sees_how_the_picture_goes_on_and_its_pixels_are_those_of_the_picture() -> None:
    latents = torch.arange(4 * 5 * 6, dtype=torch.float32).view(1, 4, 5, 6)
    for ring in (BOTH, ACROSS, DOWN):
        asked, told = answered(Decode(latents), decoded, ring)
        assert asked.latents.shape[2:] == (5 + 16 * ring.down, 6 + 16 * ring.across)
        assert torch.equal(told, decoded(Decode(latents)))
        assert told.is_contiguous()


def test_a_picture_is_read_as_a_ring_too() -> None:
    pixels = torch.rand(1, 3, 40, 48)
    asked, told = answered(EncodeImage(pixels), lambda asked: asked.pixels[:, :, 4::8, 4::8])
    assert asked.pixels.shape == (1, 3, 168, 176)
    assert torch.equal(told, pixels[:, :, 4::8, 4::8])


def test_latents_smaller_than_the_rim_are_repeated_as_often_as_it_takes() -> None:
    wide = BOTH.widened(torch.arange(4.0).view(1, 1, 2, 2), 8)
    assert torch.equal(wide[0, 0, :4, :4], torch.tensor([[0.0, 1], [2, 3]]).repeat(2, 2))


def test_a_whole_recipe_makes_the_picture_of_its_size() -> None:
    request = a_request(prompt="a boat", negative_prompt="", width=64, height=48, steps=4)
    recipe = plan_of(request, FACTS).start(0, lambda x0: None)
    calls, picture = follow(
        PACKAGE.wrap_recipe(recipe, request, {"sides": "both"}), lambda call: simply(call, {})
    )
    assert picture.shape == (1, 48, 64, 3)
    assert len(of_kind(calls, Denoise)) == 4


def test_an_error_thrown_in_reaches_the_recipe() -> None:
    def recipe() -> Iterator[Any]:
        with pytest.raises(WebuiError):
            yield a_denoise()
        return "went on"

    running = tiling(recipe(), BOTH)
    next(running)
    with pytest.raises(StopIteration) as end:
        running.throw(WebuiError("no memory"))
    assert end.value.value == "went on"


def test_closing_it_closes_the_recipe() -> None:
    closed: list[bool] = []

    def recipe() -> Iterator[Any]:
        try:
            yield a_denoise()
        finally:
            closed.append(True)

    running = tiling(recipe(), BOTH)
    next(running)
    running.close()
    assert closed == [True]


def test_a_part_that_is_drawn_by_itself_is_refused() -> None:
    fields = {"kind": "inpaint", "prompt": "a boat", "init": "1" * 64, "mask": "2" * 64}
    with pytest.raises(RequestRejected, match="opposite sides") as refused:
        PACKAGE.transform_request(parse({**fields, "area": "masked"}))
    assert refused.value.field == "area"
    assert PACKAGE.transform_request(parse({**fields, "area": "whole"})) is None
    assert PACKAGE.transform_request(parse({"kind": "text_to_image", "prompt": ""})) is None


def test_windows_are_refused() -> None:
    request = a_request(width=512, height=512).model_copy(update={"window": 256})
    with pytest.raises(RequestRejected, match="windows"):
        PACKAGE.wrap_recipe(iter(()), request, {"sides": "both"})
    large = request.model_copy(update={"window": 512})
    recipe = plan_of(large, FACTS).start(0, lambda x0: None)
    PACKAGE.wrap_recipe(recipe, large, {"sides": "both"}).close()


PROMPTS = (
    "a green tree in the snow",
    "an orange car by the sea at night, neon",
    "a purple balloon, watercolor",
    "a yellow house in a field by day",
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with open_room(tmp_path_factory.mktemp("outputs")) as room:
        yield room


def seams(pictures: list[Any]) -> tuple[float, float]:
    """How much steeper it is across the border than elsewhere: downwards, and to the right."""
    found = []
    for axis in (0, 1):
        ends = [np.take(one, (0, -1), axis) for one in pictures]
        across = np.mean([np.abs(np.diff(end, axis=axis)).mean() for end in ends])
        own = np.mean([np.abs(np.diff(one, axis=axis)).mean() for one in pictures])
        found.append(float(across / own))
    return found[0], found[1]


def stands_out(picture: Any) -> float:
    """How steep it is from right to left over the border, as a share of the steepest columns.

    A thing that lies over the border has edges there, as things have elsewhere.
    """
    own = np.abs(np.diff(picture, axis=1)).mean(axis=(0, 2))
    return float(np.abs(picture[:, 0] - picture[:, -1]).mean() / np.percentile(own, 95))


def drawn(room: Room, sides: str | None) -> list[Any]:
    acting = {ID: {"sides": sides}} if sides else {}
    return [room.one(prompt, extensions=acting) for prompt in PROMPTS]


def test_pictures_tile_on_the_sides_that_are_asked_for(room: Room) -> None:
    usual, both, across, down = (
        seams(drawn(room, sides)) for sides in (None, "both", "across", "down")
    )
    assert min(usual) > 2.5
    assert max(both) < 1.5
    assert across[1] < 1.5 < across[0]
    assert down[0] < 1.5 < down[1]


def test_the_same_request_gives_the_same_tile(room: Room) -> None:
    first, second = (
        room.one(PROMPTS[0], extensions={ID: {"sides": "both"}}, exact=True) for _ in range(2)
    )
    assert np.array_equal(first, second)


def test_it_tiles_at_other_sizes_and_in_a_second_pass(room: Room) -> None:
    def at(**fields: Any) -> list[Any]:
        return [room.one(text, extensions={ID: {"sides": "across"}}, **fields) for text in PROMPTS]

    wide = at(width=168, height=104)
    assert {one.shape for one in wide} == {(104, 168, 3)}
    assert seams(wide)[1] < 1.5
    large = at(hires_scale=1.5, hires_steps=6)
    assert {one.shape for one in large} == {(192, 192, 3)}
    assert seams(large)[1] < 1.5


def test_what_a_mask_keeps_is_kept_and_what_it_opens_tiles(room: Room, tmp_path: Path) -> None:
    picture = room.one("a yellow house in a field by day")
    mask = np.zeros(picture.shape, np.uint8)
    mask[:, :40] = mask[:, -40:] = 255
    fields = {
        "kind": "inpaint",
        "prompt": "a green tree in a field by day",
        "init": room.keep(picture, tmp_path),
        "mask": room.keep(mask, tmp_path),
        "area": "whole",
        "strength": 1.0,
        "mask_blur": 0,
    }
    plain, tile = (
        room.draw(**fields)[0],
        room.draw(**fields, extensions={ID: {"sides": "across"}})[0],
    )
    assert np.array_equal(tile[:, 48:80], picture[:, 48:80])
    assert stands_out(tile) < 1 < stands_out(plain)


def test_the_studio_says_why_it_refuses(room: Room, tmp_path: Path) -> None:
    reference = room.keep(np.zeros((64, 64, 3)), tmp_path)
    with pytest.raises(RequestRejected, match="opposite sides"):
        room.draw(
            kind="inpaint",
            prompt="",
            init=reference,
            mask=reference,
            area="masked",
            extensions={ID: {}},
        )
    with pytest.raises(WebuiError, match="windows"):
        room.draw(prompt="", width=256, height=256, window=128, steps=2, extensions={ID: {}})
