"""Mixing the noise of two seeds, and laying noise on the middle of other noise."""

from __future__ import annotations

import pytest
import torch

from webui.sampling import ImageNoise, centred, slerp

SHAPE = (4, 16, 24)


def noise_of(seed: int, shape: tuple[int, int, int] = SHAPE) -> torch.Tensor:
    return ImageNoise([seed], shape).draw()


def test_arc_begins_at_one_noise_and_ends_at_the_other() -> None:
    first, second = noise_of(1), noise_of(2)
    torch.testing.assert_close(slerp(first, second, 0.0), first)
    torch.testing.assert_close(slerp(first, second, 1.0), second)


@pytest.mark.parametrize("strength", [0.2, 0.5, 0.8])
def test_mixed_noise_is_still_noise(strength: float) -> None:
    mixed = slerp(noise_of(1, (4, 64, 64)), noise_of(2, (4, 64, 64)), strength)
    assert mixed.std() == pytest.approx(1, abs=0.03)
    assert mixed.mean() == pytest.approx(0, abs=0.03)


def test_each_column_turns_by_itself() -> None:
    first, second = noise_of(1), noise_of(2)
    whole = slerp(first, second, 0.3)
    torch.testing.assert_close(whole[..., :5], slerp(first[..., :5], second[..., :5], 0.3))


def test_noise_mixed_with_itself_stays() -> None:
    torch.testing.assert_close(slerp(noise_of(1), noise_of(1), 0.4), noise_of(1))


@pytest.mark.parametrize("strength", [0.15, 0.5])
def test_columns_of_two_numbers_stay_noise(strength: float) -> None:
    # two numbers are often nearly parallel or opposite, where there is no one arc between them
    mixed = slerp(noise_of(1, (4, 2, 4096)), noise_of(2, (4, 2, 4096)), strength)
    assert mixed.isfinite().all()
    assert mixed.abs().max() < 60


@pytest.mark.parametrize("size", [(8, 8), (16, 8), (32, 40), (8, 40), (15, 23)])
def test_small_noise_lies_in_the_middle_and_large_noise_loses_its_rim(size: tuple[int, int]):
    over, noise = noise_of(1), noise_of(2, (4, *size))
    laid = centred(noise, over)
    assert laid.shape == over.shape
    height, width = min(16, size[0]), min(24, size[1])
    at = [abs(large - small) // 2 for small, large in zip(size, SHAPE[1:], strict=True)]
    ours = [0 if s > large else a for a, s, large in zip(at, size, SHAPE[1:], strict=True)]
    theirs = [a if s > large else 0 for a, s, large in zip(at, size, SHAPE[1:], strict=True)]
    middle = laid[..., ours[0] : ours[0] + height, ours[1] : ours[1] + width]
    expected = noise[..., theirs[0] : theirs[0] + height, theirs[1] : theirs[1] + width]
    assert torch.equal(middle, expected)
    assert int((laid != over).any(1).sum()) == height * width


def test_what_it_is_laid_on_is_not_written_to() -> None:
    over = noise_of(1)
    centred(noise_of(2, (4, 8, 8)), over)
    assert torch.equal(over, noise_of(1))
