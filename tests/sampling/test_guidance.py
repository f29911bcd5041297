from __future__ import annotations

from collections.abc import Generator

import pytest
import torch
from torch import Tensor

from webui.calls import Denoise
from webui.sampling import (
    Ask,
    Conditioning,
    ImageNoise,
    Sampling,
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
    call = next(cfg(euler(x, (3.0, 0.0), noise), steady(COND, UNCOND), 7.0))
    assert call.sigma == 3.0
    assert torch.equal(call.x, torch.cat([x, x]))
    assert call.context.shape == (4, 77, 16)
    assert torch.equal(call.context[:2], UNCOND.expand(2, -1, -1))
    assert torch.equal(call.context[2:], COND.expand(2, -1, -1))


def test_one_prompt_for_each_image_keeps_its_row() -> None:
    noise = ImageNoise([1, 2], SHAPE)
    cond = torch.stack([COND[0], COND[0] * 2])
    call = next(cfg(euler(noise.draw(), (1.0, 0.0), noise), steady(cond, UNCOND), 7.0))
    assert torch.equal(call.context[2:], cond)


def test_scale_1_asks_only_the_cond_rows() -> None:
    noise = ImageNoise([1, 2], SHAPE)
    x = noise.draw() * 3
    call = next(cfg(euler(x, (3.0, 0.0), noise), steady(COND, UNCOND), 1.0))
    assert torch.equal(call.x, x)
    assert torch.equal(call.context, COND.expand(2, -1, -1))


def test_scale_1_leaves_the_sampler_as_it_is() -> None:
    plain = drive(sampling([1, 2]), lambda x, sigma: prompted(x, sigma, COND.expand(2, -1, -1)))
    assert torch.equal(answer_all(cfg(sampling([1, 2]), steady(COND, UNCOND), 1.0)), plain)


@pytest.mark.parametrize("scale", [0.0, 0.5, 2.0, 7.5])
def test_the_scale_combines_the_two_answers(scale: float) -> None:
    noise = ImageNoise([1], SHAPE)
    guided = cfg(euler(noise.draw(), (3.0, 0.0), noise), steady(COND, UNCOND), scale)
    next(guided)
    low, high = torch.full((1, *SHAPE), 0.25), torch.full((1, *SHAPE), 0.75)
    with pytest.raises(StopIteration) as end:
        guided.send(torch.cat([low, high]))
    torch.testing.assert_close(end.value.value, low + scale * (high - low))


def test_an_image_of_a_guided_batch_equals_it_alone() -> None:
    batch = answer_all(cfg(sampling([1, 2]), steady(COND, UNCOND), 5.0))
    assert torch.equal(batch[1:], answer_all(cfg(sampling([2]), steady(COND, UNCOND), 5.0)))


def test_prompts_of_unequal_length_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="154"):
        cfg(sampling([1]), steady(torch.zeros(1, 154, 16), UNCOND), 7.0)


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
    guided = cfg(witness.run(), steady(COND, UNCOND), 7.0)
    call = next(guided)
    for _ in range(answered):
        call = guided.send(call.x)
    guided.close()
    assert witness.end == "GeneratorExit"


def test_an_exception_passes_through_to_the_sampler_and_back() -> None:
    witness = Witness()
    guided = cfg(witness.run(), steady(COND, UNCOND), 7.0)
    next(guided)
    with pytest.raises(ArithmeticError, match="burnt"):
        guided.throw(ArithmeticError("burnt"))
    assert witness.end == "ArithmeticError"


def test_a_sampler_that_catches_an_exception_goes_on() -> None:
    guided = cfg(Witness().run(recovers=True), steady(COND, UNCOND), 7.0)
    next(guided)
    assert guided.throw(ArithmeticError()).sigma == 1.0


def test_a_wrong_answer_unwinds_the_sampler_too() -> None:
    witness = Witness()
    guided = cfg(witness.run(), steady(COND, UNCOND), 7.0)
    next(guided)
    with pytest.raises(AttributeError):
        guided.send(None)  # type: ignore
    assert witness.end


def test_guides_nest_and_unwind_together() -> None:
    witness = Witness()

    def halved(ask: Ask) -> Generator[Ask, Tensor, Tensor]:
        return (yield Ask(ask.x, ask.sigma / 2)) * 0.5

    guided = cfg(guide(witness.run(), halved), steady(COND, UNCOND), 1.0)
    assert next(guided).sigma == 1.0
    assert guided.send(torch.ones(1, *SHAPE)).x.max() == 0.5
    guided.close()
    assert witness.end == "GeneratorExit"


def test_several_prompts_add_up_by_their_weights() -> None:
    """The network answers with the mean of the context: the result is arithmetic."""
    conds = tuple(torch.full((1, 77, 16), value) for value in (3.0, 5.0))
    now = Conditioning(conds, (1.0, -0.5), torch.full((1, 77, 16), 1.0))
    noise = ImageNoise([1], (4, 2, 2))
    guided = cfg(euler(noise.draw(), (1.0, 0.0), noise), lambda sigma: now, 2.0)
    call = next(guided)
    assert call.x.shape == (3, 4, 2, 2)
    answer = call.context.mean(dim=(1, 2)).view(-1, 1, 1, 1).expand(-1, 4, 2, 2)
    with pytest.raises(StopIteration) as end:
        guided.send(answer)
    wanted = 1 + 2 * 1.0 * (3 - 1) + 2 * -0.5 * (5 - 1)
    assert torch.allclose(end.value.value, torch.full((1, 4, 2, 2), wanted))
