"""Samplers of others and what wraps samplers: whatever they do, it fails by name or is fit."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import torch

from webui.errors import ExtensionFailed, OutOfMemory, RequestRejected
from webui.extension.guarding import Guard
from webui.sampling import Ask, ImageNoise, dry_run, euler, karras
from webui.sampling.guarding import guarded, wrapped

from .drive import SD, Gaussian, drive

DATA = Gaussian()
GUARD = Guard("mine", __name__, "The sampler 'Mine' of the extension 'mine'", "Choose another.")
SIGMAS = karras(5, SD)


def run(function: Any, shape: tuple[int, ...] = (1, 1, 2, 2), denoise: Any = None) -> torch.Tensor:
    noise = ImageNoise([3] * shape[0], shape[1:])
    sampling = guarded(function, GUARD)(noise.draw() * SIGMAS[0], SIGMAS, noise)
    return drive(sampling, denoise or DATA.denoise)


def failure(function: Any, **how: Any) -> str:
    with pytest.raises(ExtensionFailed) as failed:
        run(function, **how)
    assert failed.value.extension == "mine"
    assert failed.value.message.startswith("The sampler 'Mine' of the extension 'mine' ")
    assert failed.value.message.endswith(" Choose another.")
    return failed.value.message


def walk(x, sigmas, noise):
    """Euler's method, of pairs."""
    for sigma, sigma_next in pairwise(sigmas):
        x0 = yield x, sigma
        x = x + (x - x0) / sigma * (sigma_next - sigma)
    return x


def test_ten_lines_with_pairs_are_a_sampler() -> None:
    noise = ImageNoise([3], (1, 2, 2))
    plain = drive(euler(noise.draw() * SIGMAS[0], SIGMAS, noise), DATA.denoise)
    torch.testing.assert_close(run(walk), plain)
    assert len(dry_run(guarded(walk, GUARD), SIGMAS)) == 5


def test_asks_of_our_own_form_pass_with_all_they_say() -> None:
    def sampler(x, sigmas, noise):
        yield Ask(x, 2, unguided=True)
        return x

    asks = dry_run(guarded(sampler, GUARD), SIGMAS[:2])
    assert asks[0].unguided
    assert type(asks[0].sigma) is float


def test_noise_level_may_be_a_tensor() -> None:
    def sampler(x, sigmas, noise):
        yield [x, torch.tensor(2.0)]
        return x

    assert run(sampler).shape == (1, 1, 2, 2)


def test_authors_hands_off_what_he_was_given() -> None:
    noise = ImageNoise([3], (1, 2, 2))
    start = noise.draw() * SIGMAS[0]
    before = start.clone()

    def sampler(x, sigmas, noise):
        yield x, 1.0
        return x.mul_(0)

    drive(guarded(sampler, GUARD)(start, SIGMAS, noise), DATA.denoise)
    assert torch.equal(start, before)


def asking(value: Any) -> Any:
    """A sampler that asks with this."""

    def sampler(x, sigmas, noise):
        yield value(x) if callable(value) else value
        return x

    return sampler


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "asked with a NoneType. It must yield x, sigma."),
        (lambda x: x, "asked with a Tensor."),
        (lambda x: (x, 1.0, 2.0), "asked with a tuple."),
        ((1, 1.0), "asked about a int, not a tensor."),
        (lambda x: (x[0], 1.0), "asked about a tensor of shape [1, 2, 2]; it must be [1, 1, 2, 2]"),
        (lambda x: (x.double(), 1.0), "of float64 on cpu; it must be float32 on cpu."),
        (lambda x: (x.half(), 1.0), "of float16 on cpu"),
        (lambda x: (x / 0, 1.0), "asked about values that are infinite, or not numbers."),
        (lambda x: (x * float("nan"), 1.0), "values that are infinite, or not numbers."),
        (lambda x: (x, 0.0), "asked at the noise level 0; it must be above 0."),
        (lambda x: (x, -1), "asked at the noise level -1"),
        (lambda x: (x, float("nan")), "asked at the noise level nan"),
        (lambda x: (x, float("inf")), "asked at the noise level inf"),
        (lambda x: (x, torch.tensor([1.0, 2.0])), "a noise level that is a Tensor, not a number"),
        (lambda x: (x, "1"), "a noise level that is a str"),
        (lambda x: (x, True), "a noise level that is a bool"),
        (lambda x: (x, 10**400), "failed: OverflowError"),
    ],
)
def test_ask_that_is_none_fails_by_name(value: Any, said: str) -> None:
    assert said in failure(asking(value))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "returned a NoneType, not a tensor."),
        (torch.zeros(2, 2), "returned a tensor of shape [2, 2]; it must be [1, 1, 2, 2]."),
        (torch.full((1, 1, 2, 2), float("nan")), "returned values that are infinite, or not"),
        (torch.zeros(1, 1, 2, 2, dtype=torch.float64), "returned a tensor of float64"),
    ],
)
def test_last_picture_that_is_none_fails_by_name(value: Any, said: str) -> None:
    def sampler(x, sigmas, noise):
        yield x, 1.0
        return value

    assert said in failure(sampler)


