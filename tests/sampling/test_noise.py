from __future__ import annotations

import pytest
import torch

from webui.sampling import ImageNoise

SHAPE = (4, 8, 8)


def test_an_image_of_a_batch_gets_the_noise_it_gets_alone() -> None:
    batch, alone = ImageNoise([3, 7, 11], SHAPE), ImageNoise([7], SHAPE)
    for _ in range(3):
        assert torch.equal(batch.draw()[1:2], alone.draw())


def test_the_first_draw_is_what_torch_gives_for_the_seed() -> None:
    expected = torch.randn(SHAPE, generator=torch.Generator().manual_seed(42))
    assert torch.equal(ImageNoise([42], SHAPE).draw()[0], expected)


def test_draws_differ_from_each_other_and_between_seeds() -> None:
    noise = ImageNoise([1, 2], SHAPE)
    first, second = noise.draw(), noise.draw()
    assert first.shape == (2, *SHAPE)
    assert first.dtype == torch.float32
    assert not torch.equal(first, second)
    assert not torch.equal(first[0], first[1])


@pytest.mark.parametrize("seeds", [[], [-1], [2**64]])
def test_seeds_that_are_none_are_refused(seeds: list[int]) -> None:
    with pytest.raises(ValueError, match=r"[Ss]eed"):
        ImageNoise(seeds, SHAPE)


def test_the_largest_seed_works() -> None:
    noise = ImageNoise([2**64 - 1], SHAPE)
    assert noise.draw().isfinite().all()
    assert noise.brownian(0.1, 1.0)(0.1, 1.0).isfinite().all()


class TestBrownian:
    def test_an_image_of_a_batch_walks_the_path_it_walks_alone(self) -> None:
        batch = ImageNoise([3, 7], SHAPE).brownian(0.03, 14.6)
        alone = ImageNoise([7], SHAPE).brownian(0.03, 14.6)
        for step in [(14.6, 5.0), (14.6, 9.0), (5.0, 0.03)]:
            assert torch.equal(batch(*step)[1:2], alone(*step))

    def test_increments_have_unit_variance(self) -> None:
        path = ImageNoise([5], (4, 64, 64)).brownian(0.03, 14.6)
        for step in [(14.6, 5.0), (5.0, 1.0), (0.05, 0.03)]:
            assert path(*step).var().item() == pytest.approx(1, abs=0.03)

    def test_increments_add_up(self) -> None:
        path = ImageNoise([5], SHAPE).brownian(0.1, 10.0)
        parts = path(10.0, 4.0) * 6**0.5 + path(4.0, 1.0) * 3**0.5
        torch.testing.assert_close(parts, path(10.0, 1.0) * 9**0.5, atol=1e-4, rtol=1e-4)

    def test_the_order_of_the_questions_does_not_matter(self) -> None:
        forth, back = (ImageNoise([5], SHAPE).brownian(0.1, 10.0) for _ in range(2))
        first, second = forth(10.0, 4.0), forth(4.0, 1.0)
        assert torch.allclose(back(4.0, 1.0), second, atol=1e-5)
        assert torch.allclose(back(10.0, 4.0), first, atol=1e-5)

    def test_the_way_back_is_the_way_there_negated(self) -> None:
        path = ImageNoise([5], SHAPE).brownian(0.1, 10.0)
        assert torch.equal(path(10.0, 4.0), -path(4.0, 10.0))

    def test_a_second_path_is_another_one(self) -> None:
        noise = ImageNoise([5], SHAPE)
        first, second = (noise.brownian(0.1, 10.0)(10.0, 4.0) for _ in range(2))
        assert not torch.allclose(first, second)

    def test_ends_that_went_through_float32_are_accepted(self) -> None:
        low, high = 0.029167158151720367, 14.614641229333646
        path = ImageNoise([5], SHAPE).brownian(low, high)
        rounded = torch.tensor([high, low])
        assert path(float(rounded[0]), float(rounded[1])).isfinite().all()
        assert path(high, low).isfinite().all()
