"""Text to image: encode the prompts, develop noise into latents, decode them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias

from torch import Tensor

from webui.calls import Call, Decode, EncodePrompt
from webui.families import Facts
from webui.prompting import parse_attention, parse_composition, parse_timeline, without_comments
from webui.request import ResolvedRequest
from webui.sampling import (
    Ask,
    Conditioning,
    ConditioningAt,
    ImageNoise,
    Noise,
    Sampling,
    centred,
    cfg,
    guide,
    slerp,
)

Recipe: TypeAlias = Generator[Call, Any, Tensor]
"""Yields calls, is sent their answers, returns a picture: uint8 [1, height, width, 3]."""

SamplerFunction: TypeAlias = Callable[[Tensor, Sequence[float], Noise], Sampling]


def text_to_image(
    request: ResolvedRequest,
    index: int,
    facts: Facts,
    sampler: SamplerFunction,
    sigmas: Sequence[float],
    see: Callable[[Tensor], None],
) -> Recipe:
    """Picture `index` of the request. `see` is shown each predicted x0 [1, c, h, w]."""
    conditioning_at = yield from encode_prompts(request, sigmas)
    noise = ImageNoise(
        [request.seed_of(index)],
        facts.latent_shape(request.width, request.height),
        source=request.noise_source,
    )
    start = first_noise(request, index, facts, noise.draw())
    sampling = observed(sampler(start * sigmas[0], sigmas, noise), see)
    latents = yield from cfg(sampling, conditioning_at, request.cfg_scale)
    return (yield Decode(latents))


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
    negative, prompt = map(without_comments, (request.negative_prompt, request.prompt))
    parts = parse_composition(prompt)
    wanted = (negative, *(part.text for part in parts))
    texts = [parse_timeline(text).texts(steps) for text in wanted]
    distinct = list(dict.fromkeys(text for of_prompt in texts for text in of_prompt))
    context = yield EncodePrompt(tuple(parse_attention(text) for text in distinct))
    rows = {text: context[i : i + 1] for i, text in enumerate(distinct)}
    weights = tuple(part.weight for part in parts)
    found = [
        Conditioning(tuple(rows[cond] for cond in conds), weights, rows[uncond])
        for uncond, *conds in zip(*texts, strict=True)
    ]
    return lambda sigma: found[step_at(sigmas, sigma) - 1]


def step_at(sigmas: Sequence[float], sigma: float) -> int:
    """The step, from 1, that begins at or above the noise level `sigma`.

    What a sampler asks between two levels belongs to the step that it is in.
    """
    nearly = sigma * (1 - 1e-6)
    begun = sum(level >= nearly for level in sigmas[:-1])
    return max(1, begun)


def observed(sampling: Sampling, see: Callable[[Tensor], None]) -> Sampling:
    """The same sampling; `see` is shown every answer on its way in."""

    def answer(ask: Ask) -> Sampling:
        x0 = yield ask
        see(x0)
        return x0

    return guide(sampling, answer)
