"""Guidance: generators around a sampler that turn its asks into calls and the answers into x0."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from webui.calls import Denoise
from webui.sampling.conditioning import ConditioningAt
from webui.sampling.protocol import Ask, Sampling
from webui.sampling.sigmas import TrainedSigmas

CallT = TypeVar("CallT")

PLUS_PLUS = 12.5
"""A scale of so much is the 1 of CFG++, as in A1111 and Forge: their sliders begin at 1."""


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


def _always(sigma: float) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Guidance:
    """How strongly the prompt is followed, and when.

    `scale`: of classifier-free guidance; asks of CFG++ count it as `scale / PLUS_PLUS`.
    `rescale`: 0 to 1, see `rescaled`. `acts_at`: whether it acts at a noise level; where it does
    not, the scale is 1 (Kynkäänniemi et al., "Applying Guidance in a Limited Interval Improves
    Sample and Distribution Quality in Diffusion Models", https://arxiv.org/abs/2404.07724).
    """

    scale: float
    rescale: float = 0.0
    acts_at: Callable[[float], bool] = _always

    def scale_for(self, ask: Ask) -> float:
        """The scale that acts on an ask."""
        if not self.acts_at(ask.sigma):
            return 1.0
        return self.scale / PLUS_PLUS if ask.unguided else self.scale

    def rows(self, ask: Ask, weights: tuple[float, ...]) -> int:
        """Rows of one image in the call for an ask: 1 where only one prompt has a say."""
        needs_uncond = ask.is_double and self.acts_at(ask.sigma)
        plain = self.scale_for(ask) == 1 and weights == (1.0,) and not needs_uncond
        return 1 if plain else 1 + len(weights)


def cfg(
    sampling: Sampling,
    conditioning_at: ConditioningAt,
    guidance: Guidance,
    trained: TrainedSigmas,
) -> Generator[Denoise, Tensor, Tensor]:
    """Classifier-free guidance: x0 = uncond + scale * sum of weight * (cond - uncond).

    Each ask becomes one call with the rows [uncond of all images, first cond of all images, …];
    with scale 1 and one prompt the negative one has no say, and only the cond rows are asked.
    With several prompts, or one of another weight, the weights act at scale 1 too. `trained` tells
    which timestep belongs to a noise level. Where guidance does not act, the unguided answer that
    CFG++ asks for is the same as the guided one.

    Ho and Salimans, "Classifier-Free Diffusion Guidance", https://arxiv.org/abs/2207.12598;
    several prompts: Liu et al., https://arxiv.org/abs/2206.01714.
    """

    def answer(ask: Ask) -> Generator[Denoise, Tensor, Tensor]:
        now, images = conditioning_at(ask.sigma), len(ask.x)
        t = trained.sigma_to_t(ask.sigma)
        wanted = [cond.expand(images, -1, -1) for cond in now.conds]
        rows, scale = guidance.rows(ask, now.weights), guidance.scale_for(ask)
        if rows == 1:
            x0 = yield Denoise(ask.x, ask.sigma, wanted[0], t, at=ask.at)
            return torch.cat([x0, x0]) if ask.is_double else x0
        context = torch.cat([now.uncond.expand(images, -1, -1), *wanted])
        answered = yield Denoise(
            torch.cat([ask.x] * rows), ask.sigma, context, t, unprompted=images, at=ask.at
        )
        without, *towards = answered.chunk(rows)
        guided = _combined(without, towards, now.weights, scale)
        if guidance.rescale > 0 and scale != 1:
            plain = _combined(without, towards, now.weights, 1.0)
            guided = rescaled(guided, plain, ask, guidance.rescale)
        if not ask.is_double:
            return guided
        return torch.cat([guided, without if guidance.acts_at(ask.sigma) else guided])

    return guide(sampling, answer)


def rescaled(guided: Tensor, plain: Tensor, ask: Ask, share: float) -> Tensor:
    """`guided`, a `share` of it brought back to the spread that `plain` (scale 1) has.

    Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed",
    https://arxiv.org/abs/2305.08891, section 3.4. The spread is of the prediction v, which is
    x / (1 + sigma**2) - x0 but for a factor, whatever the network itself predicts; the paper's
    does that. Every image is measured by itself, so that company does not matter.
    """
    centre = ask.x / (1 + ask.sigma**2)
    v, v_plain = guided - centre, plain - centre
    return centre + torch.cat(
        [
            row * (1 - share + share * _ratio(wanted, row))
            for row, wanted in zip(v.split(1), v_plain.split(1), strict=True)
        ]
    )


def _ratio(wanted: Tensor, row: Tensor) -> float:
    """Of the standard deviations; 1 where there is none to divide by."""
    spread = float(row.std(correction=0))
    return float(wanted.std(correction=0)) / spread if spread > 0 else 1.0


def _combined(
    without: Tensor, towards: Sequence[Tensor], weights: Sequence[float], scale: float
) -> Tensor:
    guided = without
    for x0, weight in zip(towards, weights, strict=True):
        guided = guided + (x0 - without) * (scale * weight)
    return guided
