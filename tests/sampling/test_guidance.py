from __future__ import annotations

import contextlib
from collections.abc import Generator
from math import sqrt
from typing import Any

import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg
from torch import Tensor

from webui.calls import Denoise
from webui.sampling import (
    Ask,
    Conditioning,
    ConditioningAt,
    Guidance,
    ImageNoise,
    Sampling,
    TrainedSigmas,
    cfg,
    euler,
    guide,
    heun,
    karras,
    steady,
)

from .drive import SD, drive, start, toy

SHAPE = (4, 8, 8)
COND, UNCOND = torch.full((1, 77, 16), 1.0), torch.full((1, 77, 16), -1.0)


def guided(
    sampling: Sampling, conditioning_at: ConditioningAt, scale: float, **options: Any
) -> Any:
    """By cfg, on the table of Stable Diffusion."""
    return cfg(sampling, conditioning_at, Guidance(scale, **options), SD)


def sampling(seeds: list[int], count: int = 4) -> Sampling:
    noise, sigmas = ImageNoise(seeds, SHAPE), karras(count, SD)
    return heun(start(noise, sigmas), sigmas, noise)


def prompted(x: Tensor, sigma: float, context: Tensor) -> Tensor:
    """A network that listens to its prompt: the context's mean moves the answer."""
    return toy(x, sigma) + context.mean((1, 2)).reshape(-1, 1, 1, 1) * 0.1


def answer_all(calls: Generator[Denoise, Tensor, Tensor]) -> Tensor:
    try:
        call = next(calls)
        while True:
            call = calls.send(prompted(call.x, call.sigma, call.context))
    except StopIteration as end:
        return end.value


def test_a_pair_is_one_call_with_the_uncond_rows_first() -> None:
    noise = ImageNoise([1, 2], SHAPE)
    x = noise.draw() * 3
    call = next(guided(euler(x, (3.0, 0.0), noise), steady(COND, UNCOND), 7.0))
    assert call.sigma == 3.0
    assert torch.equal(call.x, torch.cat([x, x]))
    assert call.context.shape == (4, 77, 16)
    assert torch.equal(call.context[:2], UNCOND.expand(2, -1, -1))
    assert torch.equal(call.context[2:], COND.expand(2, -1, -1))


def test_one_prompt_for_each_image_keeps_its_row() -> None:
    noise = ImageNoise([1, 2], SHAPE)
    cond = torch.stack([COND[0], COND[0] * 2])
    call = next(guided(euler(noise.draw(), (1.0, 0.0), noise), steady(cond, UNCOND), 7.0))
    assert torch.equal(call.context[2:], cond)


def test_scale_1_asks_only_the_cond_rows() -> None:
    noise = ImageNoise([1, 2], SHAPE)
    x = noise.draw() * 3
    call = next(guided(euler(x, (3.0, 0.0), noise), steady(COND, UNCOND), 1.0))
    assert torch.equal(call.x, x)
    assert torch.equal(call.context, COND.expand(2, -1, -1))


def test_scale_1_leaves_the_sampler_as_it_is() -> None:
    plain = drive(sampling([1, 2]), lambda x, sigma: prompted(x, sigma, COND.expand(2, -1, -1)))
    assert torch.equal(answer_all(guided(sampling([1, 2]), steady(COND, UNCOND), 1.0)), plain)


@pytest.mark.parametrize("scale", [0.0, 0.5, 2.0, 7.5])
def test_the_scale_combines_the_two_answers(scale: float) -> None:
    noise = ImageNoise([1], SHAPE)
    calls = guided(euler(noise.draw(), (3.0, 0.0), noise), steady(COND, UNCOND), scale)
    next(calls)
    low, high = torch.full((1, *SHAPE), 0.25), torch.full((1, *SHAPE), 0.75)
    with pytest.raises(StopIteration) as end:
        calls.send(torch.cat([low, high]))
    torch.testing.assert_close(end.value.value, low + scale * (high - low))


def test_an_image_of_a_guided_batch_equals_it_alone() -> None:
    batch = answer_all(guided(sampling([1, 2]), steady(COND, UNCOND), 5.0))
    assert torch.equal(batch[1:], answer_all(guided(sampling([2]), steady(COND, UNCOND), 5.0)))


