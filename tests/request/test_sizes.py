"""Sizes: what is drawn for an input of any size, what comes out, and what is too large."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.request.pictures import asked
from webui.errors import RequestRejected
from webui.request import Defaults, parse
from webui.request.sizes import parse_ratio, placed, to_ratio

FITS = Defaults(width=64, height=32)
SIDES = st.integers(1, 5000)


def of(kind, init, **fields):
    return placed(asked(kind, **fields), FITS, init)


def drawn(sizes):
    return sizes["width"], sizes["height"]


def comes_out(sizes):
    return sizes.get("out_width", 0), sizes.get("out_height", 0)


# --- image to image and inpaint ---


@pytest.mark.parametrize("kind", ["image_to_image", "inpaint"])
@pytest.mark.parametrize(
    ("init", "at"),
    [
        ((333, 517), (336, 520)),
        ((1, 1), (16, 16)),
        ((5, 3000), (16, 3000)),
        ((64, 64), (64, 64)),
        ((4096, 4096), (4096, 4096)),
        ((17, 4095), (24, 4096)),
    ],
)
def test_kept_size_is_drawn_at_the_next_that_can_be_and_comes_out_as_it_was(kind, init, at):
    for mode in ({}, {"resize_mode": "keep"}):
        sizes = of(kind, init, **mode)
        assert (drawn(sizes), comes_out(sizes)) == (at, init)
        assert "resize_mode" not in sizes


@given(st.integers(1, 4096), st.integers(1, 4096))
def test_kept_picture_always_fits_into_what_is_drawn(width, height):
    sizes = of("image_to_image", (width, height))
    for side, own in zip(drawn(sizes), (width, height), strict=True):
        assert side % 8 == 0
        assert max(own, 16) <= side < max(own, 16) + 8


@pytest.mark.parametrize("kind", ["image_to_image", "inpaint"])
@pytest.mark.parametrize("mode", ["stretch", "crop", "fill", "latent"])
def test_other_modes_draw_the_size_that_was_asked_or_the_checkpoints(kind, mode):
    sizes = of(kind, (333, 517), resize_mode=mode, width=128)
    assert (drawn(sizes), comes_out(sizes)) == ((128, 32), (0, 0))


@pytest.mark.parametrize("kind", ["image_to_image", "inpaint"])
@pytest.mark.parametrize(
    ("init", "fields", "at"),
    [
        ((333, 517), {"width": 512, "height": 64}, (512, 64)),
        ((333, 517), {"width": 333 // 8 * 8}, (328, 512)),
        ((333, 517), {"height": 512}, (336, 512)),
        ((100, 100), {"width": 16}, (16, 16)),
        ((4096, 1), {"width": 64}, (64, 16)),
        ((5000, 100), {"width": 1000}, (1000, 24)),
        ((7000, 4000), {"height": 2048}, (3584, 2048)),
    ],
)
def test_size_that_was_given_without_a_way_to_it_is_cut_to(kind, init, fields, at):
    sizes = of(kind, init, **fields)
    assert (drawn(sizes), comes_out(sizes)) == (at, (0, 0))
    assert sizes["resize_mode"] == "crop"


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(2, 512).map(lambda n: 8 * n))
def test_side_that_was_left_open_follows_from_the_shape_or_is_refused(width, height, side):
    try:
        sizes = of("image_to_image", (width, height), width=side)
    except RequestRejected as refused:
        assert side * height / width > 4095
        assert refused.field == "width"
        return
    exact = side * height / width
    assert sizes["height"] % 8 == 0
    assert max(16, exact - 1) <= sizes["height"] < max(16, exact) + 9


def test_open_side_that_would_be_too_long_is_refused_with_a_way_out():
    with pytest.raises(RequestRejected, match=r"51,200 × 1,024 .*Give both sides") as refused:
        of("image_to_image", (5000, 100), height=1024)
    assert refused.value.field == "width"
    assert drawn(of("image_to_image", (5000, 100), height=1024, width=1024)) == (1024, 1024)


@pytest.mark.parametrize("kind", ["image_to_image", "inpaint"])
@pytest.mark.parametrize("fields", [{"width": 64}, {"height": 64}, {"width": 64, "height": 64}])
def test_size_beside_an_own_size_that_was_asked_for_is_refused_in_words(kind, fields):
    with pytest.raises(RequestRejected, match=r"Leave width and height open, or choose") as no:
        of(kind, (333, 517), resize_mode="keep", **fields)
    assert (no.value.field, no.value.value) == ("resize_mode", "keep")


def test_part_around_the_mask_may_have_a_size_and_keeps_the_rest():
    sizes = of("inpaint", (333, 517), area="masked", resize_mode="keep", width=128)
    assert (drawn(sizes), comes_out(sizes)) == ((128, 32), (333, 517))


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("outpaint", {"left": 8}, "what is added on its sides"),
        ("outpaint", {"ratio": "16:9"}, "what is added on its sides"),
        ("upscale", {}, "its scale"),
        ("upscale", {"strength": 0.5}, "its scale"),
    ],
)
@pytest.mark.parametrize("field", ["width", "height"])
def test_size_has_no_say_where_it_follows_from_the_picture(kind, fields, words, field):
    with pytest.raises(RequestRejected, match=f"{field} has no say here: .*{words}") as no:
        of(kind, (100, 100), **{**fields, field: 64})
    assert (no.value.field, no.value.value) == (field, 64)


def test_part_around_the_mask_is_drawn_at_the_size_asked_and_the_whole_comes_out():
    sizes = of("inpaint", (7000, 4000), area="masked", height=256, resize_mode="crop")
    assert (drawn(sizes), comes_out(sizes)) == ((64, 256), (7000, 4000))


@pytest.mark.parametrize(
    ("kind", "fields", "field", "words"),
    [
        ("image_to_image", {}, "init", "5,000 × 100 is more than can be drawn at once"),
        ("image_to_image", {}, "init", "Choose a resize mode with a width and height"),
        ("inpaint", {}, "init", "or draw only around the mask"),
        ("image_to_image", {"resize_mode": "latent"}, "resize_mode", "another resize mode"),
        ("outpaint", {"left": 8}, "init", "Make the picture smaller first"),
        ("outpaint", {"ratio": "4:3"}, "init", "Make the picture smaller first"),
        ("upscale", {"strength": 0.3}, "scale", "10,000 × 200 is more .* or strength 0"),
    ],
)
def test_more_than_can_be_drawn_at_once_is_refused_with_a_way_out(kind, fields, field, words):
    with pytest.raises(RequestRejected, match=words) as refused:
        of(kind, (5000, 100), **fields)
    assert refused.value.field == field
    assert "4,096 pixels of a side" in refused.value.message


@pytest.mark.parametrize("mode", ["stretch", "crop", "fill"])
def test_large_picture_is_drawn_over_at_a_size_that_can_be(mode):
    assert drawn(of("image_to_image", (5000, 100), resize_mode=mode)) == (64, 32)
    assert drawn(of("inpaint", (5000, 100), resize_mode="latent")) == (64, 32)


# --- outpaint ---


def test_canvas_grows_on_the_sides_that_were_asked():
    sizes = of("outpaint", (333, 517), left=1, top=2, right=3, bottom=0)
    assert (drawn(sizes), comes_out(sizes)) == ((344, 520), (337, 519))
    assert [sizes[side] for side in ("left", "top", "right", "bottom")] == [1, 2, 3, 0]


def test_canvas_grows_to_a_ratio_beyond_the_sides_that_were_asked():
    sizes = of("outpaint", (100, 80), ratio="16:9", bottom=20, left=0)
    assert comes_out(sizes) == (178, 100)
    assert [sizes[side] for side in ("left", "top", "right", "bottom")] == [39, 0, 39, 20]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"left": 0}, "left"),
        ({"left": 0, "ratio": "1:1"}, "ratio"),
        ({"left": 0, "ratio": " 3/3 "}, "ratio"),
    ],
)
def test_canvas_that_grows_nowhere_is_refused_in_words(fields, field):
    with pytest.raises(RequestRejected, match="nothing to draw: the canvas grows on no side") as no:
        of("outpaint", (100, 100), **fields)
    assert no.value.field == field


@pytest.mark.parametrize(
    ("init", "fields", "field"),
    [
        ((4000, 10), {"left": 97}, "left"),
        ((4000, 4000), {"ratio": "16:9"}, "ratio"),
        ((100, 4096), {"ratio": "2:1", "left": 0}, "ratio"),
    ],
)
def test_canvas_that_grows_too_large_is_refused_with_numbers(init, fields, field):
    with pytest.raises(RequestRejected, match=r"more than can be drawn.*Let it grow by less") as no:
        of("outpaint", init, **fields)
    assert no.value.field == field


def test_canvas_far_larger_than_the_checkpoint_is_drawn_in_windows_of_its_size():
    sizes = of("outpaint", (100, 60), left=29)
    assert (sizes["window"], sizes["tiled_vae"]) == (64, True)
    tall = of("outpaint", (60, 100), ratio="1:3")
    assert (tall["window"], tall["tiled_vae"]) == (64, True)


@pytest.mark.parametrize(
    ("fits", "init", "fields"),
    [
        (FITS, (100, 60), {"left": 28}),
        (FITS, (100, 60), {"left": 29, "window": 128}),
        (Defaults(width=512, height=768), (1000, 1000), {"top": 536}),
    ],
)
def test_canvas_of_at_most_twice_the_checkpoint_or_with_windows_has_no_others(fits, init, fields):
    sizes = placed(asked("outpaint", **{"left": 0, **fields}), fits, init)
    assert not {"window", "tiled_vae"} & sizes.keys()


# --- ratios ---


@pytest.mark.parametrize(
    ("toward", "expected"),
    [
        ("both", (39, 0, 39, 0)),
        ("left", (78, 0, 0, 0)),
        ("right", (0, 0, 78, 0)),
        ("top", (39, 0, 39, 0)),
        ("bottom", (39, 0, 39, 0)),
    ],
)
def test_square_becomes_wide_toward_the_side_asked_for(toward, expected):
    assert to_ratio((100, 100), (16, 9), toward) == expected


def test_odd_pixel_goes_to_the_right_or_bottom():
    assert to_ratio((100, 100), (177, 100), "both") == (38, 0, 39, 0)
    assert to_ratio((100, 100), (100, 177), "left") == (0, 38, 0, 39)


def test_picture_that_is_too_wide_grows_in_height():
    assert to_ratio((160, 90), (1, 1), "top") == (0, 70, 0, 0)
    assert to_ratio((160, 90), (1, 1), "bottom") == (0, 0, 0, 70)
    assert to_ratio((160, 90), (1, 1), "both") == (0, 35, 0, 35)


@pytest.mark.parametrize("size", [(160, 90), (178, 100), (1920, 1080), (1366, 768), (16, 9)])
def test_picture_that_has_the_ratio_to_the_pixel_lacks_nothing(size):
    assert to_ratio(size, (16, 9), "both") == (0, 0, 0, 0)


@given(
    st.tuples(SIDES, SIDES),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.sampled_from(["both", "left", "right", "top", "bottom"]),
)
def test_canvas_grows_to_its_ratio_to_the_pixel_and_then_no_more(size, ratio, toward):
    left, top, right, bottom = to_ratio(size, ratio, toward)
    assert min(left, top, right, bottom) >= 0
    width, height = size[0] + left + right, size[1] + top + bottom
    assert width == size[0] or height == size[1]
    wanted = Fraction(*ratio)
    assert abs(width - height * wanted) <= Fraction(1, 2) or (
        abs(height - width / wanted) <= Fraction(1, 2)
    )
    assert to_ratio((width, height), ratio, toward) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16:9", (16, 9)),
        (" 4 : 3 ", (4, 3)),
        ("3/2", (3, 2)),
        ("1920x1080", (1920, 1080)),
        ("09:016", (9, 16)),
        ("100:1", (100, 1)),
    ],
)
def test_ratio_is_read_as_people_write_it(text, expected):
    assert parse_ratio(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", ":", "16", "16:", ":9", "16:9:1", "0:9", "9:0", "0:0", "-1:2", "1.5:1", "101:1", "1:101"]
    + ["١:٢", "²:1", "a:b", "1:1\0", "1 6:9", "1e3:1", "0x10:1", "\n", "16:9;--"]
    + ["1" * 5000 + ":1", " " * 100_000 + "a:1", "1:" * 50_000],
    ids=lambda text: repr(text[:9]),
)
def test_what_is_no_ratio_is_refused_in_short_words(text):
    with pytest.raises(RequestRejected, match="ratio") as refused:
        parse_ratio(text)
    assert refused.value.field == "ratio"
    assert len(refused.value.message) < 200


@given(st.text())
def test_any_text_is_a_ratio_or_refused(text):
    try:
        assert min(parse_ratio(text)) >= 1
    except RequestRejected as refused:
        assert len(refused.message) < 200


# --- upscale ---


@pytest.mark.parametrize(
    ("init", "scale", "expected"),
    [
        ((333, 517), 2, (666, 1034)),
        ((333, 517), 1, (333, 517)),
        ((333, 517), 1.5, (500, 776)),
        ((1, 1), 8, (8, 8)),
        ((3, 5), 1.1, (3, 6)),
        ((2048, 2048), 4, (8192, 8192)),
    ],
)
def test_enlarged_picture_has_its_scale_and_nothing_is_drawn(init, scale, expected):
    sizes = of("upscale", init, scale=scale)
    assert (drawn(sizes), comes_out(sizes)) == ((16, 16), expected)


@pytest.mark.parametrize(
    ("init", "scale", "words"),
    [
        ((5000, 100), 4, "20,000 × 400; at most 64 megapixels and 16,384 pixels of a side"),
        ((4000, 4000), 4, "16,000 × 16,000"),
    ],
)
@pytest.mark.parametrize("strength", [0, 0.5])
def test_enlarging_beyond_what_comes_out_is_refused_with_numbers(init, scale, words, strength):
    with pytest.raises(RequestRejected, match=words) as refused:
        of("upscale", init, scale=scale, strength=strength)
    assert (refused.value.field, refused.value.value) == ("scale", scale)


def test_enlarged_picture_that_is_drawn_over_is_cut_to_its_scale():
    sizes = of("upscale", (9, 13), scale=2, strength=0.3)
    assert (drawn(sizes), comes_out(sizes)) == ((24, 32), (18, 26))
    assert not {"window", "tiled_vae"} & sizes.keys()


def test_large_redrawn_picture_is_drawn_in_windows_of_the_checkpoints_size():
    sizes = of("upscale", (100, 60), scale=2, strength=0.3)
    assert (sizes["window"], sizes["tiled_vae"]) == (64, True)
    wide = Defaults(width=512, height=768)
    larger = placed(asked("upscale", scale=8, strength=0.3), wide, (100, 60))
    assert (larger["window"], larger["tiled_vae"]) == (768, True)
    small = placed(asked("upscale", scale=2, strength=0.3), wide, (100, 60))
    assert "window" not in small


@pytest.mark.parametrize("tiled", [False, True])
def test_windows_and_tiles_that_were_asked_for_are_left_as_they_are(tiled):
    sizes = of("upscale", (100, 60), scale=2, strength=0.3, window=128, tiled_vae=tiled)
    assert not {"window", "tiled_vae"} & sizes.keys()
    assert "tiled_vae" not in of("upscale", (9, 9), strength=0.3, tiled_vae=tiled)


# --- hires ---


@pytest.mark.parametrize(
    ("fields", "first", "second"),
    [
        ({"hires_scale": 2}, (64, 32), (128, 64)),
        ({"hires_scale": 1.3, "width": 64, "height": 512}, (64, 512), (88, 672)),
        ({"hires_scale": 4, "width": 1024, "height": 512}, (1024, 512), (4096, 2048)),
        ({"hires_scale": 1.001}, (64, 32), (64, 32)),
    ],
)
def test_second_pass_is_drawn_at_the_next_size_that_can_be(fields, first, second):
    sizes = placed(parse(fields), FITS)
    assert drawn(sizes) == first
    assert (sizes["hires_width"], sizes["hires_height"]) == second


def test_without_a_second_pass_there_is_no_second_size():
    assert placed(parse({"width": 128}), FITS) == {"width": 128, "height": 32}


def test_second_pass_that_is_too_large_is_refused_with_numbers():
    with pytest.raises(RequestRejected, match="hires_scale 4 would draw 8,192 × 128") as refused:
        placed(parse({"hires_scale": 4, "width": 2048}), FITS)
    assert (refused.value.field, refused.value.value) == ("hires_scale", 4)
