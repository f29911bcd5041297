"""Control maps: pictures brought to the size that is drawn, before and after they are made."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from tests.images.pixels import ODD, gradient, masks, noise, rectangle, seeds, sizes
from webui.images.control_map import control_map, finished_map, prepared_picture, shown_map
from webui.images.map_resizing import fitted_map
from webui.images.preprocessors import edges, tones
from webui.images.resizing import fitted

modes = st.sampled_from(["stretch", "crop", "fill"])
CANNY = partial(edges.canny, a=100, b=200)
NONE = partial(tones.none, a=0, b=0)
INPAINT = partial(tones.inpaint, a=0, b=0)


def ring(size=64, radius=20):
    """A circle's line, one pixel wide, white on black."""
    down, across = np.mgrid[:size, :size] - (size - 1) / 2
    disc = np.hypot(down, across) < radius
    line = disc & ~ndimage.binary_erosion(disc)
    return np.repeat((line * np.uint8(255))[..., None], 3, axis=2)


@st.composite
def maps(draw):
    """Photographs, lines, regions, and pictures of one colour."""
    size, kind = draw(sizes), draw(st.sampled_from(["photo", "lines", "regions", "plain"]))
    pixels = noise(*size, draw(seeds))
    if kind == "lines":
        share = draw(st.sampled_from([0.02, 0.3, 0.9]))
        return np.repeat(np.where(pixels[..., :1] < 255 * share, 255, 0).astype(np.uint8), 3, 2)
    if kind == "regions":
        return pixels // 128 * 128
    return np.full_like(pixels, 255) if kind == "plain" else pixels


