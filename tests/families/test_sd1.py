"""SD 1.x on pocket's weights: the same latents as diffusers' own pipeline, and any size."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    StableDiffusionPipeline,
)
from torch import Tensor

from webui.builtin import FAMILIES
from webui.calls import Decode, Denoise, EncodePrompt
from webui.errors import RequestRejected, WebuiError
from webui.families.protocol import Prediction
from webui.families.sd1.components import load_components
from webui.phrases import Phrase
from webui.pipelines import Hashes, Shelf, scan
from webui.pipelines.bench import tools_of
from webui.pipelines.pipeline import Pipeline
from webui.pipelines.tuning import Tuning
from webui.prompting import parse_attention
from webui.sampling import (
    Guidance,
    ImageNoise,
    TrainedSigmas,
    cfg,
    ddim,
    dpmpp_2m,
    euler,
    heun,
    steady,
)
from webui.settings import Settings

PROMPT, NEGATIVE, SCALE, STEPS = "a red boat on the sea", "a green tree", 3.0, 10
SHAPE = (4, 16, 16)
SD = TrainedSigmas.from_betas()
LONG = ", ".join(["a red boat on the sea"] * 30)


@cache
def pocket(prediction: Prediction = "v_prediction") -> Pipeline:
    """Pocket; with `epsilon` its network is taken to predict noise, untrained for it as it is."""
    checkpoint = scan(Settings().models, FAMILIES).find("pocket")
    checkpoint = replace(checkpoint, facts=replace(checkpoint.facts, prediction=prediction))
    cpu = torch.device("cpu")
    components = load_components(checkpoint.folder, checkpoint.facts, torch.float32, cpu)
    hashes = Hashes(None)
    shelf = Shelf(Settings().models, hashes)
    tools = tools_of(Settings().models, hashes, cpu)
    tuning = Tuning("float32", 2)
    return Pipeline(checkpoint, "0" * 64, components, cpu, tuning, shelf, tools)


@cache
def reference() -> Any:
    return StableDiffusionPipeline.from_pretrained(
        Settings().models / "pocket",
        dtype=torch.float32,
        local_files_only=True,
        low_cpu_mem_usage=False,
    )


def encode(*texts: str, **options: Any) -> EncodePrompt:
    return EncodePrompt(tuple(parse_attention(text) for text in texts), **options)


def drive(calls: Iterator[Any], pipeline: Pipeline) -> Tensor:
    """Answer every call of a generator."""
    answer = None
    try:
        while True:
            call = calls.send(answer)  # type: ignore[attr-defined]
            answer = pipeline.answer([call])[0]
    except StopIteration as end:
        return end.value


def ours(
    sampler: Any,
    sigmas: list[float],
    seed: int,
    prediction: Prediction,
    rescale: float = 0.0,
    trained: TrainedSigmas = SD,
) -> Tensor:
    pipeline = pocket(prediction)
    context = pipeline.answer([encode(NEGATIVE, PROMPT)])[0]
    noise = ImageNoise([seed], SHAPE)
    sampling = sampler(noise.draw() * sigmas[0], sigmas, noise)
    towards = steady(context[1:], context[:1])
    return drive(cfg(sampling, towards, Guidance(SCALE, rescale), trained), pipeline)


def theirs(scheduler: Any, first: float, seed: int, rescale: float = 0.0) -> Tensor:
    """Diffusers' own loop from the same start: our noise at the level `first`."""
    pipe = copy.copy(reference())
    pipe.scheduler = scheduler
    pipe.set_progress_bar_config(disable=True)
    context = pocket().answer([encode(NEGATIVE, PROMPT)])[0]
    start = ImageNoise([seed], SHAPE).draw() * first
    # The pipeline scales what it is given by the scheduler's own idea of the start.
    is_ve = float(scheduler.init_noise_sigma) != 1.0
    scaled = start / float(scheduler.init_noise_sigma) if is_ve else start / (1 + first**2) ** 0.5
    return pipe(
        prompt_embeds=context[1:],
        negative_prompt_embeds=context[:1],
        latents=scaled,
        guidance_scale=SCALE,
        guidance_rescale=rescale,
        num_inference_steps=STEPS,
        output_type="latent",
    ).images


