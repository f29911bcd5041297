"""What stands in a hole or a rim before the model draws: near its surroundings, and only there."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from tests.images.pixels import ODD, gradient, masked_pictures, noise, rectangle, texture
from webui.images.canvas import Sides, extended, seam_mask
from webui.images.filling import edge_filled, filled_in, spectrum_filled


def with_noise(pixels, mask):
    return spectrum_filled(pixels, mask, 3)


every = pytest.mark.parametrize("fill", [filled_in, edge_filled, with_noise])


@every
@settings(deadline=None)
@given(masked_pictures())
def test_what_is_kept_stays_exactly_as_it_is(fill, given_):
    pixels, mask = given_
    before = pixels.copy(), mask.copy()
    made = fill(pixels, mask)
    assert made.shape == pixels.shape
    assert made.dtype == np.uint8
    assert np.array_equal(made[mask == 0], pixels[mask == 0])
    assert np.array_equal(pixels, before[0])
    assert np.array_equal(mask, before[1])


@every
def test_what_is_kept_stays_at_an_odd_size(fill):
    pixels, mask = noise(*ODD), rectangle(*ODD, (101, 53, 420, 333))
    made = fill(pixels, mask)
    assert np.array_equal(made[mask == 0], pixels[mask == 0])


@every
@pytest.mark.parametrize("size", [(1, 1), (1, 9), ODD])
def test_without_anything_kept_it_is_mid_grey(fill, size):
    assert (fill(noise(*size), np.full(size, 255, np.uint8)) == 128).all()


@every
@settings(deadline=None)
@given(masked_pictures())
def test_nothing_of_what_is_masked_shines_through(fill, given_):
    pixels, mask = given_
    mask = np.where(mask > 0, 255, 0).astype(np.uint8)
    other = np.where(mask[..., None] > 0, 255 - pixels, pixels)
    assert np.array_equal(fill(pixels, mask), fill(other, mask))


@every
def test_one_colour_around_is_one_colour_within(fill):
    plain = np.full((*ODD, 3), (40, 120, 200), np.uint8)
    mask = rectangle(*ODD, (0, 100, 300, 250))
    assert (fill(plain, mask) == plain).all()


@every
def test_half_a_mask_is_half_the_way(fill):
    plain = np.full((20, 20, 3), 100, np.uint8)
    plain[5:15, 5:15] = 200
    made = fill(plain, rectangle(20, 20, (5, 5, 15, 15)) // 255 * 128)
    assert (made[5:15, 5:15] == 150).all()


@every
def test_a_mask_of_another_size_is_refused(fill):
    with pytest.raises(ValueError, match="as large as its picture"):
        fill(noise(4, 5), np.zeros((5, 4), np.uint8))


# --- holes ---


@pytest.mark.parametrize("box", [(100, 100, 220, 200), (300, 30, 311, 300), (200, 150, 201, 151)])
def test_a_hole_in_a_smooth_gradient_is_filled_smoothly(box):
    picture, mask = gradient(*ODD), rectangle(*ODD, box)
    holed = np.where(mask[..., None] > 0, 0, picture).astype(np.uint8)
    assert np.abs(filled_in(holed, mask).astype(int) - picture).max() <= 6


def test_a_hole_lies_between_the_colours_around_it():
    picture = np.clip(noise(*ODD), 80, 160)
    made = filled_in(picture, rectangle(*ODD, (30, 30, 400, 300)))
    assert made.min() >= 80
    assert made.max() <= 160


# --- rims ---


def test_a_rim_begins_with_the_colours_of_its_edge():
    canvas, mask = extended(gradient(*ODD), Sides(left=60, bottom=80))
    made = edge_filled(canvas, mask).astype(int)
    assert np.abs(made[:333, 59] - made[:333, 60]).max() <= 2
    assert np.abs(made[333, 60:] - made[332, 60:]).max() <= 2


def test_a_rim_is_smoother_the_further_out():
    canvas, mask = extended(noise(120, 120), Sides(right=100))
    made = edge_filled(canvas, mask).astype(float)
    roughness = [np.abs(np.diff(made[:, column], axis=0)).mean() for column in (120, 130, 150, 219)]
    assert roughness == sorted(roughness, reverse=True)
    assert roughness[0] > 40
    assert roughness[-1] < 5


# --- noise ---


def radial_power(patch):
    """Power per frequency ring of a square patch, between long waves and the finest."""
    side = patch.shape[0]
    window = np.outer(np.hanning(side), np.hanning(side))[..., None]
    centred = (patch - patch.mean(axis=(0, 1))) * window
    power = (np.abs(np.fft.fft2(centred, axes=(0, 1))) ** 2).sum(axis=2)
    frequency = np.fft.fftfreq(side)
    radius = np.hypot(frequency[:, None], frequency)
    edges = np.linspace(0.03, 0.15, 7)
    return np.array(
        [power[(radius >= low) & (radius < high)].mean() for low, high in pairwise(edges)]
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_noise_continues_the_texture(seed):
    picture = texture(192, 257, seed)
    canvas, mask = extended(picture, Sides(right=160, top=33))
    rim = spectrum_filled(canvas, mask, seed)[33:, 257:].astype(float)
    shares = radial_power(rim[:160, :160]) / radial_power(picture[:160, :160].astype(float))
    assert shares.max() < 3
    assert shares.min() > 1 / 3
    assert np.abs(rim.mean(axis=(0, 1)) - picture.mean(axis=(0, 1))).max() < 6
    assert np.abs(rim.std(axis=(0, 1)) / picture.std(axis=(0, 1)) - 1).max() < 0.2


def test_colours_go_together_in_the_noise_as_in_the_picture():
    picture = texture(200, 200)
    canvas, mask = extended(picture, Sides(right=200))
    rim = spectrum_filled(canvas, mask, 0)[:, 240:]
    kept, made = (np.corrcoef(one.reshape(-1, 3).T.astype(float)) for one in (picture, rim))
    assert np.abs(kept - made).max() < 0.15


def test_the_edges_of_the_picture_are_not_in_the_spectrum():
    canvas, mask = extended(gradient(*ODD), Sides(right=300))
    rim = spectrum_filled(canvas, mask, 0)[:, 560:].astype(float)
    assert np.abs(np.diff(rim, axis=0)).mean() < 2
    assert np.abs(np.diff(rim, axis=1)).mean() < 2


def test_the_same_seed_gives_the_same_noise_and_another_another():
    canvas, mask = extended(texture(90, 90), Sides(left=70))
    first, again, other = (spectrum_filled(canvas, mask, seed) for seed in (7, 7, 2**64 - 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_soft_seam_fades_the_noise_into_the_picture():
    picture, sides = texture(100, 100), Sides(right=80)
    canvas, _ = extended(picture, sides)
    mask = seam_mask((100, 100), sides, 20)
    made = spectrum_filled(canvas, mask, 0)
    assert np.array_equal(made[:, :80], picture[:, :80])
    changed = np.abs(made[:, 80:100].astype(int) - picture[:, 80:]).mean(axis=(0, 2))
    assert changed[-5:].mean() > changed[:5].mean()
