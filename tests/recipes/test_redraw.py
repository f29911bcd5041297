"""Drawing over pictures: the same latents as diffusers, and nothing but the mask changes."""

from __future__ import annotations

import sys
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    DDIMScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    StableDiffusionImg2ImgPipeline,
)
from torch import Tensor

from tests.families import networks
from tests.recipes.hand import (
    INIT,
    MASK,
    a_picture,
    a_request,
    follow,
    made,
    of_kind,
    over,
    plan_of,
    seen,
    simply,
)
from webui.builtin import SAMPLERS
from webui.calls import Decode, Denoise, EncodeImage, EncodePrompt, ReadInput
from webui.recipes.redraw import redraw
from webui.recipes.stage import Stage, set_stage
from webui.sampling import ImageNoise
from webui.sampling import partial as ending

STEPS, SCALE, SEED = 10, 3.0, 7
LATENTS = ImageNoise([99], (4, 8, 8)).draw()
LINSPACE = {**networks.BETAS, "timestep_spacing": "linspace", "steps_offset": 1}
LEADING = {
    **networks.BETAS,
    "timestep_spacing": "leading",
    "steps_offset": 1,
    "clip_sample": False,
}

# diffusers reads torch tensors with np.array, in the way that numpy 2 deprecates
by_diffusers = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning",
    "ignore:__array_wrap__ must accept:DeprecationWarning",
)


@cache
def tiny() -> Any:
    return networks.components()


def by_networks(call: Any) -> Any:
    """The answers of tiny networks, but for a VAE that sees `LATENTS` in every picture."""
    if isinstance(call, EncodePrompt):
        return networks.texts(len(call.texts))
    if isinstance(call, Denoise):
        rows = len(call.x)
        levels = torch.full((rows,), call.sigma), torch.full((rows,), call.t)
        return tiny().denoise(call.x, *levels, call.context, call.beside)
    return LATENTS if isinstance(call, EncodeImage) else None


def ours(**changes: Any) -> Tensor:
    """The latents that are developed in the end."""
    fields = {"steps": STEPS, "cfg_scale": SCALE, "seed": SEED, "answer": by_networks}
    calls, _ = over(a_picture(), **{**fields, **changes})
    return of_kind(calls, Decode)[-1].latents


def theirs(scheduler: Any, strength: float, scale: float) -> Tensor:
    pipe = StableDiffusionImg2ImgPipeline(
        vae=networks.vae(),
        text_encoder=None,  # type: ignore[arg-type]
        tokenizer=None,  # type: ignore[arg-type]
        unet=networks.unet(),
        scheduler=scheduler,
        safety_checker=None,  # type: ignore[arg-type]
        feature_extractor=None,  # type: ignore[arg-type]
        requires_safety_checker=False,
    )
    pipe.set_progress_bar_config(disable=True)
    uncond, cond = networks.texts().split(1)
    return pipe(
        prompt_embeds=cond,
        negative_prompt_embeds=uncond,
        image=LATENTS,
        strength=strength,
        num_inference_steps=STEPS,
        guidance_scale=scale,
        generator=torch.Generator().manual_seed(SEED),
        output_type="latent",
    ).images


