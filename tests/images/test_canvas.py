"""The canvas made larger: where the picture lies on it, and what is new."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.images.pixels import noise, seeds, sizes
from webui.images.canvas import Sides, extended, seam_mask

growths = st.builds(Sides, *[st.integers(0, 30)] * 4)


def kept(array, sides):
    """What the array of a grown canvas holds of the picture."""
    height, width = array.shape[:2]
    return array[sides.top : height - sides.bottom, sides.left : width - sides.right]


@given(sizes, seeds, growths)
def test_the_picture_lies_whole_on_its_larger_canvas(size, seed, sides):
    pixels = noise(*size, seed)
    grown, mask = extended(pixels, sides)
    assert grown.shape[:2] == mask.shape
    assert np.array_equal(kept(grown, sides), pixels)
    assert not kept(mask, sides).any()
    assert (mask == 255).sum() == mask.size - size[0] * size[1]
    assert not grown[mask == 255].any()


def test_a_side_does_not_shrink():
    with pytest.raises(ValueError, match="grows by 0 pixels or more"):
        Sides(right=-1)


# --- the seam ---


@given(sizes, growths, st.integers(0, 50))
def test_a_seam_is_full_in_the_rim_and_falls_towards_the_middle(size, sides, overlap):
    height, width = size
    mask = seam_mask((width, height), sides, overlap)
    _, rim = extended(np.zeros((height, width, 3), np.uint8), sides)
    assert mask.shape == rim.shape
    assert (mask[rim == 255] == 255).all()
    assert (kept(mask, sides) < 255).all() or overlap > 254
    if overlap == 0:
        assert np.array_equal(mask, rim)


def test_a_seam_falls_linearly_over_the_overlap():
    row = seam_mask((10, 1), Sides(left=3), 4)[0]
    assert row.tolist() == [255, 255, 255, 204, 153, 102, 51, 0, 0, 0, 0, 0, 0]


def test_a_side_that_does_not_grow_has_no_seam():
    mask = seam_mask((20, 30), Sides(right=5), 3)
    assert not mask[:, :17].any()
    assert (mask[0] == mask[29]).all()


def test_no_growth_is_no_seam():
    assert not seam_mask((20, 30), Sides(), 8).any()


def test_a_seam_outside_of_the_picture_is_refused():
    with pytest.raises(ValueError, match="overlaps"):
        seam_mask((20, 30), Sides(right=5), -1)
