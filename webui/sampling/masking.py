"""Sampling that keeps a part of a picture: generators around a sampler, as guidance is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from webui.sampling.guidance import guide
from webui.sampling.protocol import Ask, Sampling

DrawnAt = Callable[[float], Tensor]
"""From a noise level to what is drawn anew there: [1, 1, height, width], 0 (kept) to 1."""


def keeping(sampling: Sampling, original: Tensor, drawn_at: DrawnAt) -> Sampling:
    """The same sampling, told `original` [1, c, h, w] wherever the picture is kept.

    What is kept is no longer the network's opinion, so every sampler arrives at it exactly, and the
    part that is drawn grows together with it at every level. Lugmayr et al., "RePaint",
    https://arxiv.org/abs/2201.09865, blend the noisy pictures; blending what is seen in them is the
    same for any sampler.
    """

    def answer(ask: Ask) -> Sampling:
        x0 = yield ask
        drawn = drawn_at(ask.sigma).to(x0)
        kept = original.to(x0)
        return kept + (x0 - kept) * drawn

    return guide(sampling, answer)


def steadily(mask: Tensor) -> DrawnAt:
    """The same part at every level: wherever the mask [1, 1, h, w] is above 0."""
    drawn = (mask > 0).float()
    return lambda sigma: drawn


def gradually(mask: Tensor, sigmas: Sequence[float]) -> DrawnAt:
    """Where the mask is half, only the second half of the steps draws.

    Levin and Fried, "Differential Diffusion: Giving Each Pixel Its Strength",
    https://arxiv.org/abs/2306.00950: the last steps change details, the first ones everything.
    What a sampler asks between two levels belongs to the step that it is in.
    """
    steps = max(1, len(sigmas) - 1)

    def drawn_at(sigma: float) -> Tensor:
        begun = max(1, sum(level >= sigma * (1 - 1e-6) for level in sigmas[:-1]))
        return (mask > max(0.0, 1 - begun / steps)).float()

    return drawn_at


def partial(sigmas: Sequence[float], steps: int) -> tuple[float, ...]:
    """The last so many steps of a schedule: where a picture that is drawn over begins."""
    return tuple(sigmas[max(0, len(sigmas) - 1 - steps) :])