def levels(scheduler: Any) -> list[float]:
    """The sigmas that a scheduler goes through, down to 0."""
    scheduler.set_timesteps(STEPS)
    if hasattr(scheduler, "sigmas"):
        return list(dict.fromkeys(float(sigma) for sigma in scheduler.sigmas))
    alphas = scheduler.alphas_cumprod[scheduler.timesteps]
    return [*(float(((1 - a) / a) ** 0.5) for a in alphas.clamp_min(2.0**-24)), 0.0]


@pytest.mark.parametrize("prediction", ["v_prediction", "epsilon"])
@pytest.mark.parametrize(
    ("sampler", "make", "options"),
    [
        (ddim, DDIMScheduler, {"clip_sample": False, "set_alpha_to_one": True}),
        (euler, EulerDiscreteScheduler, {}),
        (heun, HeunDiscreteScheduler, {}),
        (dpmpp_2m, DPMSolverMultistepScheduler, {"final_sigmas_type": "zero"}),
    ],
)
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")
def test_latents_equal_diffusers_own_pipeline(
    sampler: Any, make: Any, options: dict[str, Any], prediction: Prediction
) -> None:
    config = dict(reference().scheduler.config)
    whole = {"timestep_spacing": "leading", "steps_offset": 1, "prediction_type": prediction}
    betas = {key: config[key] for key in ("beta_start", "beta_end", "beta_schedule")}
    scheduler = make(**betas, **whole, **options)
    sigmas = levels(scheduler)
    expected = theirs(scheduler, sigmas[0], 7)
    difference = ours(sampler, sigmas, 7, prediction) - expected
    # A network that predicts something else than it learned leaves the usual range of latents.
    assert float(difference.abs().max()) < 1e-3 * max(1.0, float(expected.abs().max()) / 5)


BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


@pytest.mark.parametrize(("prediction", "rescale"), [("v_prediction", 0.7), ("sample", 0.0)])
def test_rescaled_guidance_and_networks_that_say_x0_equal_diffusers_own_pipeline(
    prediction: Prediction, rescale: float
) -> None:
    whole = {"timestep_spacing": "leading", "steps_offset": 1, "prediction_type": prediction}
    options = {"clip_sample": False, "set_alpha_to_one": True}
    scheduler = DDIMScheduler(**BETAS, **whole, **options)
    sigmas = levels(scheduler)
    expected = theirs(scheduler, sigmas[0], 7, rescale)
    difference = ours(ddim, sigmas, 7, prediction, rescale) - expected
    assert float(difference.abs().max()) < 1e-3


def test_zero_terminal_snr_equals_diffusers_own_pipeline() -> None:
    whole = {"timestep_spacing": "trailing", "prediction_type": "v_prediction"}
    options = {"clip_sample": False, "set_alpha_to_one": True, "rescale_betas_zero_snr": True}
    scheduler = DDIMScheduler(**BETAS, **whole, **options)
    sigmas = levels(scheduler)
    trained = TrainedSigmas.from_betas(zero_terminal_snr=True)
    assert sigmas[:-1] == pytest.approx([trained.sigmas[t] for t in range(999, 0, -100)], rel=1e-3)
    expected = theirs(scheduler, sigmas[0], 7)
    difference = ours(ddim, sigmas, 7, "v_prediction", trained=trained) - expected
    assert float(difference.abs().max()) < 2e-3


def test_picture_equals_diffusers_own_decode() -> None:
    latents = ImageNoise([3], SHAPE).draw()
    picture = pocket().answer([Decode(latents)])[0]
    pipe = reference()
    decoded = pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample.detach()
    theirs = (pipe.image_processor.postprocess(decoded, output_type="np") * 255).round()
    assert abs(picture.numpy().astype(int) - theirs.astype(int)).max() <= 1


def test_prompt_is_encoded_as_diffusers_does() -> None:
    answer = pocket().answer([encode(NEGATIVE, PROMPT)])[0]
    cond, uncond = reference().encode_prompt(PROMPT, "cpu", 1, True, NEGATIVE)
    assert torch.allclose(answer, torch.cat([uncond, cond]), atol=1e-5)