def test_prompts_of_unequal_length_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="154"):
        guided(sampling([1]), steady(torch.zeros(1, 154, 16), UNCOND), 7.0)


class Witness:
    """A sampling that notes how it ended."""

    def __init__(self) -> None:
        self.end = ""

    def run(self, *, recovers: bool = False) -> Sampling:
        x = torch.zeros(1, *SHAPE)
        try:
            try:
                x = yield Ask(x, 2.0)
            except ArithmeticError:
                if not recovers:
                    raise
            x = yield Ask(x, 1.0)
        except BaseException as error:
            self.end = type(error).__name__
            raise
        return x


@pytest.mark.parametrize("answered", [0, 1])
def test_closing_passes_through(answered: int) -> None:
    witness = Witness()
    calls = guided(witness.run(), steady(COND, UNCOND), 7.0)
    call = next(calls)
    for _ in range(answered):
        call = calls.send(call.x)
    calls.close()
    assert witness.end == "GeneratorExit"


def test_an_exception_passes_through_to_the_sampler_and_back() -> None:
    witness = Witness()
    calls = guided(witness.run(), steady(COND, UNCOND), 7.0)
    next(calls)
    with pytest.raises(ArithmeticError, match="burnt"):
        calls.throw(ArithmeticError("burnt"))
    assert witness.end == "ArithmeticError"


def test_a_sampler_that_catches_an_exception_goes_on() -> None:
    calls = guided(Witness().run(recovers=True), steady(COND, UNCOND), 7.0)
    next(calls)
    assert calls.throw(ArithmeticError()).sigma == 1.0


def test_a_wrong_answer_unwinds_the_sampler_too() -> None:
    witness = Witness()
    calls = guided(witness.run(), steady(COND, UNCOND), 7.0)
    next(calls)
    with pytest.raises(AttributeError):
        calls.send(None)  # type: ignore
    assert witness.end


def test_guides_nest_and_unwind_together() -> None:
    witness = Witness()

    def halved(ask: Ask) -> Generator[Ask, Tensor, Tensor]:
        return (yield Ask(ask.x, ask.sigma / 2)) * 0.5

    calls = guided(guide(witness.run(), halved), steady(COND, UNCOND), 1.0)
    assert next(calls).sigma == 1.0
    assert calls.send(torch.ones(1, *SHAPE)).x.max() == 0.5
    calls.close()
    assert witness.end == "GeneratorExit"


def test_several_prompts_add_up_by_their_weights() -> None:
    """The network answers with the mean of the context: the result is arithmetic."""
    conds = tuple(torch.full((1, 77, 16), value) for value in (3.0, 5.0))
    now = Conditioning(conds, (1.0, -0.5), torch.full((1, 77, 16), 1.0))
    noise = ImageNoise([1], (4, 2, 2))
    calls = guided(euler(noise.draw(), (1.0, 0.0), noise), lambda sigma: now, 2.0)
    call = next(calls)
    assert call.x.shape == (3, 4, 2, 2)
    answer = call.context.mean(dim=(1, 2)).view(-1, 1, 1, 1).expand(-1, 4, 2, 2)
    with pytest.raises(StopIteration) as end:
        calls.send(answer)
    wanted = 1 + 2 * 1.0 * (3 - 1) + 2 * -0.5 * (5 - 1)
    assert torch.allclose(end.value.value, torch.full((1, 4, 2, 2), wanted))


def one_ask(x: Tensor, sigma: float, *, unguided: bool = False) -> Sampling:
    """A sampling of one ask whose answer is the result."""
    return (yield Ask(x, sigma, unguided=unguided))


def answered(calls: Generator[Denoise, Tensor, Tensor], answer: Tensor) -> Tensor:
    """The result of calls that end after one answer."""
    next(calls)
    with pytest.raises(StopIteration) as end:
        calls.send(answer)
    return end.value.value


def as_v(x: Tensor, x0: Tensor, sigma: float) -> Tensor:
    alpha = 1 / sqrt(1 + sigma**2)
    return alpha * (x - x0) / sigma - sigma * alpha * x0


