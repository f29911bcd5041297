"""Samplers of others, and what wraps samplers, guarded: they fail by name or ask what is fit."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from webui.sampling.driving import Guard, Slip, driven, generator_of, passing
from webui.sampling.protocol import Ask, Noise, Sampler, Sampling

MOST_ASKS = 200
"""Asks for each step. Samplers need up to three; one that has asked so often may never end."""

SAMPLER_ADVICE = "Choose another sampler, or switch the extension off."


@dataclass(slots=True)
class _Counted:
    """What is known of a run: how often it asked, and whether the answers are numbers at all."""

    asked: int = 0
    told_numbers: bool = True


def guarded(function: Callable[..., Any], guard: Guard, most_asks: int = MOST_ASKS) -> Sampler:
    """An author's sampler in our form: he may yield pairs (x, sigma) instead of Asks.

    Everything that it asks and returns is checked, and whatever it raises becomes ExtensionFailed.
    `most_asks`: for each step.
    """

    def sampler(x: Tensor, sigmas: Sequence[float], noise: Noise, /) -> Sampling:
        made = guard.call(lambda: function(x.clone(), tuple(sigmas), noise))
        asking = generator_of(made, guard)
        limit = most_asks * max(1, len(sigmas) - 1)
        return (yield from _checked(asking, guard, Slip(), x, limit, len(sigmas) - 1))

    return sampler


def wrapped(
    sampling: Sampling, wrap: Callable[[Sampling], Any], guard: Guard, x: Tensor, steps: int
) -> Sampling:
    """`sampling` as an author's `wrap` stands around it; as it is where that gives None.

    `wrap` is guarded itself. `x`: what the sampling starts with, whose shape all asks have;
    `steps`: of the sampling. What the wrapper raises or asks is checked as `guarded` does it;
    errors of the sampling itself stay its own.
    """
    slip = Slip()
    inner = passing(sampling, slip)
    try:
        made = wrap(inner)
        if made is None:
            return (yield from inner)
        asking = generator_of(made, guard)
        limit = MOST_ASKS * max(1, steps)
        return (yield from _checked(asking, guard, slip, x, limit, steps))
    finally:
        # One that was never begun does not close what it stands around.
        inner.close()
        sampling.close()


def _checked(
    asking: Generator[Any, Any, Any], guard: Guard, slip: Slip, x: Tensor, limit: int, steps: int
) -> Sampling:
    """An author's generator, every ask and the last x of it checked."""
    count = _Counted()

    def question(value: Any) -> Ask:
        count.asked += 1
        if count.asked > limit:
            step = "step" if steps == 1 else "steps"
            guard.wrong(f"asked {limit:,} times for {steps} {step}; it may never end.")
        return _ask(value, x, guard, count)

    def heard(x0: Any) -> None:
        # Where the network's answers are no numbers no sampler can make better ones; decoding says
        # what is wrong then.
        count.told_numbers = count.told_numbers and _is_finite(x0)

    last = yield from driven(asking, guard, slip, question, heard)
    return guard.call(lambda: _tensor(last, x, guard, count, "returned"))


def _ask(value: Any, x: Tensor, guard: Guard, count: _Counted) -> Ask:
    """What was yielded, as an Ask. Raises ExtensionFailed for what is none."""
    if isinstance(value, Ask):
        ask = value
    elif isinstance(value, tuple | list) and len(value) == 2:
        ask = Ask(*value)
    else:
        guard.wrong(f"asked with a {type(value).__name__}. It must yield x, sigma.")
    asked = _tensor(ask.x, x, guard, count, "asked about")
    return replace(ask, x=asked, sigma=_sigma(ask.sigma, guard))


def _sigma(sigma: Any, guard: Guard) -> float:
    if isinstance(sigma, Tensor) and sigma.numel() == 1:
        sigma = sigma.item()
    if isinstance(sigma, bool) or not isinstance(sigma, int | float):
        guard.wrong(f"asked at a noise level that is a {type(sigma).__name__}, not a number.")
    if not (isfinite(sigma) and sigma > 0):
        guard.wrong(f"asked at the noise level {sigma:g}; it must be above 0.")
    return float(sigma)


def _tensor(value: Any, x: Tensor, guard: Guard, count: _Counted, verb: str) -> Tensor:
    """A float32 tensor of the shape of `x`, all of it numbers. Raises ExtensionFailed."""
    if not isinstance(value, Tensor):
        guard.wrong(f"{verb} a {type(value).__name__}, not a tensor.")
    if value.shape != x.shape:
        guard.wrong(f"{verb} a tensor of shape {[*value.shape]}; it must be {[*x.shape]}.")
    if value.dtype != x.dtype or value.device != x.device:
        kind, wanted = f"{value.dtype} on {value.device}", f"{x.dtype} on {x.device}"
        guard.wrong(f"{verb} a tensor of {kind}; it must be {wanted}.".replace("torch.", ""))
    if count.told_numbers and not _is_finite(value):
        guard.wrong(f"{verb} values that are infinite, or not numbers.")
    return value.detach()


def _is_finite(value: Any) -> bool:
    return not isinstance(value, Tensor) or bool(torch.isfinite(value).all())
