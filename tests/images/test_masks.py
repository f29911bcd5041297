"""What masks mean, how they grow and soften, and where they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.images.pixels import ODD, masks, noise, rectangle, sizes
from webui.images.masks import (
    WIDEST_BLUR,
    blurred,
    bounds,
    check_mask,
    coverage,
    grown,
    inverted,
    latent_mask,
    mask_from_alpha,
    mask_of,
)
from webui.images.region import Box

any_mask = sizes.flatmap(lambda size: masks(*size))


def layer(colour, alpha):
    """A picture [h, w, 4] of one colour."""
    return np.dstack([np.full((*alpha.shape, 3), colour, np.uint8), alpha])


def distances(mask):
    """From each pixel to the nearest above 0, slowly."""
    rows, columns = np.nonzero(mask)
    down, across = np.mgrid[: mask.shape[0], : mask.shape[1]]
    apart = np.hypot(down[..., None] - rows, across[..., None] - columns)
    return apart.min(axis=2)


# --- what an uploaded picture means ---


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 90)])
def test_a_layer_of_one_colour_tells_by_its_alpha(colour):
    alpha = np.zeros((4, 6), np.uint8)
    alpha[1:3, 2:4], alpha[0, 0] = 255, 77
    assert np.array_equal(mask_of(layer(colour, alpha)), alpha)


def test_colour_under_what_is_transparent_does_not_count():
    alpha = rectangle(8, 8, (2, 2, 5, 5))
    painted = layer((255, 255, 255), alpha)
    painted[alpha == 0, :3] = 0
    assert np.array_equal(mask_of(painted), alpha)


def test_a_soft_stroke_may_have_colours_as_inexact_as_a_browser_keeps_them():
    alpha = np.arange(256, dtype=np.uint8).reshape(16, 16)
    colour = np.array([200, 30, 90])
    premultiplied = np.rint(alpha[..., None] / 255 * colour)
    back = np.rint(premultiplied * 255 / np.maximum(alpha[..., None], 1))
    stroke = np.dstack([np.clip(back, 0, 255).astype(np.uint8), alpha])
    assert np.array_equal(mask_of(stroke), alpha)


def test_an_opaque_picture_tells_by_its_luminance():
    picture = np.array([[(0, 0, 0), (255, 255, 255), (255, 0, 0), (128, 128, 128)]], np.uint8)
    expected = [[0, 255, 76, 128]]
    assert mask_of(picture).tolist() == expected
    assert mask_of(np.dstack([picture, np.full((1, 4), 255, np.uint8)])).tolist() == expected


def test_a_transparent_picture_of_many_colours_tells_by_its_luminance_over_black():
    picture = np.array([[(0, 0, 0, 255), (255, 255, 255, 255), (255, 255, 255, 0)]], np.uint8)
    assert mask_of(picture).tolist() == [[0, 255, 0]]


def test_a_layer_with_nothing_painted_is_an_empty_mask():
    assert not mask_of(np.zeros((5, 7, 4), np.uint8)).any()


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 1), (4, 4, 5)])
def test_other_channels_are_refused(shape):
    with pytest.raises(ValueError, match="channels"):
        mask_of(np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match="channels"):
        mask_from_alpha(np.zeros(shape, np.uint8))


def test_what_is_transparent_is_drawn_anew():
    picture = layer((9, 9, 9), np.array([[0, 100, 255]], np.uint8))
    assert mask_from_alpha(picture).tolist() == [[255, 155, 0]]


# --- growing ---


@pytest.mark.parametrize("radius", [1, 2, 5, 20])
def test_a_dot_grows_to_a_disc(radius):
    dot = rectangle(*ODD, (250, 160, 251, 161))
    down, across = np.mgrid[: ODD[0], : ODD[1]]
    disc = (down - 160) ** 2 + (across - 250) ** 2 <= radius**2
    assert np.array_equal(grown(dot, radius), np.where(disc, 255, 0))


@given(any_mask, st.integers(1, 60))
def test_shrinking_is_growing_of_the_rest(mask, pixels):
    rest = np.where(mask > 127, 0, 255).astype(np.uint8)
    assert np.array_equal(grown(mask, -pixels), inverted(grown(rest, pixels)))


@given(any_mask, st.integers(1, 60))
def test_grown_contains_and_shrunk_is_contained(mask, pixels):
    inside = mask > 127
    assert (grown(mask, pixels)[inside] == 255).all()
    assert (grown(mask, -pixels)[~inside] == 0).all()


@given(any_mask)
def test_growing_by_nothing_keeps_soft_edges(mask):
    assert np.array_equal(grown(mask, 0), mask)


def test_a_mask_does_not_shrink_from_the_border_of_the_picture():
    rim = rectangle(40, 60, (0, 0, 20, 40))
    assert np.array_equal(grown(rim, -5), rectangle(40, 60, (0, 0, 15, 40)))


# --- blurring ---


@given(any_mask, st.floats(0, 12))
def test_a_blur_reaches_no_further_than_three_deviations(mask, pixels):
    soft = blurred(mask, pixels)
    if mask.any():
        assert not soft[distances(mask) > 3 * pixels].any()
    else:
        assert not soft.any()


def test_a_blur_stays_out_of_the_middle_of_a_round_hole():
    down, across = np.mgrid[:61, :61]
    around = np.where(np.hypot(down - 30, across - 30) > 15.5, 255, 0).astype(np.uint8)
    assert blurred(around, 5)[30, 30] == 0


def test_a_blur_of_an_edge_is_half_of_it_there():
    soft = blurred(rectangle(40, 80, (40, 0, 80, 40)), 4)
    assert abs(int(soft[20, 39]) + int(soft[20, 40]) - 255) <= 1
    assert (np.diff(soft[20].astype(int)) >= 0).all()
    assert (soft[:, :28] == 0).all()
    assert (soft[:, 52:] == 255).all()


def test_a_blur_goes_on_as_at_the_border():
    assert (blurred(np.full((7, 1), 255, np.uint8), 20) == 255).all()


@given(any_mask)
def test_no_blur_changes_nothing(mask):
    assert np.array_equal(blurred(mask, 0), mask)


@pytest.mark.parametrize("pixels", [-1, float("nan"), float("inf"), WIDEST_BLUR + 1])
def test_a_blur_out_of_range_is_refused(pixels):
    with pytest.raises(ValueError, match="blurred by 0 to 128"):
        blurred(rectangle(4, 4, (0, 0, 2, 2)), pixels)


# --- measures ---


@given(any_mask)
def test_bounds_hold_all_that_is_above_zero_and_no_line_more(mask):
    box = bounds(mask)
    if box is None:
        assert not mask.any()
        return
    assert np.count_nonzero(box.of(mask)) == np.count_nonzero(mask)
    inner = box.of(mask)
    assert inner[0].any()
    assert inner[-1].any()
    assert inner[:, 0].any()
    assert inner[:, -1].any()


def test_bounds_count_the_faintest_level():
    mask = np.zeros(ODD, np.uint8)
    mask[5, 7] = 1
    assert bounds(mask) == Box(7, 5, 8, 6)


@given(any_mask)
def test_inverting_twice_changes_nothing(mask):
    assert np.array_equal(inverted(inverted(mask)), mask)
    assert coverage(mask) + coverage(inverted(mask)) == pytest.approx(1)


def test_a_latent_mask_is_the_average_of_each_square():
    mask = rectangle(16, 24, (0, 0, 12, 8))
    latent = latent_mask(mask, 8)
    assert latent.dtype == np.float32
    assert latent.tolist() == [[1, 0.5, 0], [0, 0, 0]]
    assert latent.mean() == pytest.approx(coverage(mask))


@pytest.mark.parametrize(("shape", "factor"), [((16, 20), 8), ((20, 16), 8), ((8, 8), 0)])
def test_a_latent_mask_of_other_sides_is_refused(shape, factor):
    with pytest.raises(ValueError, match="multiples"):
        latent_mask(np.zeros(shape, np.uint8), factor)


def test_coverage_is_the_share_of_the_picture():
    assert coverage(rectangle(10, 10, (0, 0, 5, 5))) == 0.25
    assert coverage(np.full((3, 3), 255, np.uint8)) == 1


@pytest.mark.parametrize("shape", [(5, 4), (4, 5, 1), (20,)])
def test_a_mask_of_another_size_is_refused(shape):
    check_mask(noise(4, 5), np.zeros((4, 5), np.uint8))
    with pytest.raises(ValueError, match="as large as its picture"):
        check_mask(noise(4, 5), np.zeros(shape, np.uint8))


@given(any_mask, st.integers(-9, 9))
def test_masks_given_are_left_as_they_are(mask, pixels):
    before = mask.copy()
    for made in (grown(mask, pixels), blurred(mask, abs(pixels)), inverted(mask)):
        made[:] = 13
    assert np.array_equal(mask, before)