@given(maps(), sizes, modes)
def test_every_map_becomes_every_size_and_keeps_its_kind(pixels, target, mode):
    before = pixels.copy()
    made = fitted_map(pixels, target[1], target[0], mode)
    assert made.shape == (*target, 3)
    assert made.dtype == np.uint8
    if set(np.unique(pixels)) <= {0, 255} and (pixels == pixels[..., :1]).all():
        assert set(np.unique(made)) <= {0, 255}
    made[:] = 7
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("size", [(1, 40_001), (40_001, 1)])
@pytest.mark.parametrize("mode", ["stretch", "crop", "fill"])
@pytest.mark.parametrize("levels", [2, 256])
def test_lines_of_pixels_become_lines_across_them(size, mode, levels):
    line = noise(*size) if levels == 256 else np.repeat(noise(*size)[..., :1] // 128 * 255, 3, 2)
    assert fitted_map(line, size[0], size[1], mode).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("width", [64, 100, 512])
def test_thin_lines_stay_thin_and_whole(width):
    made = fitted_map(ring(), width, width, "stretch")[..., 0] > 0
    assert ndimage.label(made, np.ones((3, 3)))[1] == 1
    assert ndimage.label(~made)[1] == 2  # the inside is closed
    assert ndimage.label(made[width // 2])[1] == 2
    assert made[width // 2].sum() <= 4


@pytest.mark.parametrize("width", [20, 33, 50])
def test_smaller_lines_are_not_broken(width):
    made = fitted_map(ring(), width, width, "stretch")[..., 0] > 0
    assert ndimage.label(made, np.ones((3, 3)))[1] == 1
    assert ndimage.label(~made)[1] == 2


def test_black_lines_on_white_stay_so_too():
    negative = fitted_map(255 - ring(), 40, 40, "stretch")
    assert np.array_equal(negative, 255 - fitted_map(ring(), 40, 40, "stretch"))


def test_broad_lines_grow_smoothly():
    disc = np.repeat((ndimage.binary_fill_holes(ring()[..., 0]) * np.uint8(255))[..., None], 3, 2)
    made = fitted_map(disc, 512, 512, "stretch")[..., 0] > 0
    assert made.mean() == pytest.approx((disc > 0).mean(), rel=0.02)
    edge = made & ~ndimage.binary_erosion(made)
    assert edge.sum() < 1.1 * 2 * np.pi * 20 * 8  # steps would make it longer


def test_what_fill_adds_to_lines_is_empty():
    made = fitted_map(ring(), 200, 64, "fill")
    assert np.array_equal(made[:, 68:132], ring())
    assert not made[:, :68].any()


def test_regions_keep_their_colours():
    palette = noise(5, 6, 1)
    regions = palette.repeat(20, 0).repeat(20, 1)
    for mode in ("stretch", "crop", "fill"):
        made = fitted_map(regions, 211, 77, mode)
        assert {tuple(c) for c in made.reshape(-1, 3)} <= {tuple(c) for c in palette.reshape(-1, 3)}


def test_photographs_and_tones_are_resized_as_pictures_are():
    for pixels in (gradient(*ODD), noise(30, 20), np.repeat(gradient(*ODD)[..., :1], 3, 2)):
        assert np.array_equal(fitted_map(pixels, 64, 48, "crop"), fitted(pixels, 64, 48, "crop"))


@pytest.mark.parametrize("mode", ["stretch", "crop", "fill"])
@pytest.mark.parametrize("resolution", [None, 64, 300])
@pytest.mark.parametrize("source", [(1, 1), (2, 900), ODD])
def test_maps_are_as_large_as_what_is_drawn(mode, resolution, source):
    for preprocess in (CANNY, NONE, INPAINT):
        made = control_map(noise(*source), (104, 72), mode, preprocess, resolution)
        assert made.shape[:2] == (72, 104)


def test_pixel_perfect_shows_the_picture_at_the_size_that_is_drawn():
    pixels = gradient(*ODD)
    assert np.array_equal(
        prepared_picture(pixels, (96, 64), "crop"), fitted(pixels, 96, 64, "crop")
    )
    seen = []
    control_map(pixels, (96, 64), "crop", lambda shown: seen.append(shown.shape) or shown)
    assert seen == [(64, 96, 3)]


@pytest.mark.parametrize(
    ("size", "resolution", "shape"),
    [
        ((96, 64), 128, (128, 192)),
        ((64, 96), 32, (48, 32)),
        ((4096, 16), 2048, (16, 4096)),
        ((512, 512), 100, (100, 100)),
    ],
)
def test_a_resolution_is_the_shorter_side(size, resolution, shape):
    assert prepared_picture(noise(9, 9), size, "stretch", resolution).shape == (*shape, 3)


def test_large_pictures_are_made():
    made = control_map(np.zeros((3, 5, 3), np.uint8), (4096, 4096), "fill", CANNY)
    assert made.shape == (4096, 4096, 3)


def test_filling_continues_the_picture_before_it_is_looked_at():
    """Bars around it would be edges themselves."""
    pixels = np.full((40, 40, 3), 180, np.uint8)
    assert not control_map(pixels, (120, 40), "fill", CANNY).any()


def test_a_map_of_the_right_size_is_taken_as_it_is():
    for pixels in (noise(48, 64), ring()):
        size = pixels.shape[1], pixels.shape[0]
        assert np.array_equal(control_map(pixels, size, "crop", NONE), pixels)


@given(sizes.flatmap(lambda size: masks(*size)), sizes, modes)
def test_masks_of_any_size_become_holes(mask, size, mode):
    made = control_map(noise(*size), (24, 16), mode, INPAINT, None, mask)
    assert made.shape == (16, 24, 4)
    assert set(np.unique(made[..., 3])) <= {0, 255}


def test_holes_lie_where_the_mask_does():
    mask = rectangle(64, 64, (16, 16, 48, 48))
    for resolution in (None, 100):
        made = control_map(gradient(64, 64), (128, 128), "crop", INPAINT, resolution, mask)
        hole = made[..., 3] == 0
        assert hole[34:94, 34:94].all()
        assert hole.sum() == pytest.approx(64 * 64, rel=0.05)
        assert not shown_map(made)[hole].any()
    assert np.array_equal(shown_map(made)[~hole], made[..., :3][~hole])


def test_a_mask_leaves_other_maps_as_they_are():
    pixels, mask = gradient(64, 64), rectangle(64, 64, (0, 0, 30, 30))
    for preprocess in (CANNY, NONE):
        plain = control_map(pixels, (64, 64), "crop", preprocess)
        assert np.array_equal(control_map(pixels, (64, 64), "crop", preprocess, None, mask), plain)


def test_what_is_transparent_lies_on_white_or_is_a_hole():
    pixels = np.dstack([np.zeros((8, 8, 3), np.uint8), rectangle(8, 8, (0, 0, 4, 8))])
    flat = prepared_picture(pixels, (8, 8), "crop")
    assert (flat[:, 4:] == 255).all()
    assert not flat[:, :4].any()
    empty = np.zeros((8, 8), np.uint8)
    assert np.array_equal(
        prepared_picture(pixels, (8, 8), "crop", None, empty)[..., 3], pixels[..., 3]
    )


def test_finished_maps_have_no_half_holes():
    made = np.dstack([noise(9, 9), rectangle(9, 9, (2, 2, 6, 7))])
    assert set(np.unique(finished_map(made, (50, 31))[..., 3])) == {0, 255}


@pytest.mark.parametrize("size", [(0, 8), (8, 0)])
@pytest.mark.parametrize("resolution", [None, 64])
def test_sizes_without_pixels_are_refused(size, resolution):
    with pytest.raises(ValueError, match="at least one pixel"):
        prepared_picture(noise(4, 4), size, "crop", resolution)
