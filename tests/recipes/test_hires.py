"""The second pass: what it begins with, how it is drawn, and that the first is not drawn twice."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from tests.recipes.hand import a_request, follow, made, of_kind, plan_of, seen, simply
from webui.builtin import SCHEDULES
from webui.calls import Decode, Denoise, EncodeImage, EncodePrompt, Enlarge, Keep, Recall
from webui.recipes.text_to_image import first_pass_key
from webui.request import FileUsed
from webui.sampling import ImageNoise

TWICE: dict[str, Any] = {
    "hires_width": 128,
    "hires_height": 96,
    "hires_strength": 0.5,
    "width": 64,
    "height": 48,
    "steps": 6,
    "seed": 5,
    "sampler": "euler",
}
FILES = (
    FileUsed(role="checkpoint", name="pocket", sha256="0" * 64),
    FileUsed(role="upscaler", name="twice", sha256="3" * 64),
)


X2 = FileUsed(role="upscaler", name="x2", sha256="3" * 64)


def passes(**changes: Any) -> tuple[list[Denoise], list[Denoise]]:
    """The denoising calls of the first and of the second pass."""
    calls, _ = made(**{**TWICE, **changes})
    denoised = of_kind(calls, Denoise)
    small = denoised[0].x.shape[2:]
    return (
        [call for call in denoised if call.x.shape[2:] == small],
        [call for call in denoised if call.x.shape[2:] != small],
    )


def levels_of(steps: int, **changes: Any) -> list[float]:
    """The levels at which a picture is drawn that has one pass."""
    calls, _ = made(**{**TWICE, "hires_width": None, "steps": steps, **changes})
    return [call.sigma for call in of_kind(calls, Denoise)]


def test_second_pass_draws_the_last_steps_of_a_longer_schedule_at_the_larger_size() -> None:
    first, second = passes()
    assert [tuple(call.x.shape[2:]) for call in first] == [(6, 8)] * 6
    assert [tuple(call.x.shape[2:]) for call in second] == [(12, 16)] * 6
    assert [call.sigma for call in first] == levels_of(6)
    assert [call.sigma for call in second] == levels_of(12)[6:]


@pytest.mark.parametrize("steps", [None, 1, 4, 9])
@pytest.mark.parametrize("strength", [0.07, 0.1, 0.3, 0.7, 0.95, 0.9995, 1.0])
def test_all_hires_steps_are_drawn_whatever_the_strength(
    strength: float, steps: int | None
) -> None:
    _, second = passes(hires_strength=strength, hires_steps=steps)
    count = steps or 6
    assert len(second) == count
    whole = int(count / min(strength, 0.999))
    assert [call.sigma for call in second] == levels_of(whole)[-count:]
    request = a_request(**{**TWICE, "hires_strength": strength, "hires_steps": steps})
    assert request.drawn_steps == 6 + count


@pytest.mark.parametrize("schedule", [info.id for info in SCHEDULES])
def test_every_schedule_is_long_enough_for_the_least_strength(schedule: str) -> None:
    fields = {**TWICE, "hires_strength": 0.01, "hires_steps": 150, "schedule": schedule}
    assert plan_of(a_request(**fields)).asks == 6 + 150


def test_a_lower_strength_begins_with_less_noise() -> None:
    begins = [passes(hires_strength=strength)[1][0].sigma for strength in (0.2, 0.5, 0.8, 1.0)]
    assert begins == sorted(begins)
    assert len(set(begins)) == 4


def test_picture_comes_out_at_the_larger_size_and_is_decoded_once() -> None:
    calls, picture = made(**TWICE)
    assert picture.shape == (96, 128, 3)
    assert len(of_kind(calls, Decode)) == 1


@pytest.mark.parametrize(
    ("upscaler", "mode"),
    [("latent", "bilinear"), ("latent_nearest", "nearest-exact"), ("latent_bicubic", "bicubic")],
)
def test_second_pass_begins_with_the_latents_of_the_first_and_noise(
    upscaler: str, mode: str
) -> None:
    calls, _ = made(**TWICE, hires_upscaler=upscaler)
    latents = of_kind(calls, Keep)[0].latents
    second = next(call for call in of_kind(calls, Denoise) if call.x.shape[3] == 16)
    noise = ImageNoise([5], (4, 12, 16)).draw()
    begun = second.x[:1] - noise * second.sigma
    expected = interpolate(latents, size=(12, 16), mode=mode)
    torch.testing.assert_close(begun, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("upscaler", "tiles"), [("lanczos", 0), ("twice", 1)])
def test_second_pass_by_pixels_reads_what_was_enlarged(upscaler: str, tiles: int) -> None:
    calls, _ = made(**TWICE, hires_upscaler=upscaler, files=FILES, tiled_vae=True)
    kinds = [type(call) for call in calls if not isinstance(call, Denoise)]
    enlarge = [Enlarge] * tiles
    assert kinds == [
        *(Recall, EncodePrompt, Keep, Decode, *enlarge, EncodeImage, EncodePrompt, Decode),
    ]
    (read,) = of_kind(calls, EncodeImage)
    assert read.pixels.shape == (1, 3, 96, 128)
    assert all(call.tiled for call in calls if isinstance(call, EncodeImage | Decode))
    second = next(call for call in of_kind(calls, Denoise) if call.x.shape[3] == 16)
    begun = second.x[:1] - ImageNoise([5], (4, 12, 16)).draw() * second.sigma
    torch.testing.assert_close(begun, seen(read.pixels), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("upscaler", ["latent", "lanczos"])
def test_strength_0_only_enlarges(upscaler: str) -> None:
    first, second = passes(hires_strength=0.0, hires_upscaler=upscaler)
    assert (len(first), len(second)) == (6, 0)
    _, picture = made(**{**TWICE, "hires_strength": 0.0, "hires_upscaler": upscaler})
    assert picture.shape == (96, 128, 3)


def test_strength_1_is_text_to_image_at_the_larger_size() -> None:
    _, second = passes(hires_strength=1.0)
    plain = of_kind(made(**{**TWICE, "hires_width": None, "width": 128, "height": 96})[0], Denoise)
    assert len(second) == len(plain)
    for one, other in zip(second, plain, strict=True):
        assert torch.equal(one.x, other.x)
        assert one.sigma == other.sigma


def test_second_pass_has_steps_sampler_schedule_and_guidance_of_its_own() -> None:
    own = {"hires_steps": 10, "hires_sampler": "heun", "hires_schedule": "karras"}
    first, second = passes(**own, hires_cfg_scale=1.0)
    assert {len(call.x) for call in first} == {2}
    assert {len(call.x) for call in second} == {1}
    assert len(second) == 2 * 10 - 1
    assert [call.sigma for call in second] == levels_of(20, sampler="heun", schedule="karras")[20:]


def test_second_pass_has_prompts_of_its_own_or_those_of_the_first() -> None:
    calls, _ = made(**TWICE, hires_prompt="a house")
    texts = [[text[0].text for text in call.texts] for call in of_kind(calls, EncodePrompt)]
    assert texts == [["fog", "a boat"], ["fog", "a house"]]
    calls, _ = made(**TWICE, hires_negative_prompt="rain")
    texts = [[text[0].text for text in call.texts] for call in of_kind(calls, EncodePrompt)]
    assert texts == [["fog", "a boat"], ["rain", "a boat"]]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"hires_strength": 1.0},
        {"hires_strength": 0.0},
        {"hires_sampler": "heun", "hires_steps": 9},
        {"hires_upscaler": "twice", "files": FILES},
        {"hires_upscaler": "twice", "files": FILES, "hires_width": 64, "hires_height": 48},
        {"hires_upscaler": "x2", "files": (FILES[0], X2), "hires_width": 384, "hires_height": 288},
        {"hires_width": 192, "window": 96},
        {"window": 64, "window_overlap": 32},
    ],
)
def test_plan_knows_how_many_asks_both_passes_take(changes: dict[str, Any]) -> None:
    fields = {**TWICE, **changes}
    calls, _ = made(**fields)
    plan = plan_of(a_request(**fields))
    assert plan.asks == len(of_kind(calls, Denoise)) + len(of_kind(calls, Enlarge))


def test_plan_knows_the_shape_that_most_calls_have() -> None:
    assert plan_of(a_request(**{**TWICE, "hires_steps": 3})).shape == (4, 6, 8)
    assert plan_of(a_request(**{**TWICE, "hires_steps": 40})).shape == (4, 12, 16)
    assert plan_of(a_request(**{**TWICE, "hires_steps": 40, "window": 64})).shape == (4, 8, 8)


def test_every_answer_of_both_passes_is_shown_to_who_makes_previews() -> None:
    shown = list[Tensor]()
    request = a_request(**TWICE)
    follow(plan_of(request).start(0, shown.append), lambda call: simply(call, {}))
    assert [tuple(x0.shape) for x0 in shown] == [(1, 4, 6, 8)] * 6 + [(1, 4, 12, 16)] * 6


def test_latents_that_are_known_are_not_drawn() -> None:
    known = ImageNoise([44], (4, 6, 8)).draw()

    def answer(call: Any) -> Any:
        return known if isinstance(call, Recall) else None

    calls, _ = made(answer=answer, **TWICE)
    assert not of_kind(calls, Keep)
    assert {tuple(call.x.shape[2:]) for call in of_kind(calls, Denoise)} == {(12, 16)}
    (decoded,) = of_kind(made(answer=answer, width=64, height=48)[0], Decode)
    assert torch.equal(decoded.latents, known)


def test_what_is_asked_for_is_what_is_kept() -> None:
    calls, _ = made(**TWICE)
    (asked,), (kept,) = of_kind(calls, Recall), of_kind(calls, Keep)
    assert asked.key == kept.key
    assert kept.latents.shape == (1, 4, 6, 8)


def test_pictures_of_a_batch_have_keys_of_their_own_which_they_have_alone_too() -> None:
    batch = a_request(batch_size=3, seed=5)
    keys = [first_pass_key(batch.alone(index)) for index in range(3)]
    assert keys == [first_pass_key(a_request(seed=seed)) for seed in (5, 6, 7)]
    assert len(set(keys)) == 3


def wearing(*names: str, **changes: Any) -> str:
    """The key of a first pass, where these LoRAs were found."""
    found = (FileUsed(role="lora", name=name, sha256=name[-1] * 64) for name in names)
    return first_pass_key(a_request(files=(FILES[0], *found), **changes))


def test_a_lora_that_only_the_second_prompt_names_leaves_the_first_pass_as_it_is() -> None:
    plain = wearing()
    again = {"hires_width": 128, "hires_height": 128}
    assert wearing("lora-a", hires_prompt="a boat <lora:lora-a:1>", **again) == plain
    named = {"prompt": "a boat <lora:lora-a:1>"}
    both = wearing("lora-a", "lora-b", hires_prompt="a house <lora:lora-b:1>", **named, **again)
    assert both == wearing("lora-a", **named)
    changed = FileUsed(role="lora", name="lora-a", sha256="e" * 64)
    assert first_pass_key(a_request(files=(FILES[0], changed), **named)) != both


def test_latents_that_were_reckoned_in_another_way_are_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = first_pass_key(a_request())
    assert first_pass_key(a_request()) == key
    monkeypatch.setattr(sys.modules[first_pass_key.__module__], "_RECKONING", 0)
    assert first_pass_key(a_request()) != key


def test_latents_known_to_one_picture_are_asked_for_by_each_of_a_batch() -> None:
    asked = [of_kind(made(index=i, batch_size=3, seed=5)[0], Recall)[0].key for i in range(3)]
    assert asked == [of_kind(made(seed=seed)[0], Recall)[0].key for seed in (5, 6, 7)]


def test_a_second_pass_is_the_same_for_a_picture_of_a_batch_and_alone() -> None:
    _, third = made(**{**TWICE, "seed": 5}, index=2, batch_size=4)
    _, alone = made(**{**TWICE, "seed": 7})
    assert np.array_equal(third, alone)