def test_prompt_longer_than_a_window_is_read_to_its_end() -> None:
    a = pocket().answer([encode(f"{LONG}, day")])[0]
    b = pocket().answer([encode(f"{LONG}, night")])[0]
    assert a.shape[1] % 77 == 0
    assert a.shape[1] > 77
    assert not torch.allclose(a, b)


def test_weight_of_one_changes_no_bit() -> None:
    plain, weighed = (pocket().answer([encode(text)])[0] for text in ("a boat", "(a:1) (boat:1.0)"))
    assert torch.equal(plain, weighed)


def test_emphasis_scales_the_states_of_its_words_against_the_others() -> None:
    plain, weighed = (
        pocket().answer([encode(text)])[0][0] for text in ("a red boat", "a (red:1.5) boat")
    )
    ratio = (weighed / plain).median(dim=-1).values
    assert torch.allclose(ratio[2] / ratio[1], torch.tensor(1.5), atol=1e-3)
    assert torch.allclose(ratio[3:] / ratio[1], torch.ones(len(ratio) - 3), atol=1e-3)


def fresh() -> Pipeline:
    """Pocket, with nothing read yet."""
    pipeline = copy.copy(pocket())
    pipeline._states, pipeline._windows_kept = OrderedDict(), 0
    return pipeline


@pytest.mark.parametrize("others", [("a (red:1.5) boat",), tuple(f"tree {i}" for i in range(9))])
def test_states_of_a_text_are_the_same_bit_for_bit_beside_any_others(
    others: tuple[str, ...],
) -> None:
    alone = fresh().answer([encode("a green tree")])[0]
    beside = fresh().answer([encode(*others, "a green tree")])[0]
    assert torch.equal(alone, beside[-1:])
    long = fresh().answer([encode(LONG, "a green tree")])[0]
    beside = fresh().answer([encode(*others, LONG, "a green tree")])[0]
    assert torch.equal(long, beside[-2:])


def test_text_is_read_once_for_each_way_of_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline, read = fresh(), list[tuple[Any, ...]]()
    encode_really = pipeline._components.encode

    def noted(texts: Any, **options: Any) -> Tensor:
        ways = (options[way] for way in ("windows", "emphasis", "clip_skip"))
        read.append((texts[0][0].text, *ways))
        return encode_really(texts, **options)

    monkeypatch.setattr(pipeline._components, "encode", noted)
    for call in (
        encode("boat", "tree"),
        encode("tree", "fog"),
        encode("tree", clip_skip=2),
        encode("tree", emphasis="ignore"),
        encode("boat", "tree"),
    ):
        pipeline.answer([call])
    assert read == [
        ("boat", 1, "original", 1),
        ("tree", 1, "original", 1),
        ("fog", 1, "original", 1),
        ("tree", 1, "original", 2),
        ("tree", 1, "ignore", 1),
    ]


def test_states_that_are_kept_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.pipelines.pipeline._MOST_WINDOWS", 3)
    pipeline = fresh()
    for text in ("a", "b", "c", "d", "b"):
        pipeline.answer([encode(text)])
    assert [read[0][0].text for read in pipeline._states] == ["c", "d", "b"]  # type: ignore[union-attr]


def test_too_many_windows_of_text_are_refused_in_words() -> None:
    with pytest.raises(WebuiError, match="more than 2,048 windows"):
        fresh().answer([EncodePrompt(((Phrase("a"),),) * 2049)])


def test_weights_do_only_what_the_emphasis_says() -> None:
    text, plain = "a (red:1.5) boat", "a red boat"
    states = {
        emphasis: pocket().answer([encode(text, emphasis=emphasis)])[0][0]
        for emphasis in ("original", "no_norm", "ignore", "none")
    }
    unweighed = pocket().answer([encode(plain)])[0][0]
    assert torch.equal(states["ignore"], unweighed)
    assert torch.equal(states["none"], unweighed)
    torch.testing.assert_close(states["no_norm"][2], unweighed[2] * 1.5)
    torch.testing.assert_close(states["no_norm"][3:], unweighed[3:])
    ratio = unweighed.mean() / states["no_norm"].mean()
    torch.testing.assert_close(states["original"], states["no_norm"] * ratio)