def raising(error: BaseException) -> Any:
    def sampler(x, sigmas, noise):
        yield x, 1.0
        raise error

    return sampler


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ZeroDivisionError("oh"), "failed: ZeroDivisionError: oh (test_guarding.py, line "),
        (SystemExit(), "failed: SystemExit (test_guarding.py, line "),
        (KeyboardInterrupt(), "failed: KeyboardInterrupt (test_guarding.py, line "),
        (asyncio.CancelledError(), "failed: CancelledError (test_guarding.py, line "),
        (GeneratorExit(), "failed: GeneratorExit (test_guarding.py, line "),
        (StopIteration(), "failed: RuntimeError: generator raised StopIteration"),
        (ValueError("x" * 1000), "x" * 200 + "…"),
        (RuntimeError("a\nb\tc"), "RuntimeError: a b c"),
    ],
)
def test_exception_of_the_author_fails_by_name_with_his_line(error: Any, said: str) -> None:
    assert said.rstrip("…")[:200] in failure(raising(error))


def test_exception_before_the_first_ask_is_told_likewise() -> None:
    assert "ZeroDivisionError" in failure(lambda x, sigmas, noise: 1 / 0)


def test_function_that_forgets_to_yield_is_told_so() -> None:
    said = failure(lambda x, sigmas, noise: x)
    assert "gave a Tensor where a generator is needed: its function must `yield`." in said


def test_refusal_in_plain_words_passes() -> None:
    with pytest.raises(RequestRejected, match="order 1 to 3"):
        run(raising(RequestRejected("order 1 to 3", field="solver_order")))


def test_sampler_that_never_ends_is_ended() -> None:
    def sampler(x, sigmas, noise):
        while True:
            yield x, 1.0

    assert "asked 1,000 times for 5 steps; it may never end." in failure(sampler)


def test_numbers_that_the_network_spoiled_are_not_the_samplers_fault() -> None:
    made = run(walk, denoise=lambda x, sigma: x * float("nan"))
    assert not made.isfinite().any()


@dataclass
class Closing:
    """Notes whether the author's generator was closed."""

    closed: bool = False

    def sampler(self, x, sigmas, noise):
        try:
            while True:
                yield x, 1.0
        finally:
            self.closed = True


def test_closing_and_failing_close_the_authors_generator() -> None:
    closing = Closing()
    sampling = guarded(closing.sampler, GUARD)(torch.ones(1, 1, 2, 2), SIGMAS, None)
    next(sampling)
    sampling.close()
    assert closing.closed


def test_generator_that_will_not_close_breaks_nothing() -> None:
    def stubborn(x, sigmas, noise):
        try:
            yield x, 1.0
        except GeneratorExit:
            yield x, 2.0

    sampling = guarded(stubborn, GUARD)(torch.ones(1, 1, 2, 2), SIGMAS, None)
    next(sampling)
    sampling.close()


def test_generator_that_is_closed_and_cancels_breaks_nothing() -> None:
    def cancelling(x, sigmas, noise):
        try:
            yield x, 1.0
        finally:
            raise asyncio.CancelledError

    sampling = guarded(cancelling, GUARD)(torch.ones(1, 1, 2, 2), SIGMAS, None)
    next(sampling)
    sampling.close()


