"""The recipe, driven by hand: no weights, no threads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine.fakes import FACTS, a_request
from webui.builtin import SAMPLERS, BuiltinTools
from webui.calls import Decode, Denoise, EncodePrompt, Keep, Recall
from webui.errors import RequestRejected
from webui.families import Facts
from webui.phrases import Phrase
from webui.recipes import Planner
from webui.recipes.developing import step_at
from webui.recipes.plan import trained_sigmas
from webui.request import MAX_SEED
from webui.sampling import ImageNoise, TrainedSigmas, slerp

PICTURE = torch.zeros(1, 64, 64, 3, dtype=torch.uint8)


def made(
    seen: list[Tensor] | None = None, index: int = 0, facts: Facts = FACTS, **changes: Any
) -> list[Any]:
    """Every call of a picture, answered simply: x0 is half of x. Nothing was kept before."""
    request = a_request(**{"prompt": "a boat", "negative_prompt": "fog", **changes})
    plan = Planner(BuiltinTools())(request, facts)
    recipe = plan.start(index, (seen if seen is not None else []).append)
    calls: list[Any] = []
    answer: Any = None
    picture: Any = None
    try:
        while True:
            call = recipe.send(answer)
            if isinstance(call, Recall | Keep):
                answer = None
                continue
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


FIXED = [info.id for info in SAMPLERS if info.id != "dpm_adaptive"]


@pytest.mark.parametrize("sampler", FIXED)
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")
def test_plan_knows_how_many_asks_a_picture_takes(sampler: str) -> None:
    request = a_request(sampler=sampler, steps=5)
    plan = Planner(BuiltinTools())(request, FACTS)
    calls = made(sampler=sampler, steps=5)
    assert plan.asks == sum(isinstance(call, Denoise) for call in calls)


def test_plan_of_a_sampler_that_chooses_its_own_steps_is_an_estimate_with_an_end() -> None:
    plan = Planner(BuiltinTools())(a_request(sampler="dpm_adaptive", steps=5), FACTS)
    calls = [call for call in made(sampler="dpm_adaptive", steps=5) if isinstance(call, Denoise)]
    assert 25 < plan.asks < 60
    assert len(calls) <= 601


def test_closing_in_the_middle_unwinds() -> None:
    plan = Planner(BuiltinTools())(a_request(), FACTS)
    recipe = plan.start(0, lambda x0: None)
    next(recipe)
    recipe.send(None)
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
        ({"cfg_scale": 1.0, "sampler": "ddim_cfgpp", "steps": 10}, 2),
        ({"cfg_scale": 7.0, "guidance_start": 0.999, "sampler": "ddim_cfgpp", "steps": 10}, 1),
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


def denoised(**changes: Any) -> list[Denoise]:
    """The denoising calls of a picture."""
    return [call for call in made(**changes) if isinstance(call, Denoise)]


@pytest.mark.parametrize(
    ("start", "end", "rows"),
    [
        (0.0, 1.0, [2] * 10),
        (0.0, 0.3, [2] * 3 + [1] * 7),
        (0.7, 1.0, [1] * 7 + [2] * 3),
        (0.25, 0.55, [1] * 3 + [2] * 3 + [1] * 4),
    ],
)
def test_guidance_acts_in_its_share_of_the_steps(start: float, end: float, rows: list[int]) -> None:
    options = {"guidance_start": start, "guidance_end": end, "sampler": "euler", "steps": 10}
    assert [len(call.x) for call in denoised(**options)] == rows


@pytest.mark.parametrize(("end", "rows"), [(0.3, 1), (0.5, 2), (0.8, 2)])
def test_plan_counts_the_rows_that_most_of_its_calls_have(end: float, rows: int) -> None:
    request = a_request(guidance_end=end, steps=10)
    assert Planner(BuiltinTools())(request, FACTS).rows == rows


@pytest.mark.parametrize(("overlap", "windows"), [(None, 4), (0, 3), (32, 5), (56, 5), (64, 5)])
def test_windows_share_half_of_their_side_at_most(overlap: int | None, windows: int) -> None:
    changes = {"width": 192, "window": 64, "window_overlap": overlap, "steps": 2}
    plan = Planner(BuiltinTools())(a_request(sampler="euler", **changes), FACTS)
    assert plan.asks == 2 * windows
    assert plan.shape == (4, 8, 8)


def test_rescale_of_the_request_acts() -> None:
    """In a network that answers by its prompt, or there is nothing to bring back."""
    plan = [Planner(BuiltinTools())(a_request(cfg_rescale=share), FACTS) for share in (0.0, 0.7)]
    second: list[Tensor] = []
    for one in plan:
        recipe = one.start(0, lambda x0: None)
        next(recipe)
        recipe.send(None)
        call = recipe.send(torch.zeros(2, 77, 8))
        noise = ImageNoise([1, 2], (4, 8, 8)).draw()
        second.append(recipe.send(call.x * 0.1 + noise).x)
    assert not torch.allclose(*second)


@pytest.mark.parametrize("sampler", ["euler_a", "dpmpp_sde", "dpm_2_a"])
def test_seed_delta_changes_the_noise_on_the_way_alone(sampler: str) -> None:
    plain, shifted = (
        denoised(seed=5, seed_delta=delta, sampler=sampler, steps=4) for delta in (0, 31337)
    )
    assert torch.equal(plain[0].x, shifted[0].x)
    assert not torch.allclose(plain[-1].x, shifted[-1].x)


def test_noise_on_the_way_with_a_seed_delta_is_the_first_noise_of_that_seed() -> None:
    """x0 is half of x, so with s_noise the second x tells the noise that was added."""
    with_noise, without = (
        denoised(seed=5, seed_delta=7, sampler="euler_a", steps=4, cfg_scale=1.0, s_noise=s_noise)[
            1
        ]
        for s_noise in (1.0, 0.0)
    )
    added = with_noise.x - without.x
    own = ImageNoise([12], (4, 8, 8)).draw()
    torch.testing.assert_close(added / added.std(), own / own.std(), atol=1e-4, rtol=1e-4)


def test_largest_seed_and_delta_work_together() -> None:
    assert denoised(seed=MAX_SEED, seed_delta=MAX_SEED, sampler="euler_a", steps=2)


def test_options_of_the_request_reach_the_sampler_and_the_schedule() -> None:
    lively, calm = (denoised(sampler="euler_a", eta=eta, steps=3)[-1].x for eta in (1.0, 0.0))
    assert not torch.allclose(lively, calm)
    sigmas = [call.sigma for call in denoised(schedule="karras", sigma_max=10.0, sigma_min=0.1)]
    assert (sigmas[0], sigmas[-1]) == (pytest.approx(10.0), pytest.approx(0.1))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("sigma_min", {"sigma_min": 0.0}),
        ("sigma_min", {"sigma_min": 0.001}),
        ("sigma_min", {"sigma_min": 20.0}),
        ("sigma_max", {"sigma_max": 1000.0}),
        ("sigma_max", {"sigma_max": 0.01}),
        ("sigma_max", {"sigma_max": 0.0}),
        ("sigma_min", {"sigma_min": 5.0, "sigma_max": 5.0}),
        ("rho", {"rho": 50.0, "schedule": "polyexponential", "steps": 150}),
    ],
)
def test_settings_that_make_no_schedule_are_refused_in_words(
    field: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(RequestRejected, match=r"sigma_|rho") as refused:
        Planner(BuiltinTools())(a_request(**{"schedule": "karras", **changes}), FACTS)
    assert refused.value.field == field


@pytest.mark.parametrize("facts", [FACTS, replace(FACTS, zero_terminal_snr=True)])
def test_zero_terminal_snr_begins_at_pure_noise_and_says_so(facts: Facts) -> None:
    asked = facts is FACTS
    first = denoised(facts=facts, zero_terminal_snr=asked, steps=5)
    assert first[0].sigma == pytest.approx(4096, rel=1e-6)
    assert first[0].t == pytest.approx(999)
    table = TrainedSigmas.from_betas(zero_terminal_snr=True)
    assert [call.t for call in first] == [table.sigma_to_t(call.sigma) for call in first]


def test_timesteps_are_those_of_the_checkpoint() -> None:
    assert [call.t for call in denoised(steps=4, sampler="euler", schedule="normal")] == (
        pytest.approx([999.0, 666.0, 333.0, 0.0])
    )


def test_flow_checkpoints_have_the_levels_of_flow() -> None:
    facts = replace(FACTS, prediction="flow")
    assert trained_sigmas(facts) == TrainedSigmas.from_flow(1000)
    calls = denoised(facts=facts, steps=4, sampler="euler", schedule="sgm_uniform")
    assert [call.t for call in calls] == pytest.approx([1000.0, 750.0, 500.0, 250.0])
    assert [call.sigma for call in calls][1:] == pytest.approx([3.0, 1.0, 1 / 3])


def test_cfg_plus_plus_is_asked_in_pairs_and_shows_one_row() -> None:
    seen: list[Tensor] = []
    calls = [c for c in made(seen, sampler="ddim_cfgpp", steps=6) if isinstance(c, Denoise)]
    assert [len(call.x) for call in calls] == [2] * 6
    assert all(x0.shape == (1, 4, 8, 8) for x0 in seen)


def test_emphasis_and_clip_skip_go_with_the_texts() -> None:
    call = made(prompt="a (red:1.5) boat", emphasis="no_norm", clip_skip=2)[0]
    assert (call.emphasis, call.clip_skip) == ("no_norm", 2)
    assert call.texts[1] == (Phrase("a "), Phrase("red", 1.5), Phrase(" boat"))


def test_without_emphasis_brackets_are_words() -> None:
    text = r"a (red:1.5) \(boat\) BREAK [x]"
    call = made(prompt=text, emphasis="none")[0]
    assert call.texts[1] == (Phrase(text),)


@pytest.mark.parametrize("emphasis", ["original", "none"])
def test_edited_prompts_change_with_any_emphasis(emphasis: str) -> None:
    calls = made(prompt="[boat:house:3]", steps=5, sampler="euler", emphasis=emphasis)
    assert read(calls) == ["boat"] * 3 + ["house"] * 2
