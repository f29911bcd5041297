"""Developing: what all recipes share. Encode prompts, choose noise, walk down the levels."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from torch import Tensor

from webui.calls import Call, Denoise, EncodePrompt, Lora, Word
from webui.families import Facts
from webui.phrases import Emphasis, Phrase, PromptText
from webui.prompting import (
    parse_attention,
    parse_composition,
    parse_timeline,
    split_tags,
    without_comments,
)
from webui.recipes.controlling import Acting, controls_at
from webui.request import MAX_SEED, ResolvedRequest
from webui.sampling import (
    Ask,
    Conditioning,
    ConditioningAt,
    DrawnAt,
    Guidance,
    ImageNoise,
    Noise,
    Sampling,
    TrainedSigmas,
    centred,
    cfg,
    guide,
    keeping,
    partial,
    slerp,
    windowed,
)

Recipe: TypeAlias = Generator[Call, Any, Tensor]
"""Yields calls, is sent their answers, returns a picture: uint8 [1, height, width, 3]."""

SamplerFunction: TypeAlias = Callable[[Tensor, Sequence[float], Noise], Sampling]


@dataclass(frozen=True, slots=True)
class Keeping:
    """What stays while a part is drawn: the latents of the picture, and what is drawn when."""

    original: Tensor
    drawn_at: DrawnAt


@dataclass(frozen=True, slots=True)
class Look:
    """What a network for inpainting is shown beside, what is kept while the rest is drawn, and
    what steers.
    """

    keeping: Keeping | None = None
    beside: Tensor | None = None
    acting: tuple[Acting, ...] = ()


NOTHING = Look()


@dataclass(frozen=True, slots=True)
class Method:
    """How noise is developed: a sampler with its options set, and the levels that it is given.

    `trained` are the levels of the checkpoint, which tell the timestep of any other.
    """

    sampler: SamplerFunction
    sigmas: tuple[float, ...]
    trained: TrainedSigmas

    def ending(self, steps: int) -> Method:
        """The same, of which only the last so many steps are drawn."""
        return replace(self, sigmas=partial(self.sigmas, steps))


def develop(
    request: ResolvedRequest,
    facts: Facts,
    method: Method,
    start: Tensor,
    noise: Noise,
    see: Callable[[Tensor], None],
    look: Look = NOTHING,
) -> Generator[Call, Any, Tensor]:
    """From `start` [1, c, h, w] at the first level of the method to clean latents.

    `see` is shown each predicted x0; `look` says what is kept and what the network is shown beside.
    """
    conditioning_at = yield from encode_prompts(request, method.sigmas)
    sampling = observed(method.sampler(start, method.sigmas, noise), see)
    if look.keeping:
        sampling = keeping(sampling, look.keeping.original, look.keeping.drawn_at)
    if window := window_of(request, facts, start):
        sampling = windowed(sampling, *window)
    guidance = guidance_of(request, method.sigmas)
    guided = cfg(sampling, conditioning_at, guidance, method.trained)
    return (yield from wearing(guided, request, facts, method.sigmas, look))


def window_of(request: ResolvedRequest, facts: Facts, x: Tensor) -> tuple[int, int] | None:
    """Side and overlap of the windows in latents; None where the picture fits into one."""
    if request.window is None or max(x.shape[2:]) * facts.factor <= request.window:
        return None
    overlap = request.window // 4 if request.window_overlap is None else request.window_overlap
    size = request.window // facts.factor
    # More than half would make thousands of windows that see nearly the same.
    return size, min(overlap // facts.factor, size // 2)


def loras_of(request: ResolvedRequest, gone: float = 0.0, steps: int = 0) -> tuple[Lora, ...]:
    """What the tags of the prompt ask for, each with the file that was found for it.

    With `steps`, what acts in the step before which `gone` of the way is done; else the whole.
    """
    found = {file.name: file.sha256 for file in request.of_role("lora")}
    _, tags = split_tags(without_comments(request.prompt))
    return tuple(
        Lora(
            tag.name,
            found[tag.name],
            unet=tag.weights[1] * (tag.factor(gone, steps) if steps else 1.0),
            text_encoder=tag.weights[0],
            blocks=tag.blocks,
        )
        for tag in tags
        if tag.name in found
    )


def wearing(
    asking: Generator[Denoise, Tensor, Tensor],
    request: ResolvedRequest,
    facts: Facts,
    sigmas: Sequence[float],
    look: Look,
) -> Generator[Denoise, Tensor, Tensor]:
    """The same calls, with the request's LoRAs in the weights, and all that `look` brings."""
    steps = len(sigmas) - 1
    worn = [loras_of(request, step / steps, steps) for step in range(steps)]
    try:
        call = next(asking)
        while True:
            step = step_at(sigmas, call.sigma) - 1
            dressed = replace(
                call,
                loras=worn[step],
                beside=None if look.beside is None else look.beside.expand(len(call.x), -1, -1, -1),
                controls=controls_at(look.acting, step / steps, call.at, call.x, facts),
            )
            call = asking.send((yield dressed))
    except StopIteration as end:
        return end.value
    finally:
        asking.close()


