"""Preprocessors without networks: each makes of a picture what its name says."""

import random
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from models.pocket.recipe.companions.control import edges as recipe_edges
from models.pocket.recipe.domain import SMALL
from models.pocket.recipe.painter import paint
from tests.images.pixels import ODD, gradient, noise, rectangle, seeds, sizes, texture
from webui.builtin.core import load_function
from webui.builtin.preprocessors import PREPROCESSORS
from webui.images.preprocessors import copies, drawings, edges, tones

OWN = [info for info in PREPROCESSORS if not info.needs]


def square(size=40, side=20, ink=(0, 0, 0), paper=(255, 255, 255)):
    """A square of one colour in the middle of another."""
    pixels = np.full((size, size, 3), paper, np.uint8)
    start = (size - side) // 2
    pixels[start : start + side, start : start + side] = ink
    return pixels


def settings(info, choose):
    found = {"threshold_a": 0.0, "threshold_b": 0.0}
    return tuple((found | {one.field: choose(one) for one in info.options}).values())


@pytest.mark.parametrize("info", OWN, ids=lambda info: info.id)
@given(sizes, seeds, st.sampled_from(["minimum", "default", "maximum"]), st.sampled_from([3, 4]))
def test_every_picture_gets_a_map_of_its_size(info, size, seed, which, channels):
    pixels = noise(*size, seed)
    pixels = np.dstack([pixels, pixels[..., 0]])[..., :channels]
    before = pixels.copy()
    options = settings(info, lambda one: getattr(one, which))
    function = load_function(info.function)
    made = function(pixels, *options)
    assert made.shape == (*size, 4 if info.id == "inpaint" else 3)
    assert made.dtype == np.uint8
    assert np.array_equal(made, function(pixels, *options))
    made[:] = 7
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("info", [info for info in OWN if info.group == "Lines"])
def test_lines_are_grey_on_black(info):
    made = load_function(info.function)(square(), *settings(info, lambda one: one.default))
    assert (made == made[..., :1]).all()


def test_importing_the_table_imports_neither_opencv_nor_torch():
    script = (
        "import sys, webui.images.preprocessors, webui.images.preprocessors.weights,"
        " webui.images.control_map, webui.request.choices\n"
        "assert not {'cv2', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_canny_draws_the_border_of_a_square_and_nothing_else():
    made = edges.canny(square(), 100, 200)[..., 0]
    inside = made[12:28, 12:28]
    assert made.max() == 255
    assert not inside.any()
    assert 60 <= (made > 0).sum() <= 90
    assert not edges.canny(gradient(*ODD), 100, 200).any()


def test_canny_shows_more_below_lower_thresholds():
    pixels = texture(64, 64)
    assert (edges.canny(pixels, 10, 20) > 0).sum() > (edges.canny(pixels, 100, 200) > 0).sum()


@pytest.mark.parametrize("width", [1, 2, 3, 6])
def test_outlines_have_the_width_that_is_asked(width):
    row = edges.outlines(square(60, 30), width, 60)[30, :, 0]
    assert ndimage.label(row)[1] == 2
    assert (row > 0).sum() == 2 * width


def test_outlines_part_colours_of_equal_brightness():
    made = edges.outlines(square(ink=(200, 60, 60), paper=(60, 131, 60)), 1, 60)
    assert (made[..., 0] > 0).sum() >= 70


def test_outlines_leave_out_what_is_below_the_contrast():
    faint = square(ink=(120, 120, 120), paper=(135, 135, 135))
    assert not edges.outlines(faint, 1, 60).any()
    assert edges.outlines(faint, 1, 30).any()


def test_outlines_do_not_hang_on_where_strips_begin():
    pixels = np.zeros((600, 24, 3), np.uint8)
    pixels[4:596, 8:16] = 255
    made = edges.outlines(pixels, 1, 60)[..., 0]
    assert (made[10:590] == made[10]).all()


def overlap(found, wanted):
    """Intersection over union, a pixel being forgiven."""
    near = np.ones((3, 3))
    found, wanted = (ndimage.binary_dilation(one, near) for one in (found, wanted))
    return (found & wanted).sum() / (found | wanted).sum()


def test_outlines_are_what_pockets_edges_were_trained_on():
    rng = random.Random(3)
    strict, forgiving = [], []
    for count in (1, 2, 3) * 4:
        scene = replace(SMALL.random_scene(rng, count), style="flat")
        wanted = np.asarray(recipe_edges(scene)) > 0
        found = edges.outlines(np.array(paint(scene).image), 1, 45)[..., 0] > 0
        strict.append((found & wanted).sum() / (found | wanted).sum())
        forgiving.append(overlap(found, wanted))
    assert np.mean(strict) > 0.7
    assert np.mean(forgiving) > 0.85


@pytest.mark.parametrize("paper", [255, 200])
def test_line_art_shows_dark_strokes_and_no_paper(paper):
    pixels = np.full((60, 60, 3), paper, np.uint8)
    pixels[30:32, 10:50] = 20
    made = drawings.lineart_standard(pixels, 0, 0)[..., 0]
    assert made[30, 30] > 100
    assert not made[:10].any()


def test_xdog_strokes_get_fewer_with_the_threshold():
    pixels = texture(80, 80)
    shares = [(drawings.scribble_xdog(pixels, level, 0) > 0).mean() for level in (1, 16, 32, 64)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.2 > shares[-1]


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ((0, 0, 0), (255, 255, 255)),
        ((255, 255, 255), (0, 0, 0)),
        ((90, 90, 90), (160, 160, 160)),
        ((255, 240, 0), (255, 255, 255)),
        ((0, 0, 255), (10, 10, 10)),
    ],
)
def test_scribbles_are_white_on_black_whatever_they_were_drawn_with(ink, paper):
    made = drawings.scribble(square(ink=ink, paper=paper), 0, 0)
    assert np.array_equal(made, square(ink=(255, 255, 255), paper=(0, 0, 0)))


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_sheet_has_no_scribbles(level):
    assert not drawings.scribble(np.full((9, 9, 3), level, np.uint8), 0, 0).any()
    paper = noise(30, 30) // 32 + max(0, level - 8)
    assert not drawings.scribble(paper.astype(np.uint8), 0, 0).any()