def test_wrapper_that_throws_an_end_into_the_sampling_fails_by_its_own_name() -> None:
    def throwing(sampling):
        yield next(sampling)
        sampling.throw(KeyboardInterrupt())

    with pytest.raises(ExtensionFailed) as failed:
        standing(throwing)
    assert failed.value.extension == "other"


def test_error_thrown_in_passes_unless_the_author_catches_it() -> None:
    sampling = guarded(walk, GUARD)(torch.ones(1, 1, 2, 2), SIGMAS, None)
    next(sampling)
    with pytest.raises(OutOfMemory, match="too small"):
        sampling.throw(OutOfMemory("too small"))


# --- what stands around a sampling ---


def standing(wrap: Any, inner: Any = walk) -> torch.Tensor:
    noise = ImageNoise([3], (1, 2, 2))
    x = noise.draw() * SIGMAS[0]
    sampling = wrapped(
        guarded(inner, GUARD)(x, SIGMAS, noise), partial(GUARD_2.call_with, wrap), GUARD_2, x, 5
    )
    return drive(sampling, DATA.denoise)


class Wrapping(Guard):
    """A guard that calls the wrapper of an author, as the registry's transformers do."""

    def call_with(self, wrap: Any, sampling: Any) -> Any:
        return self.call(lambda: wrap(sampling))


GUARD_2 = Wrapping("other", __name__, "wrap_sampling of the extension 'other'")


def test_wrapper_may_change_every_answer() -> None:
    def halved(sampling):
        ask = next(sampling)
        try:
            while True:
                x0 = yield ask
                ask = sampling.send(x0 / 2)
        except StopIteration as end:
            return end.value

    assert not torch.equal(standing(halved), run(walk))


def test_wrapper_that_passes_all_on_changes_nothing() -> None:
    def through(sampling):
        return (yield from sampling)

    assert torch.equal(standing(through), run(walk))
    assert torch.equal(standing(lambda sampling: None), run(walk))
    assert torch.equal(standing(lambda sampling: sampling), run(walk))


def test_wrapper_may_ask_in_pairs_and_with_changed_asks() -> None:
    def both(sampling):
        ask = next(sampling)
        yield ask.x, ask.sigma
        yield replace(ask, plain=True)
        return (yield from sampling)

    with pytest.raises(ExtensionFailed):
        # having begun the sampling itself, it cannot begin it again with `yield from`
        standing(both)


@pytest.mark.parametrize(
    ("wrap", "said"),
    [
        (lambda sampling: 3, "gave a int where a generator is needed"),
        (lambda sampling: 1 / 0, "failed: ZeroDivisionError"),
        (lambda: None, "failed: TypeError"),
        (lambda sampling: (yield 3), "asked with a int."),
        (lambda sampling: (yield torch.zeros(1), 1.0), "asked about a tensor of shape [1]"),
        (lambda sampling: (yield from ()), "returned a NoneType"),
    ],
)
def test_wrapper_that_is_unfit_fails_by_its_own_name(wrap: Any, said: str) -> None:
    with pytest.raises(ExtensionFailed) as failed:
        standing(wrap)
    assert failed.value.extension == "other"
    assert failed.value.message.startswith("wrap_sampling of the extension 'other' ")
    assert said in failed.value.message


def test_error_of_the_sampler_inside_is_not_the_wrappers() -> None:
    def through(sampling):
        return (yield from sampling)

    with pytest.raises(ExtensionFailed) as failed:
        standing(through, raising(ValueError("inside")))
    assert failed.value.extension == "mine"


def test_sampling_inside_is_closed_with_the_wrapper_begun_or_not() -> None:
    for wrap in (lambda sampling: (yield from sampling), lambda sampling: (yield sampling)):
        closing = Closing()
        x = torch.ones(1, 1, 2, 2)
        inner = guarded(closing.sampler, GUARD)(x, SIGMAS, None)
        next(inner)
        around = wrapped(inner, wrap, GUARD_2, x, 5)
        with contextlib.suppress(ExtensionFailed):
            next(around)
        around.close()
        assert closing.closed
