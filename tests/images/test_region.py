"""Boxes, and the region that is drawn when only the mask is asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.images.region import Box, region_around


@st.composite
def places(draw):
    """A picture's size and a box in it."""
    width, height = draw(st.integers(1, 2000)), draw(st.integers(1, 2000))
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    right, bottom = draw(st.integers(left + 1, width)), draw(st.integers(top + 1, height))
    return (width, height), Box(left, top, right, bottom)


ratios = st.floats(0.0, exclude_min=True, allow_infinity=False)


@given(places(), st.integers(0, 3000), ratios | st.floats(0.2, 5))
def test_a_region_lies_in_the_picture_and_contains_its_mask(place, padding, ratio):
    (width, height), box = place
    region = region_around(box, padding, (width, height), ratio)
    assert 0 <= region.left <= box.left < box.right <= region.right <= width
    assert 0 <= region.top <= box.top < box.bottom <= region.bottom <= height


@given(places(), st.integers(0, 300), st.floats(0.2, 5))
def test_a_region_has_the_padding_and_the_ratio_where_the_picture_allows(place, padding, ratio):
    (width, height), box = place
    region = region_around(box, padding, (width, height), ratio)
    assert region.left <= max(0, box.left - padding)
    assert region.bottom >= min(height, box.bottom + padding)
    if region.width < width and region.height < height:
        assert abs(region.width - region.height * ratio) <= 0.5 * max(1, ratio) + 1e-6


def test_a_region_is_widened_evenly_and_moved_where_it_would_leave():
    assert region_around(Box(40, 40, 60, 60), 0, (100, 100), 2) == Box(30, 40, 70, 60)
    assert region_around(Box(0, 40, 20, 60), 0, (100, 100), 2) == Box(0, 40, 40, 60)
    assert region_around(Box(80, 40, 100, 60), 0, (100, 100), 2) == Box(60, 40, 100, 60)
    assert region_around(Box(40, 40, 60, 60), 10, (100, 100), 0.5) == Box(30, 10, 70, 90)


def test_a_picture_that_is_too_small_gives_all_it_has():
    assert region_around(Box(10, 10, 20, 90), 32, (30, 100), 4) == Box(0, 0, 30, 100)


@pytest.mark.parametrize(
    ("padding", "size", "ratio", "reason"),
    [
        (-1, (100, 100), 1, "padding"),
        (0, (15, 100), 1, "out of a picture"),
        (0, (100, 15), 1, "out of a picture"),
        (0, (100, 100), 0, "above 0"),
        (0, (100, 100), float("nan"), "above 0"),
        (0, (100, 100), float("inf"), "above 0"),
    ],
)
def test_what_is_no_region_is_refused(padding, size, ratio, reason):
    with pytest.raises(ValueError, match=reason):
        region_around(Box(10, 10, 20, 20), padding, size, ratio)


@pytest.mark.parametrize("corners", [(0, 0, 0, 1), (0, 2, 1, 2), (-1, 0, 2, 2), (3, 0, 2, 2)])
def test_a_box_without_pixels_is_refused(corners):
    with pytest.raises(ValueError, match="at least one pixel"):
        Box(*corners)


def test_a_box_cuts_pictures_and_masks():
    box = Box(1, 2, 4, 3)
    pixels = np.arange(5 * 6 * 3).reshape(5, 6, 3)
    assert box.of(pixels).shape == (box.height, box.width, 3) == (1, 3, 3)
    assert np.array_equal(box.of(pixels[..., 0])[0], pixels[2, 1:4, 0])
