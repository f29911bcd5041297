"""What was drawn laid over its picture: exact at both ends, and nowhere else than asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.images.pixels import ODD, masked_pictures, noise, rectangle, seeds, sizes
from webui.images.compositing import composite, paste
from webui.images.region import Box


@given(masked_pictures(), seeds)
def test_extremes_are_exact_and_all_between_is_linear(given_, seed):
    original, mask = given_
    drawn = noise(*mask.shape, seed)
    made = composite(original, drawn, mask)
    assert np.array_equal(made[mask == 0], original[mask == 0])
    assert np.array_equal(made[mask == 255], drawn[mask == 255])
    share = mask[..., None] / 255
    assert np.abs(made - (original * (1 - share) + drawn * share)).max() <= 0.5 + 1e-9


def test_every_level_over_every_level_is_rounded_to_the_nearest():
    original, drawn = np.meshgrid(*[np.arange(256, dtype=np.uint8)] * 2)
    original, drawn = (np.repeat(one[..., None], 3, 2) for one in (original, drawn))
    for level in (1, 77, 127, 128, 254):
        made = composite(original, drawn, np.full((256, 256), level, np.uint8))
        exact = (original * (255.0 - level) + drawn * float(level)) / 255
        assert np.array_equal(made, np.rint(exact))


def test_what_was_drawn_at_another_size_lies_in_its_box():
    original, mask, box = noise(*ODD), np.full(ODD, 255, np.uint8), Box(31, 17, 201, 130)
    made = paste(original, np.full((64, 96, 3), 99, np.uint8), mask, box)
    inside = rectangle(*ODD, (31, 17, 201, 130)) > 0
    assert (made[inside] == 99).all()
    assert np.array_equal(made[~inside], original[~inside])


@given(masked_pictures(), sizes, seeds, st.data())
def test_pasting_changes_nothing_outside_of_mask_and_box(given_, size, seed, data):
    original, mask = given_
    before = original.copy()
    height, width = mask.shape
    left, top = (data.draw(st.integers(0, side - 1)) for side in (width, height))
    box = Box(
        left,
        top,
        data.draw(st.integers(left + 1, width)),
        data.draw(st.integers(top + 1, height)),
    )
    made = paste(original, noise(*size, seed), mask, box)
    outside = np.ones(mask.shape, bool)
    box.of(outside)[:] = False
    outside |= mask == 0
    assert np.array_equal(made[outside], original[outside])
    assert np.array_equal(original, before)


def test_a_region_of_the_size_of_its_box_is_pasted_as_it_is():
    original, region = noise(*ODD), noise(50, 70, 3)
    made = paste(original, region, np.full(ODD, 255, np.uint8), Box(10, 20, 80, 70))
    assert np.array_equal(made[20:70, 10:80], region)


def test_sizes_that_do_not_fit_are_refused():
    original, mask = noise(10, 12), np.zeros((10, 12), np.uint8)
    with pytest.raises(ValueError, match="What was drawn"):
        composite(original, noise(10, 13), mask)
    with pytest.raises(ValueError, match="A mask"):
        composite(original, original, mask.T)
    with pytest.raises(ValueError, match="A mask"):
        paste(original, original, mask.T, Box(0, 0, 5, 5))
    for box in (Box(0, 0, 13, 5), Box(0, 0, 5, 11)):
        with pytest.raises(ValueError, match="reaches out"):
            paste(original, original, mask, box)