@by_diffusers
@pytest.mark.parametrize("scale", [1.0, SCALE])
@pytest.mark.parametrize("strength", [0.1, 0.3, 0.6, 0.95])
@pytest.mark.parametrize(
    ("sampler", "schedule", "scheduler"),
    [
        ("euler", "normal", partial(EulerDiscreteScheduler, **LINSPACE)),
        ("heun", "normal", partial(HeunDiscreteScheduler, **LINSPACE)),
        ("ddim", "ddim_uniform", partial(DDIMScheduler, **LEADING)),
    ],
)
def test_latents_equal_diffusers_own_pipeline(
    sampler: str, schedule: str, scheduler: Any, strength: float, scale: float
) -> None:
    fields = {"sampler": sampler, "schedule": schedule, "strength": strength, "cfg_scale": scale}
    expected = theirs(scheduler(), strength, scale)
    assert not torch.allclose(expected, LATENTS, atol=1e-2)
    torch.testing.assert_close(ours(**fields), expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize("size", [(64, 64), (63, 41), (5, 3), (333, 517)])
@pytest.mark.parametrize("mode", ["keep", "latent"])
def test_strength_0_returns_the_pixels_of_the_input(size: tuple[int, int], mode: str) -> None:
    picture = a_picture(*size)
    calls, result = over(picture, strength=0.0, resize_mode=mode)
    assert np.array_equal(result, picture)
    assert [type(call) for call in calls] == [ReadInput]


@pytest.mark.parametrize("mode", ["stretch", "crop", "fill", "latent"])
@pytest.mark.parametrize("strength", [0.0, 0.5])
def test_what_is_resized_comes_out_at_the_size_that_was_asked(mode: str, strength: float) -> None:
    size = {"width": 96, "height": 32, "out_width": 0, "out_height": 0}
    for side in (24, 200):
        _, result = over(a_picture(side, side), resize_mode=mode, strength=strength, **size)
        assert result.shape == (32, 96, 3)


def test_latents_are_stretched_only_in_the_mode_that_does_so() -> None:
    size = {"width": 96, "height": 32, "out_width": 0, "out_height": 0}
    asked = {
        mode: of_kind(over(a_picture(), resize_mode=mode, **size)[0], EncodeImage)[0].pixels.shape
        for mode in ("stretch", "latent")
    }
    assert asked == {"stretch": (1, 3, 32, 96), "latent": (1, 3, 64, 64)}


def same(one: Any, other: Any) -> bool:
    """Whether two calls ask the same, bit for bit."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Decode):
        return torch.equal(one.latents, other.latents)
    return (
        torch.equal(one.x, other.x)
        and torch.equal(one.context, other.context)
        and (one.sigma, one.t, one.loras) == (other.sigma, other.t, other.loras)
    )


@pytest.mark.parametrize("sampler", ["euler", "euler_a", "dpmpp_2m_sde", "dpm_2"])
@pytest.mark.parametrize("schedule", ["normal", "karras", "align_your_steps"])
def test_strength_1_draws_the_picture_that_text_to_image_draws(sampler: str, schedule: str) -> None:
    fields = {"sampler": sampler, "schedule": schedule, "seed": 5, "steps": 6}
    redrawn, picture = over(a_picture(), strength=1.0, **fields)
    drawn, expected = made(**fields)
    asked = [of_kind(redrawn, Denoise), of_kind(drawn, Denoise)]
    assert len(asked[0]) == len(asked[1])
    assert all(same(*pair) for pair in zip(*asked, strict=True))
    assert same(redrawn[-1], drawn[-1])
    assert np.array_equal(picture, expected)


FIXED = [info.id for info in SAMPLERS if info.id != "dpm_adaptive"]


@by_diffusers
@pytest.mark.parametrize("sampler", FIXED)
def test_plan_knows_how_many_asks_a_picture_takes(sampler: str) -> None:
    fields = {"sampler": sampler, "steps": 7, "strength": 0.5}
    calls, _ = over(a_picture(), **fields)
    plan = plan_of(a_request(kind="image_to_image", init=INIT, **fields))
    assert plan.asks == len(of_kind(calls, Denoise)) > 0
    assert plan.shape == (4, 8, 8)


def test_every_loop_begins_with_the_result_of_the_last_and_noise_of_its_own() -> None:
    fields = {"loops": 3, "strength": 0.8, "final_strength": 0.2, "steps": 10, "seed": 5}
    fields |= {"sampler": "euler", "cfg_scale": 1.0}
    calls, _ = over(a_picture(), **fields)
    levels = [call.sigma for call in of_kind(calls, Denoise)]
    begun = [0, *(i for i in range(1, len(levels)) if levels[i] > levels[i - 1])]
    assert [b - a for a, b in zip(begun, [*begun[1:], len(levels)], strict=True)] == [8, 5, 2]
    read = of_kind(calls, EncodeImage)
    decoded = of_kind(calls, Decode)
    assert len(read) == len(decoded) == 3
    firsts = [of_kind(calls, Denoise)[place] for place in begun]
    for loop, first in enumerate(firsts):
        noise = (first.x - seen(read[loop].pixels)) / first.sigma
        own = ImageNoise([5 + loop], (4, 8, 8)).draw()
        torch.testing.assert_close(noise, own, atol=1e-5, rtol=1e-4)
    plan = plan_of(a_request(kind="image_to_image", init=INIT, **fields))
    assert plan.asks == 15


def test_windows_ask_for_no_more_than_their_size_and_the_plan_counts_them() -> None:
    fields = {"window": 64, "window_overlap": 16, "strength": 0.5, "steps": 4, "tiled_vae": True}
    picture = a_picture(160, 72)
    calls, _ = over(picture, **fields)
    asked = of_kind(calls, Denoise)
    assert {tuple(call.x.shape) for call in asked} == {(2, 4, 8, 8)}
    size = {"width": 160, "height": 72}
    plan = plan_of(a_request(kind="image_to_image", init=INIT, **fields, **size))
    assert plan.asks == len(asked) == 2 * 3 * 2
    assert (plan.rows, plan.shape) == (2, (4, 8, 8))
    assert all(call.tiled for call in calls if isinstance(call, EncodeImage | Decode))


def test_steps_before_the_strength_are_left_out_of_the_schedule() -> None:
    calls, _ = over(a_picture(), steps=10, strength=0.3, sampler="euler", schedule="karras")
    levels = [call.sigma for call in of_kind(calls, Denoise)]
    whole = [
        call.sigma
        for call in made(steps=10, sampler="euler", schedule="karras")[0]
        if isinstance(call, Denoise)
    ]
    assert levels == list(ending(whole, 2))


def test_a_picture_of_a_batch_is_the_same_drawn_alone() -> None:
    fields = {"strength": 0.6, "sampler": "euler_a"}
    _, third = over(a_picture(), index=2, seed=5, batch_size=4, **fields)
    _, alone = over(a_picture(), seed=7, **fields)
    assert np.array_equal(third, alone)


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> list[Stage]:
    """Every stage that is set from here on."""
    found = list[Stage]()

    def watched(*given: Any) -> Stage:
        found.append(set_stage(*given))
        return found[-1]

    monkeypatch.setattr(sys.modules[redraw.__module__], "set_stage", watched)
    return found


INPUTS = {INIT: a_picture(), MASK: np.tri(64, 64, dtype=np.uint8)[..., None].repeat(3, 2) * 255}
KINDS: list[dict[str, Any]] = [
    {"kind": "image_to_image", "colour_match": True, "loops": 2},
    {"kind": "inpaint", "mask": MASK, "masked_content": "fill"},
    {"kind": "outpaint", "left": 32, "width": 96, "out_width": 96, "filling": "edge"},
    {"kind": "upscale", "width": 128, "height": 128, "out_width": 128, "out_height": 128},
]


def all_of(plan: Any, count: int) -> list[Any]:
    """The first pictures of a plan, begun together and drawn one after another."""
    recipes = [plan.start(index, lambda x0: None) for index in range(count)]
    return [follow(one, lambda call: simply(call, INPUTS))[1][0].numpy() for one in recipes]


def a_batch(count: int, seed: int = 5, **changes: Any) -> Any:
    size = {"init_width": 64, "init_height": 64, "out_width": 64, "out_height": 64}
    fields = {"init": INIT, "strength": 0.6, "steps": 4, "batch_size": count, "seed": seed}
    return plan_of(a_request(**{**size, **fields, **changes}))


@pytest.mark.parametrize("changes", KINDS)
def test_the_stage_is_set_once_for_all_pictures_of_a_job(
    stages: list[Stage], changes: dict[str, Any]
) -> None:
    together = all_of(a_batch(3, **changes), 3)
    assert len(stages) == 1
    alone = [all_of(a_batch(1, seed, **changes), 1)[0] for seed in (5, 6, 7)]
    assert len(stages) == 1 + 3  # jobs share nothing
    for one, other in zip(together, alone, strict=True):
        assert np.array_equal(one, other)
    assert not np.array_equal(*together[:2])


@pytest.mark.parametrize(("varied", "count"), [(0.0, 3), (0.5, 1)])
def test_what_is_filled_with_noise_is_that_of_each_picture_alone(
    stages: list[Stage], varied: float, count: int
) -> None:
    changes = {**KINDS[2], "filling": "noise", "variation_strength": varied}
    batch = {**changes, "batch_size": 3, "seed": 5}
    request = a_request(**{"init": INIT, "init_width": 64, "init_height": 64, **batch})
    together = all_of(plan_of(request), 3)
    assert len(stages) == count
    for index, one in enumerate(together):
        assert np.array_equal(one, all_of(plan_of(request.alone(index)), 1)[0])


def test_batches_one_after_another_are_of_one_job(stages: list[Stage]) -> None:
    all_of(a_batch(2, kind="image_to_image", batch_count=2), 4)
    assert len(stages) == 1