def test_threshold_keeps_what_is_bright_in_all_channels():
    pixels = np.array([[(128, 128, 128), (127, 255, 255), (255, 255, 255)]], np.uint8)
    assert tones.threshold(pixels, 127, 0)[0, :, 0].tolist() == [255, 0, 255]


def test_inverting_twice_is_nothing():
    pixels = noise(*ODD)
    assert np.array_equal(tones.invert(tones.invert(pixels, 0, 0), 0, 0), pixels)
    assert np.array_equal(tones.none(pixels, 0, 0), pixels)


@pytest.mark.parametrize("function", [tones.recolor_luminance, tones.recolor_intensity])
def test_recolouring_starts_from_grey_and_gamma_darkens_it(function):
    pixels = gradient(*ODD)
    made = function(pixels, 1, 0)
    assert (made == made[..., :1]).all()
    assert function(pixels, 2, 0).mean() < made.mean() < function(pixels, 0.5, 0).mean()
    assert function(np.full((4, 4, 3), 255, np.uint8), 2, 0).min() == 255


def test_luminance_and_intensity_differ_by_how_colours_look():
    blue = np.full((4, 4, 3), (0, 0, 255), np.uint8)
    assert tones.recolor_intensity(blue, 1, 0).min() == 255
    assert tones.recolor_luminance(blue, 1, 0).max() < 100


def test_inpainting_marks_what_is_to_be_filled():
    pixels = np.dstack([noise(20, 20), 255 - rectangle(20, 20, (5, 5, 10, 10))])
    made = tones.inpaint(pixels, 0, 0)
    assert np.array_equal(made, pixels)
    soft = pixels.copy()
    soft[..., 3] //= 3
    assert set(np.unique(tones.inpaint(soft, 0, 0)[..., 3])) == {0}
    assert (tones.inpaint(noise(4, 4), 0, 0)[..., 3] == 255).all()


@pytest.mark.parametrize("sigma", [2, 9, 40])
def test_blur_is_as_wide_as_asked(sigma):
    side = 12 * sigma + 1
    step = np.zeros((side, side, 3), np.uint8)
    step[:, side // 2 :] = 255
    row = copies.blur_gaussian(step, sigma, 0)[side // 2, :, 0].astype(float)
    wanted = ndimage.gaussian_filter1d(step[0, :, 0].astype(float), sigma, mode="nearest")
    assert np.abs(row - wanted).max() < 4


@pytest.mark.parametrize("function", [copies.tile_resample, copies.tile_colorfix])
def test_tiles_lose_detail_and_keep_colours(function):
    pixels = texture(128, 128)
    made = function(pixels, 8, 0)
    detail = [np.abs(np.diff(one.astype(int), axis=1)).mean() for one in (made, pixels)]
    assert detail[0] < detail[1] / 3
    assert np.abs(made.mean(axis=(0, 1)) - pixels.mean(axis=(0, 1))).max() < 3
    assert np.array_equal(copies.tile_resample(pixels, 1, 0), pixels)


def test_a_colour_grid_has_blocks_of_mean_colours():
    pixels = texture(128, 192)
    made = copies.color_grid(pixels, 64, 0)
    assert len(np.unique(made.reshape(-1, 3), axis=0)) == 6
    assert np.abs(made[0, 0] - pixels[:64, :64].mean(axis=(0, 1))).max() <= 1
    assert (made[:64, :64] == made[0, 0]).all()


def test_shuffling_follows_its_seed_and_keeps_the_colours():
    pixels = gradient(*ODD)
    made = copies.shuffle(pixels, 3, 0)
    assert not np.array_equal(made, copies.shuffle(pixels, 4, 0))
    assert np.array_equal(made, copies.shuffle(pixels, 3, 99))
    apart = np.abs(made.astype(int) - pixels).mean()
    assert apart > 30
    assert set(np.unique(copies.shuffle(square(), 3, 0))) <= set(range(256))
    assert copies.shuffle(np.full((30, 50, 3), 9, np.uint8), 3, 0).max() == 9


def test_pictures_too_large_to_be_shuffled_are_refused():
    with pytest.raises(ValueError, match="too large"):
        copies.shuffle(np.zeros((1, 20_000, 3), np.uint8), 0, 0)
