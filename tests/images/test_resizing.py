"""Other sizes: stretched, cut or filled up, with masks that follow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.images.pixels import ODD, gradient, noise, rectangle, seeds, sizes
from webui.images.resizing import fitted, fitted_mask, padded, resized

modes = st.sampled_from(["stretch", "crop", "fill"])


@given(sizes, seeds, modes)
def test_a_picture_of_that_size_comes_back_equal(size, seed, mode):
    pixels = noise(*size, seed)
    height, width = size
    assert np.array_equal(resized(pixels, width, height), pixels)
    assert np.array_equal(fitted(pixels, width, height, mode), pixels)
    assert np.array_equal(fitted_mask(pixels[..., 0], width, height, mode), pixels[..., 0])


@given(sizes, sizes, modes, seeds)
def test_every_size_becomes_every_other(size, target, mode, seed):
    pixels = noise(*size, seed)
    before = pixels.copy()
    fitting = fitted(pixels, target[1], target[0], mode)
    assert fitting.shape == (*target, 3)
    assert fitting.dtype == np.uint8
    fitting[:] = 7
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("size", [(1, 40_001), (40_001, 1)])
@pytest.mark.parametrize("mode", ["stretch", "crop", "fill"])
def test_lines_become_lines_across_them(size, mode):
    line = noise(*size)
    assert fitted(line, size[0], size[1], mode).shape == (size[1], size[0], 3)
    assert fitted_mask(line[..., 0], size[0], size[1], mode).shape == (size[1], size[0])


@given(sizes, sizes, modes, st.integers(0, 255))
def test_one_colour_stays_one_colour(size, target, mode, level):
    plain = np.full((*size, 3), level, np.uint8)
    assert (fitted(plain, target[1], target[0], mode) == level).all()


@given(sizes, sizes)
def test_a_resized_mask_keeps_its_extremes(size, target):
    full = np.full(size, 255, np.uint8)
    assert (resized(full, target[1], target[0]) == 255).all()


def test_a_resized_mask_has_no_ghosts():
    mask = rectangle(64, 64, (16, 0, 64, 64))
    row = resized(mask, 200, 64)[0].astype(int)
    assert (np.diff(row) >= 0).all()
    assert row[40] == 0


def test_cropping_cuts_evenly():
    pixels = np.zeros((10, 30, 3), np.uint8)
    pixels[:, 10:20] = 255
    assert (fitted(pixels, 10, 10, "crop") == 255).all()
    across = fitted(gradient(333, 517), 100, 100, "crop").astype(int)
    assert across[:, 50, 0].mean() == pytest.approx(127.5, abs=2)


def test_filling_keeps_the_picture_and_continues_its_edges():
    pixels = np.zeros((20, 20, 3), np.uint8)
    pixels[:, :10], pixels[:, 10:] = (200, 0, 0), (0, 0, 200)
    wide = fitted(pixels, 61, 20, "fill")
    assert np.array_equal(wide[:, 20:40], pixels)
    assert (wide[:, :20] == (200, 0, 0)).all()
    assert (wide[:, 40:] == (0, 0, 200)).all()


def test_filling_leaves_no_black_bars():
    bright = np.clip(gradient(*ODD), 60, 255)
    assert fitted(bright, 900, 300, "fill").min() >= 50


@given(sizes, sizes, st.floats(0, 1), st.floats(0, 1))
def test_a_mask_lies_where_its_picture_lies(size, target, across, down):
    mask = np.zeros(size, np.uint8)
    mask[: round(size[0] * down), : round(size[1] * across)] = 255
    picture = np.repeat(mask[..., None], 3, axis=2)
    for mode in ("stretch", "crop"):
        followed = fitted_mask(mask, target[1], target[0], mode)
        seen = fitted(picture, target[1], target[0], mode)[..., 0]
        assert followed.shape == seen.shape
        # two filters, so not equal; but what is surely in one is never surely out of the other
        assert not ((followed > 220) & (seen < 35)).any()
        assert not ((followed < 35) & (seen > 220)).any()


def test_the_rim_of_a_filled_mask_is_kept():
    mask = fitted_mask(np.full((20, 20), 255, np.uint8), 61, 20, "fill")
    assert np.array_equal(mask, rectangle(20, 61, (20, 0, 40, 20)))


@given(sizes, st.integers(1, 70), seeds)
def test_padding_reaches_multiples_and_repeats_edges(size, multiple, seed):
    pixels = noise(*size, seed)
    more = padded(pixels, multiple)
    assert all(side % multiple == 0 for side in more.shape[:2])
    assert all(new - old < multiple for new, old in zip(more.shape, size, strict=False))
    assert np.array_equal(more[: size[0], : size[1]], pixels)
    assert (more[size[0] - 1 :, size[1] - 1 :] == pixels[-1, -1]).all()
    assert np.array_equal(padded(pixels[..., 1], multiple), more[..., 1])


def test_sizes_and_multiples_below_one_are_refused():
    for width, height in [(0, 5), (5, 0), (-3, 5)]:
        with pytest.raises(ValueError, match="at least one pixel"):
            resized(noise(4, 4), width, height)
        with pytest.raises(ValueError, match="at least one pixel"):
            fitted(noise(4, 4), width, height, "fill")
        with pytest.raises(ValueError, match="at least one pixel"):
            fitted_mask(noise(4, 4)[..., 0], width, height, "crop")
    with pytest.raises(ValueError, match="multiples of 1"):
        padded(noise(4, 4), 0)
