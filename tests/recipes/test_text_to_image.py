"""The recipe, driven by hand: no weights, no threads."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine.fakes import FACTS, a_request
from webui.builtin import BuiltinTools
from webui.calls import Decode, Denoise, EncodePrompt
from webui.errors import RequestRejected
from webui.phrases import Phrase
from webui.recipes import Planner
from webui.recipes.text_to_image import step_at
from webui.sampling import ImageNoise, slerp

PICTURE = torch.zeros(1, 64, 64, 3, dtype=torch.uint8)


def made(seen: list[Tensor] | None = None, index: int = 0, **changes: Any) -> list[Any]:
    """Every call of a picture, answered simply: x0 is half of x."""
    request = a_request(**{"prompt": "a boat", "negative_prompt": "fog", **changes})
    plan = Planner(BuiltinTools())(request, FACTS)
    recipe = plan.start(index, (seen if seen is not None else []).append)
    calls: list[Any] = []
    answer: Any = None
    picture: Any = None
    try:
        while True:
            call = recipe.send(answer)
            calls.append(call)
            if isinstance(call, EncodePrompt):
                answer = torch.stack(
                    [torch.full((77, 8), float(i)) for i in range(len(call.texts))]
                )
            else:
                answer = call.x * 0.5 if isinstance(call, Denoise) else PICTURE
    except StopIteration as end:
        picture = end.value
    assert picture is PICTURE
    return calls


def test_picture_is_encode_then_steps_then_decode() -> None:
    calls = made(steps=4)
    assert [type(call) for call in calls] == [EncodePrompt, *[Denoise] * 4, Decode]
    assert calls[0].texts == ((Phrase("fog"),), (Phrase("a boat"),))
    assert calls[-1].latents.shape == (1, 4, 8, 8)


def test_cfg_pair_is_two_rows_with_the_negative_prompt_first() -> None:
    denoise = made(cfg_scale=7.0)[1]
    assert denoise.x.shape == (2, 4, 8, 8)
    assert [float(row.mean()) for row in denoise.context] == [0.0, 1.0]


def test_cfg_of_one_computes_no_unconditional_row() -> None:
    denoise = made(cfg_scale=1.0)[1]
    assert denoise.x.shape == (1, 4, 8, 8)
    assert float(denoise.context.mean()) == 1.0


def test_picture_of_a_batch_starts_from_the_noise_of_its_own_seed() -> None:
    third = made(index=2, seed=5, batch_size=4)[1]
    alone = made(seed=7)[1]
    assert torch.equal(third.x, alone.x)
    noise = ImageNoise([7], (4, 8, 8)).draw()
    assert torch.equal(third.x[:1], noise * third.sigma)


def first_noise(index: int = 0, **changes: Any) -> Tensor:
    denoise = made(index=index, **changes)[1]
    return denoise.x[:1] / denoise.sigma


def test_variation_mixes_in_the_noise_of_another_seed() -> None:
    own, other = (ImageNoise([seed], (4, 8, 8)).draw() for seed in (5, 9))
    mixed = first_noise(seed=5, variation_seed=9, variation_strength=0.3)
    torch.testing.assert_close(mixed, slerp(own, other, 0.3))
    torch.testing.assert_close(first_noise(seed=5, variation_seed=9), own)


def test_pictures_of_a_varied_batch_share_the_seed_and_count_the_variation_seed_on() -> None:
    third = first_noise(2, seed=5, variation_seed=9, variation_strength=0.3, batch_size=4)
    assert torch.equal(third, first_noise(seed=5, variation_seed=11, variation_strength=0.3))


def test_resized_seed_lies_on_the_middle_of_its_own_noise() -> None:
    laid = first_noise(seed=5, seed_resize_width=32, seed_resize_height=32)
    torch.testing.assert_close(laid[..., 2:6, 2:6], ImageNoise([5], (4, 4, 4)).draw())
    rim = torch.ones(8, 8, dtype=torch.bool)
    rim[2:6, 2:6] = False
    whole = ImageNoise([5], (4, 8, 8)).draw()
    torch.testing.assert_close(laid[..., rim], whole[..., rim])


def test_noise_comes_from_the_source_asked_for() -> None:
    expected = ImageNoise([5], (4, 8, 8), source="nv").draw()
    torch.testing.assert_close(first_noise(seed=5, noise_source="nv"), expected)
    fresh = [made(seed=5, noise_source=s, sampler="euler_a", steps=3)[2].x for s in ("cpu", "nv")]
    assert not torch.allclose(*fresh)


def test_every_answer_is_shown_to_who_makes_previews() -> None:
    seen: list[Tensor] = []
    made(seen, steps=6)
    assert len(seen) == 6
    assert all(x0.shape == (1, 4, 8, 8) for x0 in seen)


@pytest.mark.parametrize("sampler", [info.id for info in BuiltinTools().samplers])
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")
def test_plan_knows_how_many_asks_a_picture_takes(sampler: str) -> None:
    request = a_request(sampler=sampler, steps=5)
    plan = Planner(BuiltinTools())(request, FACTS)
    calls = made(sampler=sampler, steps=5)
    assert plan.asks == sum(isinstance(call, Denoise) for call in calls)


def test_closing_in_the_middle_unwinds() -> None:
    plan = Planner(BuiltinTools())(a_request(), FACTS)
    recipe = plan.start(0, lambda x0: None)
    next(recipe)
    recipe.send(torch.zeros(2, 77, 8))
    recipe.close()
    with pytest.raises(StopIteration):
        next(recipe)


@pytest.mark.parametrize("field", ["sampler", "schedule"])
def test_name_that_is_not_in_the_table_is_refused_in_words(field: str) -> None:
    with pytest.raises(RequestRejected, match=f"{field} .* is not known"):
        Planner(BuiltinTools())(a_request(**{field: "nope"}), FACTS)


def read(calls: list[Any]) -> list[str]:
    """The prompt's text at each denoising call."""
    texts = [text[0].text for text in calls[0].texts]
    return [texts[int(call.context[-1].mean())] for call in calls if isinstance(call, Denoise)]


