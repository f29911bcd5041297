"""What every sampler keeps, whatever its formula."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from webui.sampling import Ask, ImageNoise, Sampler, dry_run, fade, karras, normal, steps

from .drive import ASKS, CLEANS, SAMPLERS, SD, drive, start, toy

SHAPE = (4, 8, 8)

every_sampler = pytest.mark.parametrize("name", sorted(SAMPLERS))


def picture(sampler: Sampler, seeds: list[int], count: int = 6) -> Tensor:
    noise, sigmas = ImageNoise(seeds, SHAPE), karras(count, SD)
    return drive(sampler(start(noise, sigmas), sigmas, noise), toy)


@every_sampler
def test_an_image_of_a_batch_equals_it_alone_bit_for_bit(name: str) -> None:
    batch = picture(SAMPLERS[name], [3, 7, 11])
    for row, seed in enumerate([3, 7, 11]):
        assert torch.equal(batch[row : row + 1], picture(SAMPLERS[name], [seed]))


@every_sampler
def test_the_same_seed_gives_the_same_picture_and_another_seed_another(name: str) -> None:
    first = picture(SAMPLERS[name], [3])
    assert torch.equal(first, picture(SAMPLERS[name], [3]))
    assert not torch.equal(first, picture(SAMPLERS[name], [4]))


@pytest.mark.parametrize("name", sorted(ASKS))
@pytest.mark.parametrize("count", [1, 2, 9])
def test_asks_are_as_many_as_documented(name: str, count: int) -> None:
    noise, sigmas, asked = ImageNoise([1], SHAPE), normal(count, SD), list[float]()
    drive(SAMPLERS[name](start(noise, sigmas), sigmas, noise), toy, asked)
    assert len(asked) == ASKS[name](count)


@every_sampler
@pytest.mark.parametrize("count", [1, 2, 9])
def test_asks_begin_at_the_first_level_and_stay_below_it(name: str, count: int) -> None:
    noise, sigmas, asked = ImageNoise([1], SHAPE), normal(count, SD), list[float]()
    drive(SAMPLERS[name](start(noise, sigmas), sigmas, noise), toy, asked)
    assert asked[0] == sigmas[0]
    assert all(0 < sigma <= sigmas[0] for sigma in asked)


@every_sampler
def test_the_state_stays_float32(name: str) -> None:
    noise, sigmas, dtypes = ImageNoise([1], SHAPE), karras(3, SD), set[torch.dtype]()

    def denoise(x: Tensor, sigma: float) -> Tensor:
        dtypes.add(x.dtype)
        return toy(x, sigma)

    result = drive(SAMPLERS[name](start(noise, sigmas), sigmas, noise), denoise)
    assert dtypes | {result.dtype} == {torch.float32}


@every_sampler
def test_the_picture_handed_in_is_not_written_to(name: str) -> None:
    noise, sigmas = ImageNoise([1], SHAPE), karras(3, SD)
    x = start(noise, sigmas)
    before = x.clone()
    drive(SAMPLERS[name](x, sigmas, noise), toy)
    assert torch.equal(x, before)


@every_sampler
@pytest.mark.parametrize("answered", [0, 1, 2])
def test_it_may_be_closed_at_any_yield(name: str, answered: int) -> None:
    noise, sigmas = ImageNoise([1], SHAPE), karras(5, SD)
    sampling = SAMPLERS[name](start(noise, sigmas), sigmas, noise)
    ask = next(sampling)
    for _ in range(answered):
        x0 = toy(ask.x, ask.sigma)
        ask = sampling.send(torch.cat([x0, x0]) if ask.unguided else x0)
    sampling.close()
    with pytest.raises(StopIteration):
        next(sampling)


@every_sampler
def test_it_can_be_replayed_from_its_answers(name: str) -> None:
    sigmas, answers = karras(4, SD), list[Tensor]()

    def remember(x: Tensor, sigma: float) -> Tensor:
        answers.append(toy(x, sigma))
        return answers[-1]

    results: list[Tensor] = []
    for denoise in (remember, lambda x, sigma: answers.pop(0)):
        noise = ImageNoise([1], SHAPE)
        results.append(drive(SAMPLERS[name](start(noise, sigmas), sigmas, noise), denoise))
    assert torch.equal(*results)


@every_sampler
@pytest.mark.parametrize(
    "sigmas", [(4096.0, 1.0, 1e-3, 0.0), (1e-3, 1e-4, 0.0), (80.0, 0.002), (1e-6, 0.0)]
)
def test_results_are_finite_at_extreme_levels(name: str, sigmas: tuple[float, ...]) -> None:
    noise = ImageNoise([1], SHAPE)
    assert drive(SAMPLERS[name](start(noise, sigmas), sigmas, noise), toy).isfinite().all()


@pytest.mark.parametrize("name", sorted(CLEANS))
def test_a_run_to_zero_ends_exactly_at_the_last_answer_of_its_last_step(name: str) -> None:
    noise, sigmas = ImageNoise([1], SHAPE), karras(5, SD)
    clean = torch.full((1, *SHAPE), 0.125)
    result = drive(SAMPLERS[name](start(noise, sigmas), sigmas, noise), lambda x, sigma: clean)
    assert torch.equal(result, clean)


@every_sampler
@pytest.mark.parametrize(
    ("sigmas", "message"),
    [
        ((), "at least two"),
        ((1.0,), "at least two"),
        ((0.0, 0.0), "above 0"),
        ((-1.0, -2.0), "above 0"),
        ((float("inf"), 1.0, 0.0), "finite"),
        ((float("nan"), 0.0), "finite"),
        ((2.0, 2.0, 0.0), "step 1 .* from 2.0 to 2.0"),
        ((2.0, 1.0, 1.5, 0.0), "step 2 .* from 1.0 to 1.5"),
        ((2.0, 1.0, -0.5), "0 or above"),
        ((2.0, float("nan"), 0.0), "descends"),
        ((2.0, 0.0, 0.0), "descends"),
    ],
)
def test_a_bad_schedule_is_refused(name: str, sigmas: tuple[float, ...], message: str) -> None:
    sampling = SAMPLERS[name](torch.zeros(1, *SHAPE), sigmas, ImageNoise([1], SHAPE))
    with pytest.raises(ValueError, match=message):
        next(sampling)


def test_steps_are_the_pairs_of_the_schedule() -> None:
    assert steps([3.0, 2.0, 0.5]) == [(3.0, 2.0), (2.0, 0.5)]


def test_fading_everything_leaves_exactly_the_clean_picture() -> None:
    x, x0 = torch.randn(2, 1, 3, 3) * 1e6, torch.randn(2, 1, 3, 3)
    assert torch.equal(fade(x, x0, 0.0), x0)


def test_an_ask_is_compared_by_identity() -> None:
    x = torch.zeros(1, 1, 1, 1)
    assert Ask(x, 1.0) != Ask(x, 1.0)


@pytest.mark.parametrize("name", sorted(ASKS))
def test_a_dry_run_asks_what_a_real_one_does(name: str) -> None:
    noise, sigmas, asked = ImageNoise([1], SHAPE), karras(5, SD), list[float]()
    drive(SAMPLERS[name](start(noise, sigmas), sigmas, noise), toy, asked)
    assert [ask.sigma for ask in dry_run(SAMPLERS[name], sigmas)] == asked
