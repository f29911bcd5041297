"""Windows over a large picture: nothing is left out, nothing larger is ever asked."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from webui.sampling import (
    Ask,
    ImageNoise,
    Sampling,
    ddim_cfgpp,
    dpmpp_2m_sde,
    euler,
    heun,
    karras,
    keeping,
    places,
    steadily,
    windowed,
)

from .drive import SAMPLERS, SD, drive, toy

SIZE, OVERLAP = 8, 2


def one_ask(x: Tensor, sigma: float = 1.0, *, unguided: bool = False) -> Sampling:
    """A sampler that asks once and returns what it is told."""
    return (yield Ask(x, sigma, unguided))


def answered(sampling: Sampling, answer: Callable[[Ask], Tensor]) -> Tensor:
    """Answer every ask; what is returned in the end."""
    try:
        ask = next(sampling)
        while True:
            ask = sampling.send(answer(ask))
    except StopIteration as end:
        return end.value


def noisy(height: int, width: int) -> tuple[Tensor, tuple[float, ...], ImageNoise]:
    noise, sigmas = ImageNoise([3, 7], (4, height, width)), karras(5, SD)
    return noise.draw() * sigmas[0], sigmas, noise


def both(name: str, height: int, width: int) -> tuple[Tensor, Tensor]:
    """A picture drawn whole, and in windows, by a network that looks at single pixels."""
    pictures = [
        drive(wrap(SAMPLERS[name](*noisy(height, width))), toy)
        for wrap in (lambda sampling: sampling, lambda one: windowed(one, SIZE, OVERLAP))
    ]
    return pictures[0], pictures[1]


@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_one_window_is_the_plain_sampling(name: str) -> None:
    whole, in_windows = both(name, SIZE, SIZE)
    torch.testing.assert_close(in_windows, whole, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["euler", "heun", "dpmpp_2m_sde", "ddim_cfgpp"])
@pytest.mark.parametrize(("height", "width"), [(8, 20), (20, 8), (17, 23), (5, 30), (3, 3)])
def test_a_network_that_looks_at_single_pixels_draws_the_same(
    name: str, height: int, width: int
) -> None:
    whole, in_windows = both(name, height, width)
    torch.testing.assert_close(in_windows, whole, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("sampler", [euler, heun, dpmpp_2m_sde, ddim_cfgpp])
def test_no_ask_is_larger_than_a_window(sampler: object) -> None:
    shapes = set[tuple[int, ...]]()

    def look(x: Tensor, sigma: float) -> Tensor:
        shapes.add(tuple(x.shape))
        return toy(x, sigma)

    drive(windowed(sampler(*noisy(19, 33)), SIZE, OVERLAP), look)  # type: ignore[operator]
    assert shapes == {(2, 4, SIZE, SIZE)}


def test_every_window_shows_its_part_of_the_picture_at_the_level_of_all() -> None:
    x, asked = torch.arange(13.0 * 21).view(1, 1, 13, 21), list[Ask]()

    def see(ask: Ask) -> Tensor:
        asked.append(ask)
        return ask.x

    result = answered(windowed(one_ask(x, 2.5), SIZE, OVERLAP), see)
    torch.testing.assert_close(result, x)
    assert {ask.sigma for ask in asked} == {2.5}
    corners = [divmod(int(ask.x[0, 0, 0, 0]), 21) for ask in asked]
    assert corners == places(13, 21, SIZE, OVERLAP)
    for (top, left), ask in zip(corners, asked, strict=True):
        assert torch.equal(ask.x, x[..., top : top + SIZE, left : left + SIZE])


def test_what_is_asked_without_guidance_is_answered_by_windows_too() -> None:
    def see(ask: Ask) -> Tensor:
        assert ask.unguided
        return torch.cat([ask.x + 1, ask.x + 2])

    asking = one_ask(torch.zeros(2, 4, 8, 20), unguided=True)
    guided, without = answered(windowed(asking, SIZE, OVERLAP), see).chunk(2)
    torch.testing.assert_close(guided, torch.full((2, 4, 8, 20), 1.0))
    torch.testing.assert_close(without, torch.full((2, 4, 8, 20), 2.0))


def test_where_windows_disagree_the_nearer_one_has_more_say() -> None:
    says = iter((0.0, 1.0))
    sampling = windowed(one_ask(torch.zeros(1, 1, 8, 14)), SIZE, OVERLAP)
    row = answered(sampling, lambda ask: torch.full_like(ask.x, next(says)))[0, 0, 4]
    assert bool((row[:6] == 0).all())
    assert bool((row[-6:] == 1).all())
    assert 0 < row[6] < row[7] < 1


def test_a_part_is_kept_through_windows() -> None:
    x, sigmas, noise = noisy(8, 20)
    original = ImageNoise([1], (4, 8, 20)).draw()
    mask = torch.zeros(1, 1, 8, 20)
    mask[..., 13:] = 1
    kept = keeping(euler(x, sigmas, noise), original, steadily(mask))
    result = drive(windowed(kept, SIZE, OVERLAP), toy)
    for row in result.split(1):
        torch.testing.assert_close(row[..., :13], original[..., :13], atol=1e-4, rtol=0)


def test_closing_in_the_middle_of_the_windows_closes_the_sampler() -> None:
    inner = euler(*noisy(8, 20))
    sampling = windowed(inner, SIZE, OVERLAP)
    sampling.send(next(sampling).x)
    sampling.close()
    with pytest.raises(StopIteration):
        next(inner)


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(1, 60), st.integers(1, 100), st.integers(0, 99))
def test_windows_lie_inside_and_cover_all_with_the_overlap(
    height: int, width: int, size: int, overlap: int
) -> None:
    overlap = min(overlap, size - 1)
    found = places(height, width, size, overlap)
    for axis, length in ((0, height), (1, width)):
        starts = sorted({place[axis] for place in found})
        assert starts[0] == 0
        assert starts[-1] == max(0, length - size)
        assert all(after - start <= size - overlap for start, after in pairwise(starts))
    assert len(found) == len(set(found))
