"""Colours carried over, in a space where equal steps look equally large."""

import numpy as np
import pytest
from hypothesis import given, settings

from tests.images.pixels import ODD, masked_pictures, noise, rectangle, seeds, sizes, texture
from webui.images.colour import colours_matched, oklab, srgb


def measured(pixels):
    lab = oklab(pixels).reshape(-1, 3)
    return lab.mean(axis=0), lab.std(axis=0)


def test_known_colours_have_their_places():
    """From the table in Ottosson's article, by way of CSS Color 4."""
    colours = np.array(
        [(255, 255, 255), (0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255)], np.uint8
    )
    expected = [
        (1, 0, 0),
        (0, 0, 0),
        (0.62796, 0.22486, 0.12585),
        (0.86644, -0.23389, 0.17950),
        (0.45201, -0.03246, -0.31153),
    ]
    assert np.abs(oklab(colours) - expected).max() < 2e-4


def test_every_colour_comes_back():
    levels = np.arange(0, 256, 5, dtype=np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), -1)
    assert np.array_equal(srgb(oklab(cube)), cube)


def test_the_same_colours_change_nothing():
    picture = noise(*ODD)
    assert np.abs(colours_matched(picture, picture).astype(int) - picture).max() <= 1


def test_mean_and_spread_are_those_of_the_reference():
    drawn = texture(*ODD)
    reference = np.clip(texture(200, 300, seed=5) * 0.7 + [60, 0, 20], 0, 255).astype(np.uint8)
    made, wanted = measured(colours_matched(drawn, reference)), measured(reference)
    assert np.abs(made[0] - wanted[0]).max() < 0.005
    assert np.abs(made[1] - wanted[1]).max() < 0.01


def test_a_flat_reference_halves_the_spread_at_most():
    drawn = texture(*ODD)
    made = measured(colours_matched(drawn, np.full((9, 9, 3), 128, np.uint8)))
    assert made[1] == pytest.approx(measured(drawn)[1] / 2, abs=0.01)


def test_flat_pictures_do_not_explode():
    flat = np.full((64, 64, 3), 100, np.uint8)
    flat[::2] += 1
    made = colours_matched(flat, noise(64, 64)).astype(int)
    assert np.ptp(made, axis=(0, 1)).max() <= 6


@settings(deadline=None)
@given(masked_pictures(), seeds)
def test_nothing_changes_outside_of_the_mask(given_, seed):
    drawn, mask = given_
    before = drawn.copy()
    made = colours_matched(drawn, noise(*mask.shape, seed), mask)
    assert np.array_equal(made[mask == 0], drawn[mask == 0])
    assert np.array_equal(drawn, before)


@settings(deadline=None)
@given(sizes, sizes, seeds)
def test_without_a_mask_any_two_sizes_will_do(size, other, seed):
    made = colours_matched(noise(*size, seed), noise(*other, seed + 1))
    assert made.shape == (*size, 3)
    assert made.dtype == np.uint8


def test_only_what_the_mask_shows_is_measured():
    mask = rectangle(*ODD, (100, 100, 300, 300))
    drawn, reference = texture(*ODD), texture(*ODD, seed=2)
    drawn[mask > 0] = drawn[mask > 0] // 2
    blotted = reference.copy()
    blotted[mask == 0] = (255, 0, 255)
    made = colours_matched(drawn, blotted, mask)
    assert np.array_equal(made, colours_matched(drawn, reference, mask))
    assert made[mask > 0].mean() == pytest.approx(reference[mask > 0].mean(), abs=3)


def test_a_mask_of_another_size_is_refused():
    mask = np.zeros((4, 5), np.uint8)
    for drawn, reference in [(noise(4, 6), noise(4, 5)), (noise(4, 5), noise(4, 6))]:
        with pytest.raises(ValueError, match="as large as its picture"):
            colours_matched(drawn, reference, mask)
