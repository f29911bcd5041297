"""Text to image: encode the prompts, develop noise into latents, decode them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias

from torch import Tensor

from webui.calls import Call, Decode, EncodePrompt
from webui.families import Facts
from webui.request import ResolvedRequest
from webui.sampling import Ask, ImageNoise, Noise, Sampling, cfg, guide

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
    context = yield EncodePrompt((request.negative_prompt, request.prompt))
    noise = ImageNoise([request.seed_of(index)], facts.latent_shape(request.width, request.height))
    sampling = observed(sampler(noise.draw() * sigmas[0], sigmas, noise), see)
    latents = yield from cfg(sampling, context[1:], context[:1], request.cfg_scale)
    return (yield Decode(latents))


def observed(sampling: Sampling, see: Callable[[Tensor], None]) -> Sampling:
    """The same sampling; `see` is shown every answer on its way in."""

    def answer(ask: Ask) -> Sampling:
        x0 = yield ask
        see(x0)
        return x0

    return guide(sampling, answer)