@pytest.mark.parametrize("share", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("sigma", [0.05, 1.0, 14.0])
def test_rescale_is_what_diffusers_does_to_the_prediction_v(share: float, sigma: float) -> None:
    x, cond, uncond = (ImageNoise([seed], SHAPE).draw() for seed in (1, 2, 3))
    x = x * sigma
    got = answered(
        guided(one_ask(x, sigma), steady(COND, UNCOND), 7.0, rescale=share),
        torch.cat([uncond, cond]),
    )
    v_cond, v_uncond = as_v(x, cond, sigma), as_v(x, uncond, sigma)
    theirs = rescale_noise_cfg(v_uncond + 7.0 * (v_cond - v_uncond), v_cond, share)
    torch.testing.assert_close(as_v(x, got, sigma), theirs, atol=1e-3, rtol=1e-4)


def test_rescale_takes_no_notice_of_company() -> None:
    batch = answer_all(guided(sampling([1, 2]), steady(COND, UNCOND), 7.0, rescale=0.7))
    alone = answer_all(guided(sampling([2]), steady(COND, UNCOND), 7.0, rescale=0.7))
    assert torch.equal(batch[1:], alone)
    assert not torch.equal(alone, answer_all(guided(sampling([2]), steady(COND, UNCOND), 7.0)))


def test_rescale_of_a_flat_answer_is_no_division_by_nothing() -> None:
    flat = torch.zeros(2, *SHAPE)
    calls = guided(one_ask(flat[:1], 1.0), steady(COND, UNCOND), 7.0, rescale=1.0)
    assert torch.equal(answered(calls, flat), flat[:1])


def test_outside_its_interval_only_the_cond_row_is_asked() -> None:
    noise, sigmas = ImageNoise([1], SHAPE), (8.0, 4.0, 2.0, 1.0, 0.0)
    calls = guided(
        euler(start(noise, sigmas), sigmas, noise),
        steady(COND, UNCOND),
        7.0,
        acts_at=lambda sigma: 1.5 < sigma < 5,
    )
    rows: list[int] = []
    call = next(calls)
    with contextlib.suppress(StopIteration):
        while True:
            rows.append(len(call.x))
            assert torch.equal(call.context[-1:], COND)
            call = calls.send(prompted(call.x, call.sigma, call.context))
    assert rows == [1, 2, 2, 1]


def test_outside_the_interval_several_prompts_act_by_their_weights_at_scale_1() -> None:
    conds = tuple(torch.full((1, 77, 16), value) for value in (3.0, 5.0))
    now = Conditioning(conds, (1.0, 0.5), UNCOND)
    calls = guided(
        one_ask(torch.zeros(1, *SHAPE), 1.0), lambda sigma: now, 7.0, acts_at=lambda sigma: False
    )
    answer = torch.stack([torch.full(SHAPE, value) for value in (1.0, 3.0, 5.0)])
    wanted = 1 + 1.0 * (3 - 1) + 0.5 * (5 - 1)
    torch.testing.assert_close(answered(calls, answer), torch.full((1, *SHAPE), wanted))


@pytest.mark.parametrize("scale", [1.0, 7.0, 12.5])
def test_cfg_plus_plus_gets_both_answers_and_counts_the_scale_in_parts_of_12_5(
    scale: float,
) -> None:
    low, high = torch.full((1, *SHAPE), 0.25), torch.full((1, *SHAPE), 0.75)
    calls = guided(one_ask(low, 1.0, unguided=True), steady(COND, UNCOND), scale)
    both = answered(calls, torch.cat([low, high]))
    torch.testing.assert_close(both[:1], low + scale / 12.5 * (high - low))
    assert torch.equal(both[1:], low)


def test_cfg_plus_plus_outside_the_interval_is_one_row_and_one_answer_twice() -> None:
    x = torch.zeros(1, *SHAPE)
    calls = guided(
        one_ask(x, 1.0, unguided=True), steady(COND, UNCOND), 7.0, acts_at=lambda sigma: False
    )
    assert torch.equal(answered(calls, x + 0.5), torch.cat([x, x]) + 0.5)


def test_a_call_says_the_timestep_of_its_level_by_the_table() -> None:
    x = torch.zeros(1, *SHAPE)
    for table in (SD, TrainedSigmas.from_betas(zero_terminal_snr=True)):
        call = next(cfg(one_ask(x, 5.0), steady(COND, UNCOND), Guidance(7.0), table))
        assert call.t == table.sigma_to_t(5.0)
