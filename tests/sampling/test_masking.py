"""Keeping a part of a picture: every sampler arrives at what is kept, and at nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from webui.builtin import SAMPLERS, BuiltinTools
from webui.sampling import (
    Ask,
    ImageNoise,
    Sampling,
    gradually,
    guide,
    karras,
    keeping,
    normal,
    partial,
    steadily,
)

from .drive import SD, drive, toy

# diffusers reads torch tensors with np.array, in the way that numpy 2 deprecates
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning",
    "ignore:__array_wrap__ must accept:DeprecationWarning",
)

SHAPE, STEPS = (4, 8, 8), 8
LEVELS = {"normal": normal(STEPS, SD), "half": partial(karras(STEPS, SD), STEPS // 2)}

every_sampler = pytest.mark.parametrize("name", [info.id for info in SAMPLERS])


def mask() -> Tensor:
    """The right half is drawn anew."""
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., 4:] = 1
    return mask


def original() -> Tensor:
    """Latents of a picture, in the range that latents have."""
    return ImageNoise([101], SHAPE).draw()


def kept(name: str, sigmas: tuple[float, ...], *, from_noise: bool = False) -> Tensor:
    """Where a sampler arrives from the noisy original; what is unguided is seen otherwise."""
    noise = ImageNoise([3], SHAPE)
    start = noise.draw() * sigmas[0] + (0 if from_noise else original())
    sampling = BuiltinTools().sampler(name)(start, sigmas, noise)
    return drive(unlike(keeping(sampling, original(), steadily(mask()))), toy)


def unlike(sampling: Sampling) -> Sampling:
    """The same, but what is seen without guidance is not what is seen with it."""

    def answer(ask: Ask) -> Sampling:
        x0 = yield ask
        if not ask.unguided:
            return x0
        guided, without = x0.chunk(2)
        return torch.cat([guided, without * 0.5 - 0.2])

    return guide(sampling, answer)


@every_sampler
@pytest.mark.parametrize("levels", sorted(LEVELS))
def test_what_is_kept_arrives_exactly_with_every_sampler(name: str, levels: str) -> None:
    result = kept(name, LEVELS[levels])
    torch.testing.assert_close(result[..., :4], original()[..., :4], atol=1e-4, rtol=0)


@every_sampler
def test_what_is_kept_arrives_from_pure_noise_too(name: str) -> None:
    result = kept(name, LEVELS["normal"], from_noise=True)
    torch.testing.assert_close(result[..., :4], original()[..., :4], atol=1e-4, rtol=0)


@every_sampler
def test_what_is_not_kept_is_drawn_as_if_nothing_were(name: str) -> None:
    """The toy network looks at single pixels, so that the two halves do not touch."""
    sigmas, noise = LEVELS["half"], ImageNoise([3], SHAPE)
    start = noise.draw() * sigmas[0] + original()
    plain = drive(unlike(BuiltinTools().sampler(name)(start, sigmas, noise)), toy)
    assert not torch.allclose(plain[..., :4], original()[..., :4], atol=0.1)
    if name == "dpm_adaptive":
        return  # its steps are as long as the whole picture lets them be
    torch.testing.assert_close(kept(name, sigmas)[..., 4:], plain[..., 4:])


def test_answers_of_cfg_plus_plus_are_kept_in_both_halves() -> None:
    told = list[Tensor]()

    def asking() -> Sampling:
        told.append((yield Ask(torch.zeros(2, *SHAPE), 1.0, unguided=True)))
        return told[0]

    drive(keeping(asking(), original(), steadily(mask())), lambda x, sigma: x + 9)
    for half in told[0].chunk(2):
        assert torch.equal(half[..., :4], original()[..., :4].expand(2, -1, -1, -1))
        assert bool((half[..., 4:] == 9).all())


@pytest.mark.parametrize("name", ["euler", "dpm_adaptive"])
def test_all_pictures_of_a_batch_keep_the_one_original(name: str) -> None:
    """dpm_adaptive asks for each of them by itself."""
    sigmas, noise = LEVELS["normal"], ImageNoise([3, 7], SHAPE)
    sampling = BuiltinTools().sampler(name)(noise.draw() * sigmas[0], sigmas, noise)
    result = drive(keeping(sampling, original(), steadily(mask())), toy)
    twice = original()[..., :4].expand(2, -1, -1, -1)
    torch.testing.assert_close(result[..., :4], twice, atol=1e-4, rtol=0)
    assert not torch.allclose(result[:1, ..., 4:], result[1:, ..., 4:])


def test_a_latent_is_drawn_as_soon_as_one_of_its_pixels_is() -> None:
    drawn = steadily(torch.tensor([[[[0.0, 1 / 64 / 255, 0.5, 1.0]]]]))
    assert drawn(14.0).flatten().tolist() == drawn(0.1).flatten().tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("steps", [1, 2, 7, 10, 20, 150])
def test_by_degrees_a_place_is_drawn_in_as_many_of_the_last_steps_as_its_share(steps: int) -> None:
    sigmas = normal(steps, SD)
    shares = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])
    drawn_at = gradually(shares.view(1, 1, 1, -1), sigmas)
    drawn = torch.stack([drawn_at(sigma).flatten() for sigma in sigmas[:-1]])
    assert torch.equal(drawn.sum(dim=0), (shares * steps).ceil())
    assert bool((drawn.diff(dim=0) >= 0).all())


def test_by_degrees_half_masked_places_are_drawn_in_the_second_half_only() -> None:
    sigmas = karras(10, SD)
    drawn_at = gradually(torch.full((1, 1, 1, 1), 0.5), sigmas)
    assert [int(drawn_at(sigma)) for sigma in sigmas[:-1]] == [0] * 5 + [1] * 5


def test_what_is_asked_between_two_levels_belongs_to_the_step_that_it_is_in() -> None:
    sigmas = (16.0, 8.0, 4.0, 2.0, 0.0)
    drawn_at = gradually(torch.full((1, 1, 1, 1), 0.5), sigmas)
    asked = (20.0, 16.0, 12.0, 8.0, 6.0, 4.0 * (1 - 1e-7), 3.0, 2.0, 1.0)
    assert [int(drawn_at(sigma)) for sigma in asked] == [0, 0, 0, 0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize("name", ["euler", "heun", "dpm_2", "dpmpp_2s_a", "ddim_cfgpp"])
def test_by_degrees_what_is_not_masked_still_arrives_exactly(name: str) -> None:
    sigmas, noise = LEVELS["normal"], ImageNoise([3], SHAPE)
    start = noise.draw() * sigmas[0] + original()
    soft = torch.linspace(0, 1, 8).expand(1, 1, 8, 8)
    sampling = BuiltinTools().sampler(name)(start, sigmas, noise)
    result = drive(unlike(keeping(sampling, original(), gradually(soft, sigmas))), toy)
    torch.testing.assert_close(result[..., :1], original()[..., :1], atol=1e-4, rtol=0)
    assert not torch.allclose(result[..., 4:5], original()[..., 4:5], atol=1e-2)


@pytest.mark.parametrize(
    ("steps", "expected"), [(0, (0.0,)), (1, (1.0, 0.0)), (3, (5.0, 3.0, 1.0, 0.0)), (9, None)]
)
def test_the_last_steps_of_a_schedule_are_drawn(steps: int, expected: Any) -> None:
    sigmas = (9.0, 5.0, 3.0, 1.0, 0.0)
    assert partial(sigmas, steps) == (expected or sigmas)