def test_edited_prompt_changes_after_the_step_that_it_names() -> None:
    calls = made(prompt="[boat:house:3]", steps=5, sampler="euler")
    assert [part.text for (part,) in calls[0].texts] == ["fog", "boat", "house"]
    assert read(calls) == ["boat"] * 3 + ["house"] * 2


def test_alternating_prompt_takes_turns_and_each_text_is_encoded_once() -> None:
    calls = made(prompt="[boat|house]", steps=4, sampler="euler")
    assert len(calls[0].texts) == 3
    assert read(calls) == ["boat", "house"] * 2


def test_negative_prompt_is_edited_too() -> None:
    calls = made(negative_prompt="[fog::2]", steps=4, sampler="euler", cfg_scale=5.0)
    texts = [text[0].text for text in calls[0].texts]
    rows = [texts[int(call.context[0].mean())] for call in calls if isinstance(call, Denoise)]
    assert rows == ["fog", "fog", "", ""]


def test_both_calls_of_a_second_order_step_read_the_prompt_by_its_place() -> None:
    """Heun's second look of a step lies at the level where the next one begins."""
    calls = made(prompt="[boat:house:2]", steps=4, sampler="heun")
    assert read(calls) == ["boat", "boat", "boat", "house", "house", "house", "house"]


def test_equal_prompts_are_encoded_once() -> None:
    assert len(made(prompt="fog", negative_prompt="fog", cfg_scale=5.0)[0].texts) == 1


@pytest.mark.parametrize(
    ("sigma", "step"), [(20.0, 1), (10.0, 1), (7.0, 1), (5.0, 2), (4.9999999, 2), (0.01, 3)]
)
def test_step_is_found_by_the_noise_level(sigma: float, step: int) -> None:
    assert step_at((10.0, 5.0, 1.0, 0.0), sigma) == step


def test_prompts_joined_by_and_are_rows_of_one_call_after_the_negative_one() -> None:
    calls = made(prompt="boat AND [house:tree:1]: 0.5", steps=2, sampler="euler", cfg_scale=1.0)
    texts = [text[0].text for text in calls[0].texts]
    rows = [[texts[int(row.mean())] for row in call.context] for call in calls[1:-1]]
    assert rows == [["fog", "boat", "house"], ["fog", "boat", "tree"]]
    assert all(call.x.shape == (3, 4, 8, 8) for call in calls[1:-1])


@pytest.mark.parametrize(
    ("changes", "rows"),
    [
        ({"cfg_scale": 1.0}, 1),
        ({"cfg_scale": 7.0}, 2),
        ({"cfg_scale": 1.0, "prompt": "a AND b"}, 3),
        ({"cfg_scale": 1.0, "prompt": "a :1.5"}, 2),
    ],
)
def test_plan_knows_the_rows_of_its_calls(changes: dict[str, Any], rows: int) -> None:
    plan = Planner(BuiltinTools())(a_request(**changes), FACTS)
    assert plan.rows == rows
    assert all(len(c.x) == rows for c in made(**changes) if isinstance(c, Denoise))


def test_too_many_prompts_at_once_are_refused_in_words() -> None:
    with pytest.raises(RequestRejected, match="joins 17 prompts by AND; at most 16"):
        Planner(BuiltinTools())(a_request(prompt=" AND ".join("a" * 17)), FACTS)


def test_notes_are_not_read() -> None:
    calls = made(prompt="a boat # AND b", negative_prompt="# fog", cfg_scale=5.0)
    assert [text[0].text for text in calls[0].texts] == ["", "a boat "]
