"""Networks for inpainting, which look at nine channels: the same latents as diffusers' own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionInpaintPipeline
from torch import Tensor

from tests.families import networks
from tests.recipes.hand import INIT, MASK, a_picture, a_request, follow, of_kind, plan_of
from webui.builtin import FAMILIES
from webui.calls import Decode, Denoise, EncodeImage, ReadInput
from webui.errors import RequestRejected
from webui.families import Facts
from webui.families.sd1 import Sd1
from webui.pipelines import Hashes, Shelf, scan
from webui.pipelines.manager import PipelineManager
from webui.pipelines.pipeline import Pipeline
from webui.pipelines.tuning import Tunings
from webui.recipes.pixels import Levels

STEPS, SCALE, SEED = 10, 3.0, 7
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with one checkpoint for inpainting."""
    folder = tmp_path_factory.mktemp("models")
    networks.write_checkpoint(folder / "inpainter", channels=9)
    return folder


@pytest.fixture(scope="module")
def pipeline(models: Path) -> Pipeline:
    """Loaded as the studio does it, measured first."""
    manager = PipelineManager(
        lambda: scan(models, FAMILIES),
        Hashes(None),
        Tunings(None),
        Shelf(models, Hashes(None)),
        device=CPU,
    )
    with manager.lease("inpainter", dtype="float32") as pipeline:
        assert isinstance(pipeline, Pipeline)
        return pipeline


def test_family_recognises_it_and_knows_how_much_it_looks_at(models: Path) -> None:
    checkpoint = scan(models, FAMILIES).find("inpainter")
    assert checkpoint.family.id == "sd1"
    assert checkpoint.facts.beside == 5
    assert checkpoint.facts.latent_channels == 4


@pytest.mark.parametrize(("channels", "is_known"), [(4, True), (9, True), (8, False), (5, False)])
def test_other_numbers_of_channels_are_not_recognised(channels: int, *, is_known: bool) -> None:
    shapes = {name: tuple(one.shape) for name, one in networks.unet(channels).state_dict().items()}
    assert Sd1().recognises(shapes) == is_known


def drawn(pipeline: Pipeline, inputs: dict[str, Levels], **changes: Any) -> tuple[list[Any], Any]:
    """The calls and the picture of a request, answered by the networks."""
    usual = {"steps": STEPS, "cfg_scale": SCALE, "seed": SEED, "prompt": "a boat"}
    request = a_request(**{**usual, **changes})
    recipe = plan_of(request, pipeline.checkpoint.facts).start(0, lambda x0: None)

    def answer(call: Any) -> Any:
        if isinstance(call, ReadInput):
            return inputs[call.sha256]
        computed = isinstance(call, networks.COMPUTED)
        return pipeline.answer([call])[0] if computed else None

    return follow(recipe, answer)


def a_mask() -> Levels:
    """A soft blob: some of it above the half, some below."""
    down, across = np.mgrid[:64, :64]
    return (255 * np.exp(-((down - 20) ** 2 + (across - 40) ** 2) / 300)).astype(np.uint8)


def inpainted(pipeline: Pipeline, mask: Levels, **changes: Any) -> tuple[list[Any], Any]:
    inputs = {INIT: a_picture(), MASK: np.repeat(mask[..., None], 3, axis=2)}
    fields: dict[str, Any] = {"kind": "inpaint", "init": INIT, "mask": MASK, "mask_blur": 0}
    return drawn(pipeline, inputs, **{**fields, **changes})


def theirs(pipeline: Pipeline, mask: Levels) -> Tensor:
    """By diffusers' own pipeline; what it sees of the picture is not drawn by chance."""
    unet, vae = networks.unet(9), networks.vae()
    scheduler = EulerDiscreteScheduler(
        **networks.BETAS, timestep_spacing="linspace", steps_offset=1
    )
    rest: dict[str, Any] = dict.fromkeys(
        ("text_encoder", "tokenizer", "safety_checker", "feature_extractor")
    )
    pipe = StableDiffusionInpaintPipeline(
        vae=vae, unet=unet, scheduler=scheduler, **rest, requires_safety_checker=False
    )
    pipe.set_progress_bar_config(disable=True)
    pixels = torch.from_numpy(a_picture()).permute(2, 0, 1)[None] / 255
    soft = torch.from_numpy(mask)[None, None] / 255
    with torch.inference_mode():
        shown = (
            vae.encode((pixels * 2 - 1) * (soft < 0.5)).latent_dist.mean * vae.config.scaling_factor
        )
    uncond, cond = pipeline.answer([networks.encode("", "a boat")])[0].split(1)
    return pipe(
        prompt_embeds=cond,
        negative_prompt_embeds=uncond,
        image=pixels,
        mask_image=soft,
        masked_image_latents=shown,
        height=64,
        width=64,
        strength=1.0,
        num_inference_steps=STEPS,
        guidance_scale=SCALE,
        generator=torch.Generator().manual_seed(SEED),
        output_type="latent",
    ).images


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")
@pytest.mark.parametrize("level", [None, 1, 255])
def test_latents_equal_diffusers_own_pipeline(pipeline: Pipeline, level: int | None) -> None:
    """Not of a picture that is wholly grey: norms divide by its spread, which is but rounding."""
    mask = a_mask() if level is None else np.full((64, 64), level, np.uint8)
    mask[:, :9] = 0
    calls, _ = inpainted(pipeline, mask, strength=1.0, sampler="euler", schedule="normal")
    latents = of_kind(calls, Decode)[0].latents
    torch.testing.assert_close(latents, theirs(pipeline, mask), atol=1e-3, rtol=0)


