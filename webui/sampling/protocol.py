"""What a sampler is: a generator that asks for clean latents and is told them.

A sampler yields an `Ask` ("what is the clean picture behind this noisy one?"), is sent the answer
x0, and in the end returns the last x. It owns no model, no guidance, no progress bar; whoever
drives it with `next` and `send` supplies those. It may be closed at any yield. It is
deterministic: made anew with the same x and the same seeds and sent the same answers, it asks the
same questions again, so that a run can be replayed to any point.

Everything is in the variance exploding form x = x0 + sigma * eps, whatever the network behind the
answers was trained with.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """The question "which x0 do you see in x?". The answer has the shape of `x`.

    `x`: float32 [batch, channels, height, width]. `sigma`: its noise level, > 0, for all rows.
    `unguided`: say also what is seen without guidance. The answer then has twice the rows: x0 of
    all images, then their unguided x0. CFG++ is made so, and who guides reads the scale as its.
    `plain`: the same with the scale left as it is, for what wraps a sampler. `at`: the upper left
    corner of `x` in the picture, in latents, where it is a window of it.
    """

    x: Tensor
    sigma: float
    unguided: bool = False
    at: tuple[int, int] = (0, 0)
    plain: bool = False

    @property
    def is_double(self) -> bool:
        """Whether the answer has the unguided x0 below the guided."""
        return self.unguided or self.plain


Sampling: TypeAlias = Generator[Ask, Tensor, Tensor]
"""A running sampler: yields asks, is sent x0, returns the last x."""


class Noise(Protocol):
    """Where a sampler gets its randomness. Image i depends on nothing but its own seed."""

    def draw(self) -> Tensor:
        """Fresh standard normal noise, [batch, channels, height, width]."""
        ...

    def brownian(self, sigma_min: float, sigma_max: float) -> Callable[[float, float], Tensor]:
        """A new Brownian path over [sigma_min, sigma_max].

        Called with two noise levels it tells the increment between them, scaled to unit variance.
        Overlapping intervals are correlated as the increments of one path are.
        """
        ...


class Sampler(Protocol):
    """Any sampler. Its own options are keywords with defaults, and so need no place here."""

    def __call__(self, x: Tensor, sigmas: Sequence[float], noise: Noise, /) -> Sampling:
        """Start from `x` at noise level `sigmas[0]` and walk down to `sigmas[-1]`."""
        ...