def guidance_of(request: ResolvedRequest, sigmas: Sequence[float]) -> Guidance:
    """The request's guidance; it acts in those steps whose share of the way lies in its range."""
    steps = len(sigmas) - 1

    def acts_at(sigma: float) -> bool:
        gone = (step_at(sigmas, sigma) - 1) / steps
        return request.guidance_start <= gone < request.guidance_end

    return Guidance(request.cfg_scale, request.cfg_rescale, acts_at)


def noises(
    request: ResolvedRequest, index: int, facts: Facts, later: int = 0
) -> tuple[Tensor, Noise]:
    """What picture `index` begins with [1, c, h, w], and the noise on its way.

    `later` is added to the seed: every loop over a picture has noise of its own.
    """
    seed = (request.seed_of(index) + later) % (MAX_SEED + 1)
    shape = facts.latent_shape(request.width, request.height)
    noise = ImageNoise([seed], shape, source=request.noise_source)
    start = first_noise(request, index, facts, noise.draw())
    if request.seed_delta:
        # as A1111's ENSD: all noise after the first is that of another seed, from its beginning
        noise = ImageNoise([seed + request.seed_delta], shape, source=request.noise_source)
    return start, noise


def first_noise(request: ResolvedRequest, index: int, facts: Facts, drawn: Tensor) -> Tensor:
    """What picture `index` begins with, given the first noise of its seed at its own size.

    A variation turns it towards another seed's; a resized seed is drawn at that size and laid on
    the middle. Both as in A1111 (but for a rim of an odd number of latents, which is cut evenly).
    """
    own = shape = facts.latent_shape(request.width, request.height)
    if request.seed_resize_width and request.seed_resize_height:
        shape = facts.latent_shape(request.seed_resize_width, request.seed_resize_height)

    def of(seed: int) -> Tensor:
        return ImageNoise([seed], shape, source=request.noise_source).draw()

    noise = drawn if shape == own else of(request.seed_of(index))
    if request.is_varied:
        noise = slerp(noise, of(request.variation_seed_of(index)), request.variation_strength)
    return noise if shape == own else centred(noise, drawn)


def encode_prompts(
    request: ResolvedRequest, sigmas: Sequence[float]
) -> Generator[Call, Tensor, ConditioningAt]:
    """Encode every text that the prompts are at some step, each once and all to one length."""
    steps = len(sigmas) - 1
    prompt, _ = split_tags(without_comments(request.prompt))
    negative = without_comments(request.negative_prompt)
    parts = parse_composition(prompt)
    wanted = (negative, *(part.text for part in parts))
    texts = [parse_timeline(text).texts(steps) for text in wanted]
    distinct = list(dict.fromkeys(text for of_prompt in texts for text in of_prompt))
    context = yield EncodePrompt(
        tuple(phrases(text, request.emphasis) for text in distinct),
        request.emphasis,
        request.clip_skip,
        loras_of(request),
        tuple(Word(file.name, file.sha256) for file in request.of_role("embedding")),
    )
    rows = {text: context[i : i + 1] for i, text in enumerate(distinct)}
    weights = tuple(part.weight for part in parts)
    found = [
        Conditioning(tuple(rows[cond] for cond in conds), weights, rows[uncond])
        for uncond, *conds in zip(*texts, strict=True)
    ]
    return lambda sigma: found[step_at(sigmas, sigma) - 1]


def phrases(text: str, emphasis: Emphasis) -> PromptText:
    """The phrases of a prompt; with the emphasis "none" it is one, brackets, BREAK and all."""
    return (Phrase(text),) if emphasis == "none" else parse_attention(text)


def step_at(sigmas: Sequence[float], sigma: float) -> int:
    """The step, from 1, that begins at or above the noise level `sigma`.

    What a sampler asks between two levels belongs to the step that it is in.
    """
    nearly = sigma * (1 - 1e-6)
    begun = sum(level >= nearly for level in sigmas[:-1])
    return max(1, begun)


def observed(sampling: Sampling, see: Callable[[Tensor], None]) -> Sampling:
    """The same sampling; `see` is shown every guided answer on its way in."""

    def answer(ask: Ask) -> Sampling:
        x0 = yield ask
        see(x0[: len(ask.x)])
        return x0

    return guide(sampling, answer)
