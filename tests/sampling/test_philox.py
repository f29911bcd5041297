"""The numbers of an NVIDIA GPU, by the vector that A1111 published for its "NV" source."""

from __future__ import annotations

import pytest
import torch

from webui.sampling import ImageNoise
from webui.sampling.philox import Philox

PUBLISHED = [
    [-0.92466259, -0.42534415, -2.6438457, 0.14518388],
    [-0.12086647, -0.57972564, -0.62285122, -0.32838709],
    [-1.07454231, -0.36314407, -1.67105067, 2.26550497],
]


def test_seed_0_gives_the_published_numbers() -> None:
    numbers = Philox(0).randn((3, 4))
    torch.testing.assert_close(numbers, torch.tensor(PUBLISHED), atol=1e-6, rtol=1e-6)


def test_draws_follow_each_other_and_seeds_differ() -> None:
    stream, again = Philox(2**40 + 5), Philox(2**40 + 5)
    first, second = stream.randn((64,)), stream.randn((64,))
    assert not torch.equal(first, second)
    assert torch.equal(again.randn((64,)), first)
    assert torch.equal(again.randn((64,)), second)
    assert not torch.equal(Philox(5).randn((64,)), first)  # the upper half of a seed counts, too


def test_numbers_are_standard_normal() -> None:
    numbers = Philox(3).randn((4, 100, 100))
    assert numbers.mean() == pytest.approx(0, abs=0.02)
    assert numbers.std() == pytest.approx(1, abs=0.02)
    assert numbers.dtype == torch.float32


def test_an_image_draws_from_the_source_it_was_given() -> None:
    noise = ImageNoise([0, 7], (1, 3, 4), source="nv")
    torch.testing.assert_close(noise.draw()[0, 0], torch.tensor(PUBLISHED), atol=1e-6, rtol=1e-6)
    assert torch.equal(noise.draw()[1:], _second(ImageNoise([7], (1, 3, 4), source="nv")))


def _second(noise: ImageNoise) -> torch.Tensor:
    noise.draw()
    return noise.draw()
