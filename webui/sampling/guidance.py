"""Guidance: generators around a sampler that turn its asks into calls and the answers into x0."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import torch
from torch import Tensor

from webui.calls import Denoise
from webui.sampling.protocol import Ask, Sampling

CallT = TypeVar("CallT")


def guide(
    sampling: Sampling, answer: Callable[[Ask], Generator[CallT, Tensor, Tensor]]
) -> Generator[CallT, Tensor, Tensor]:
    """Drive `sampling`; each of its asks is answered by what the generator `answer(ask)` returns.

    Whatever `answer` yields is yielded on, so it may need any number of calls for one ask (or pass
    on an ask, changed). An exception thrown in is thrown into `sampling`, and `sampling` is
    closed in every case.
    """
    try:
        ask = next(sampling)
        while True:
            try:
                x0 = yield from answer(ask)
            except Exception as error:  # noqa: BLE001 (handed on, not swallowed)
                ask = sampling.throw(error)
            else:
                ask = sampling.send(x0)
    except StopIteration as end:
        return end.value
    finally:
        sampling.close()


@dataclass(frozen=True, slots=True, eq=False)
class Conditioning:
    """What to draw towards, each with its weight, and what to draw away from.

    All are [1 or batch, tokens, channels] of one shape; ValueError if not.
    """

    conds: tuple[Tensor, ...]
    weights: tuple[float, ...]
    uncond: Tensor

    def __post_init__(self) -> None:
        for cond in self.conds:
            if cond.shape[1:] != self.uncond.shape[1:]:
                raise ValueError(
                    f"Prompt and negative prompt must have one shape to be guided together,"
                    f" but they are {list(cond.shape[1:])} and {list(self.uncond.shape[1:])}."
                )

    def rows(self, scale: float) -> int:
        """Rows of one image in one forward at a guidance scale."""
        return 1 if self.is_plain(scale) else 1 + len(self.conds)

    def is_plain(self, scale: float) -> bool:
        """Whether only one prompt has a say, so that nothing has to be guided."""
        return scale == 1 and self.weights == (1.0,)


ConditioningAt: TypeAlias = Callable[[float], Conditioning]
"""The conditioning at a noise level: prompts may change while a picture develops."""


def steady(cond: Tensor, uncond: Tensor) -> ConditioningAt:
    """One prompt and a negative one, the same at every noise level."""
    conditioning = Conditioning((cond,), (1.0,), uncond)
    return lambda sigma: conditioning


def cfg(
    sampling: Sampling, conditioning_at: ConditioningAt, scale: float
) -> Generator[Denoise, Tensor, Tensor]:
    """Classifier-free guidance: x0 = uncond + scale * sum of weight * (cond - uncond).

    Each ask becomes one call with the rows [uncond of all images, first cond of all images, …];
    with scale 1 and one prompt the negative one has no say, and only the cond rows are asked.
    Ho and Salimans, "Classifier-Free Diffusion Guidance", https://arxiv.org/abs/2207.12598;
    several prompts: Liu et al., https://arxiv.org/abs/2206.01714.
    """

    def answer(ask: Ask) -> Generator[Denoise, Tensor, Tensor]:
        now, images = conditioning_at(ask.sigma), len(ask.x)
        wanted = [cond.expand(images, -1, -1) for cond in now.conds]
        if now.is_plain(scale):
            return (yield Denoise(ask.x, ask.sigma, wanted[0]))
        context = torch.cat([now.uncond.expand(images, -1, -1), *wanted])
        answered = yield Denoise(torch.cat([ask.x] * now.rows(scale)), ask.sigma, context)
        without, *with_prompt = answered.chunk(now.rows(scale))
        guided = without
        for x0, weight in zip(with_prompt, now.weights, strict=True):
            guided = guided + (x0 - without) * (scale * weight)
        return guided

    return guide(sampling, answer)