@pytest.mark.parametrize("clip_skip", [1, 2, 3])
def test_clip_skip_reads_as_an_encoder_without_its_last_layers(clip_skip: int) -> None:
    answer = pocket().answer([encode(PROMPT, clip_skip=clip_skip)])[0]
    shorter = copy.copy(reference())
    shorter.text_encoder = copy.deepcopy(shorter.text_encoder)
    layers = shorter.text_encoder.encoder.layers
    shorter.text_encoder.encoder.layers = layers[: len(layers) - clip_skip + 1]
    theirs, _ = shorter.encode_prompt(PROMPT, "cpu", 1, False)
    assert torch.allclose(answer, theirs, atol=1e-5)


def test_clip_skip_beyond_the_layers_is_refused_in_words() -> None:
    with pytest.raises(RequestRejected, match="it has 3") as refused:
        pocket().answer([encode(PROMPT, clip_skip=4)])
    assert refused.value.field == "clip_skip"


def test_break_puts_words_into_windows_of_their_own() -> None:
    answer = pocket().answer([encode("a red boat BREAK a green tree")])[0][0]
    first, second = (pocket().answer([encode(t)])[0][0] for t in ("a red boat", "a green tree"))
    assert torch.allclose(answer, torch.cat([first, second]), atol=1e-5)


def test_short_negative_prompt_is_padded_to_the_length_of_the_long_prompt() -> None:
    answer = pocket().answer([encode("", LONG)])[0]
    assert answer.shape[0] == 2


@pytest.mark.parametrize(("width", "height"), [(16, 16), (136, 72), (8 * 33, 8 * 5), (256, 128)])
def test_any_size_that_is_a_multiple_of_eight_works(width: int, height: int) -> None:
    pipeline = pocket()
    shape = pipeline.checkpoint.facts.latent_shape(width, height)
    context = pipeline.answer([encode("", PROMPT)])[0]
    noise = ImageNoise([1], shape)
    x = noise.draw().expand(2, -1, -1, -1) * 5
    x0 = pipeline.answer([Denoise(x, 5.0, context, SD.sigma_to_t(5.0))])[0]
    assert x0.shape == (2, *shape)
    picture = pipeline.answer([Decode(x0[:1])])[0]
    assert picture.shape == (1, height, width, 3)


def test_rows_of_unlike_jobs_in_one_forward_equal_each_alone() -> None:
    pipeline = pocket()
    context = pipeline.answer([encode("", PROMPT)])[0]
    calls = [
        Denoise(ImageNoise([seed], SHAPE).draw().expand(2, -1, -1, -1) * sigma, sigma, context, t)
        for seed, sigma, t in ((1, 14.0, 990.0), (2, 3.0, 700.0), (3, 0.1, 10.0), (4, 3.0, 650.0))
    ]
    together = pipeline.answer(calls)
    for call, answer in zip(calls, together, strict=True):
        assert torch.allclose(answer, pipeline.answer([call])[0], atol=1e-4)


def test_latents_that_are_not_numbers_are_said_in_words() -> None:
    with pytest.raises(WebuiError, match="not numbers"):
        pocket().answer([Decode(torch.full((1, *SHAPE), float("nan")))])


def test_preview_has_the_colours_of_the_picture() -> None:
    pipeline = pocket()
    latents = ImageNoise([5], SHAPE).draw()
    smooth = torch.nn.functional.interpolate(latents[:, :, ::4, ::4], size=(16, 16))
    width, height, pixels = pipeline.preview(smooth)
    preview = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).view(height, width, 3).float()
    picture = pipeline.answer([Decode(smooth)])[0][0].float()
    mean = torch.nn.functional.avg_pool2d(picture.permute(2, 0, 1), 8).permute(1, 2, 0)
    seen = torch.stack([preview.flatten(), mean.flatten()])
    assert float(torch.corrcoef(seen)[0, 1]) > 0.8
