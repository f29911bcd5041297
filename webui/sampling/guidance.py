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
class Pair:
    """Conditioning of prompt and negative prompt, [1 or batch, tokens, channels] each.

    Raises ValueError when the two cannot be rows of one forward.
    """

    cond: Tensor
    uncond: Tensor

    def __post_init__(self) -> None:
        if self.cond.shape[1:] != self.uncond.shape[1:]:
            raise ValueError(
                f"Prompt and negative prompt must have one shape to be guided as a pair,"
                f" but they are {list(self.cond.shape[1:])} and {list(self.uncond.shape[1:])}."
            )


PairAt: TypeAlias = Callable[[float], Pair]
"""The conditioning at a noise level: prompts may change while a picture develops."""


def steady(cond: Tensor, uncond: Tensor) -> PairAt:
    """The same conditioning at every noise level."""
    pair = Pair(cond, uncond)
    return lambda sigma: pair


def cfg(sampling: Sampling, pair_at: PairAt, scale: float) -> Generator[Denoise, Tensor, Tensor]:
    """Classifier-free guidance: x0 = uncond + scale * (cond - uncond).

    Each ask becomes one call with the rows [uncond of all images, cond of all images]; with scale
    1 the negative prompt has no say, and only the cond rows are asked.
    Ho and Salimans, "Classifier-Free Diffusion Guidance", https://arxiv.org/abs/2207.12598.
    """

    def answer(ask: Ask) -> Generator[Denoise, Tensor, Tensor]:
        pair, rows = pair_at(ask.sigma), len(ask.x)
        wanted = pair.cond.expand(rows, -1, -1)
        if scale == 1:
            return (yield Denoise(ask.x, ask.sigma, wanted))
        context = torch.cat([pair.uncond.expand(rows, -1, -1), wanted])
        both = yield Denoise(torch.cat([ask.x, ask.x]), ask.sigma, context)
        without, with_prompt = both.chunk(2)
        return without + (with_prompt - without) * scale

    return guide(sampling, answer)