def test_the_network_is_shown_the_mask_and_what_is_not_masked(pipeline: Pipeline) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 32:] = 255
    calls, _ = inpainted(pipeline, mask, strength=0.5)
    beside = [call.beside for call in of_kind(calls, Denoise)]
    assert {tuple(shown.shape) for shown in beside} == {(2, 5, 8, 8)}
    assert all(torch.equal(shown, beside[0]) for shown in beside)
    assert torch.equal(beside[0][:, :1, :, :4], torch.zeros(2, 1, 8, 4))
    assert torch.equal(beside[0][:, :1, :, 4:], torch.ones(2, 1, 8, 4))
    shown = of_kind(calls, EncodeImage)[-1].pixels
    assert bool((shown[..., 32:] == 0.5).all())
    expected = torch.from_numpy(a_picture()[:, :32]).permute(2, 0, 1)[None] / 255
    torch.testing.assert_close(shown[..., :32], expected)


@pytest.mark.parametrize("more", [{}, {"soft": True, "mask_blur": 8}, {"strength": 0.4}])
def test_pixels_outside_of_the_mask_are_the_inputs(pipeline: Pipeline, more: Any) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[40:] = 255
    _, picture = inpainted(pipeline, mask, **more)
    assert np.array_equal(picture[0, :16].numpy(), a_picture()[:16])
    assert not np.array_equal(picture[0, 48:].numpy(), a_picture()[48:])


def test_text_to_image_shows_it_that_all_is_to_be_drawn(pipeline: Pipeline) -> None:
    calls, picture = drawn(pipeline, {}, width=64, height=48)
    assert picture.shape == (1, 48, 64, 3)
    (shown,) = of_kind(calls, EncodeImage)
    assert shown.pixels.shape == (1, 3, 48, 64)
    assert bool((shown.pixels == 0.5).all())
    for call in of_kind(calls, Denoise):
        assert call.beside.shape == (2, 5, 6, 8)
        assert bool((call.beside[:, 0] == 1).all())


def test_image_to_image_and_a_second_pass_work(pipeline: Pipeline) -> None:
    over = {"kind": "image_to_image", "init": INIT, "strength": 0.5}
    _, picture = drawn(pipeline, {INIT: a_picture()}, **over)
    assert picture.shape == (1, 64, 64, 3)
    twice = {"hires_width": 128, "hires_height": 96, "hires_strength": 0.5}
    calls, picture = drawn(pipeline, {}, **twice)
    assert picture.shape == (1, 96, 128, 3)
    sizes = [tuple(call.beside.shape[2:]) for call in of_kind(calls, Denoise)]
    assert sizes == [(8, 8)] * STEPS + [(12, 16)] * STEPS


def test_rows_beside_belong_to_their_own_call(pipeline: Pipeline) -> None:
    """Two pictures in one forward, each with its own mask."""
    asked: list[Denoise] = []
    for level in (60, 255):
        calls, _ = inpainted(pipeline, np.minimum(a_mask(), np.uint8(level)), strength=0.5)
        asked.append(of_kind(calls, Denoise)[0])
    assert not torch.equal(asked[0].beside, asked[1].beside)  # type: ignore[arg-type]
    together = pipeline.answer(asked)
    for call, answer in zip(asked, together, strict=True):
        torch.testing.assert_close(answer, pipeline.answer([call])[0], atol=1e-4, rtol=1e-4)


def test_windows_are_refused_in_words(models: Path) -> None:
    facts: Facts = scan(models, FAMILIES).find("inpainter").facts
    with pytest.raises(RequestRejected, match="draws a picture whole") as refused:
        plan_of(a_request(window=64, width=256), facts)
    assert refused.value.field == "window"
