"""The picture canvas: what is painted with mouse, fingers and keys is what the server gets."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.canvas_page import CanvasPage, disc, grey, png, serving
from tests.browser.conftest import PATIENCE, Complaints

pytestmark = pytest.mark.browser

RED = (255, 0, 0)


@pytest.fixture(scope="module")
def address():
    with serving() as url:
        yield url


@pytest.fixture
def open_canvas(address, browser):
    """Open the page in a fresh profile; afterwards its console must have been silent."""
    complaints, contexts = Complaints([]), []

    def open_page(query="", width=1000, height=800, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        complaints.watch(page, address)
        page.goto(f"{address}/?{query}")
        expect(page.locator(".canvas")).to_be_visible()
        return CanvasPage(page)

    yield open_page
    for context in contexts:
        context.close()
    assert complaints.found == []


@pytest.fixture
def canvas(open_canvas):
    """A grey picture of 64 × 48 pixels and a brush of 5."""
    one = open_canvas()
    one.load(grey(64, 48))
    one.size(5)
    return one


# --- painting ---


def test_a_dab_masks_exactly_the_pixels_under_the_brush(canvas):
    assert canvas.mask() is None
    canvas.dab(20, 10)
    assert canvas.painted() == disc(20, 10)
    assert canvas.mask().shape == (48, 64)
    assert canvas.changes() == 1
    canvas.expect_status("Under 1 % will be drawn anew")


def test_a_stroke_masks_what_lies_along_its_way(canvas):
    canvas.drag((10, 20), (30, 20), (50, 20))
    way = {(x, y) for x in range(10, 51) for y in range(18, 23)}
    assert canvas.painted() == disc(10, 20) | way | disc(50, 20)
    canvas.expect_status("7 % will be drawn anew")
    assert canvas.changes() == 1


def test_strokes_over_the_edge_reach_the_last_pixel_and_no_further(canvas):
    canvas.drag((-4, 0), (67, 0))
    assert canvas.painted() == {(x, y) for x in range(64) for y in range(3)}


def test_a_stroke_beside_the_picture_is_no_step(canvas):
    canvas.drag((66, 10), (66, 30))
    assert canvas.mask() is None
    assert canvas.changes() == 0
    assert not canvas.page.evaluate("canvas.canUndo")


@pytest.mark.parametrize("way", ["eraser", "right", "alt"])
def test_erasing_takes_away_exactly_what_it_passes(canvas, way):
    canvas.call("fillMask")
    if way == "eraser":
        canvas.button("Eraser").click()
    if way == "alt":
        canvas.page.keyboard.down("Alt")
    canvas.dab(30, 30, button="right" if way == "right" else "left")
    canvas.page.keyboard.up("Alt")
    everything = {(x, y) for x in range(64) for y in range(48)}
    assert canvas.painted() == everything - disc(30, 30)


def test_shift_and_click_draw_a_straight_line_from_the_last_point(canvas):
    canvas.dab(10, 40)
    canvas.page.keyboard.down("Shift")
    canvas.dab(40, 40)
    canvas.page.keyboard.up("Shift")
    assert canvas.painted() >= {(x, y) for x in range(10, 41) for y in range(38, 43)}
    assert (43, 40) not in canvas.painted()


def test_a_rectangle_fills_every_pixel_it_touches_and_a_click_none(canvas):
    canvas.button("Fill a rectangle").click()
    canvas.click_at(5, 5)
    assert canvas.mask() is None
    canvas.drag((40, 30), (20, 10))
    assert canvas.painted() == {(x, y) for x in range(20, 41) for y in range(10, 31)}


def test_a_lasso_fills_what_it_runs_around(canvas):
    canvas.page.keyboard.press("l")
    canvas.drag((10.5, 10.5), (30.5, 10.5), (30.5, 25.5), (10.5, 25.5))
    assert canvas.painted() == {(x, y) for x in range(11, 31) for y in range(11, 26)}
    canvas.drag((10, 10), (31, 10), (31, 26), (10, 26), button="right")
    assert canvas.mask() is None


def test_the_finest_brush_paints_the_one_pixel_that_is_pointed_at(canvas):
    canvas.size(1)
    canvas.dab(7.4, 8.4)
    assert canvas.painted() == {(7, 8)}


@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_coordinates_are_exact_at_any_sharpness_zoom_and_size(open_canvas, ratio):
    canvas = open_canvas(device_scale_factor=ratio)
    pixels = grey(64, 48)
    pixels[13, 41] = RED
    canvas.load(pixels)
    canvas.size(1)
    for change in (_nothing, _zoom, _resize, _pan):
        change(canvas)
        canvas.page.mouse.click(*_seen(canvas, ratio))
        assert canvas.painted() == {(41, 13)}, change.__name__
        canvas.call("clearMask")


def _nothing(canvas):
    pass


def _zoom(canvas):
    canvas.page.mouse.move(*canvas.at(38, 15))
    for _ in range(3):
        canvas.page.mouse.wheel(0, -120)
    expect(canvas.page.locator(".canvas-zoom")).not_to_have_text("1400 %")


def _resize(canvas):
    canvas.page.set_viewport_size({"width": 777, "height": 611})


def _pan(canvas):
    x, y = canvas.at(38, 15)
    canvas.page.mouse.move(x, y)
    canvas.page.mouse.down(button="middle")
    canvas.page.mouse.move(x + 31, y + 17)
    canvas.page.mouse.up(button="middle")


def _seen(canvas, ratio):
    """The middle of the only red pixel, in the window."""
    dots = canvas.dots().astype(int)
    rows, columns = np.nonzero((dots[:, :, 0] > 230) & (dots[:, :, 1] < 40))
    stage = canvas.stage.bounding_box()
    x, y = (columns.min() + columns.max() + 1) / 2, (rows.min() + rows.max() + 1) / 2
    return stage["x"] + x / ratio, stage["y"] + y / ratio


def test_what_is_masked_is_seen_striped_on_every_colour(open_canvas):
    for colour in ((255, 98, 64), (255, 255, 255), (30, 30, 30)):
        canvas = open_canvas()
        pixels = grey(64, 48)
        pixels[:] = colour
        canvas.load(pixels)
        before = canvas.dots().astype(int)
        canvas.call("fillMask")
        change = np.abs(canvas.dots().astype(int) - before).max(axis=2)
        middle = change[100:-100, 200:-200]
        assert np.mean(middle > 40) > 0.3
        assert middle.std() > 10


# --- steps ---


def test_undo_and_redo_bring_back_the_very_same_mask(canvas):
    masks = [canvas.mask()]
    canvas.dab(10, 10)
    masks.append(canvas.mask())
    canvas.drag((5, 5), (60, 40))
    masks.append(canvas.mask())
    canvas.button("Invert the mask").click()
    masks.append(canvas.mask())
    for expected in (masks[2], masks[1], masks[0]):
        canvas.page.keyboard.press("Control+z")
        assert np.array_equal(canvas.mask(), expected)
    for expected, keys in zip(
        masks[1:], ("Control+y", "Control+Shift+z", "Control+y"), strict=True
    ):
        canvas.page.keyboard.press(keys)
        assert np.array_equal(canvas.mask(), expected)
    assert canvas.changes() == 9
    expect(canvas.button("Redo")).to_have_attribute("aria-disabled", "true")


def test_only_the_latest_sixty_steps_are_kept(canvas):
    canvas.size(1)
    for x in range(62):
        canvas.dab(x, 3)
    for _ in range(70):
        canvas.call("undo")
    assert canvas.painted() == {(0, 3), (1, 3)}


def test_escape_takes_a_stroke_under_way_back(canvas):
    canvas.page.mouse.move(*canvas.at(10, 10))
    canvas.page.mouse.down()
    canvas.page.mouse.move(*canvas.at(30, 10))
    canvas.page.keyboard.press("Escape")
    canvas.page.mouse.move(*canvas.at(40, 10))
    canvas.page.mouse.up()
    assert canvas.mask() is None
    assert canvas.changes() == 0


def test_invert_fill_and_clear(canvas):
    everything = {(x, y) for x in range(64) for y in range(48)}
    canvas.dab(20, 20)
    canvas.button("Invert the mask").click()
    assert canvas.painted() == everything - disc(20, 20)
    canvas.menu("Mask the whole picture")
    assert canvas.painted() == everything
    canvas.expect_status("All of it will be drawn anew")
    canvas.button("Clear the mask").click()
    assert canvas.mask() is None
    canvas.expect_status("Paint what to draw anew")
    canvas.button("Invert the mask").click()
    assert canvas.painted() == everything
    assert canvas.changes() == 5


# --- masks and pictures from elsewhere ---


def test_a_mask_from_elsewhere_counts_by_its_brightness(canvas):
    steps = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    assert canvas.set_mask(steps)
    assert np.array_equal(canvas.mask(), steps)
    assert canvas.changes() == 1
    canvas.call("undo")
    assert canvas.mask() is None


def test_a_mask_in_one_colour_counts_by_its_opacity(canvas):
    shape = np.zeros((48, 64, 4), np.uint8)
    shape[10:20, 5:30, 3] = 255
    assert canvas.set_mask(shape)
    assert canvas.painted() == {(x, y) for x in range(5, 30) for y in range(10, 20)}


def test_a_mask_of_another_size_is_stretched_and_says_so(canvas):
    small = np.zeros((24, 32), np.uint8)
    small[0:12, 0:16] = 255
    assert canvas.set_mask(small)
    canvas.expect_toast("The mask was 32 × 24 pixels and is stretched to the 64 × 48")
    assert canvas.painted() == {(x, y) for x in range(32) for y in range(24)}


def test_see_through_parts_become_the_mask_besides_what_is_masked(open_canvas):
    canvas = open_canvas()
    pixels = np.full((48, 64, 4), 200, np.uint8)
    pixels[:, :, 3] = 255
    canvas.load(pixels)
    canvas.menu("Mask what is see-through")
    canvas.expect_toast("Nothing in this picture is see-through")
    assert canvas.mask() is None
    pixels[:, 40:, 3] = 0
    canvas.load(pixels)
    canvas.size(5)
    canvas.dab(10, 10)
    canvas.menu("Mask what is see-through")
    assert canvas.painted() == disc(10, 10) | {(x, y) for x in range(40, 64) for y in range(48)}


def test_another_picture_clears_the_mask_or_keeps_it_when_asked(canvas):
    canvas.dab(20, 10)
    canvas.load(grey(64, 48), keepMask=True)
    assert canvas.painted() == disc(20, 10)
    canvas.call("undo")
    assert canvas.mask() is None
    canvas.call("redo")
    canvas.load(grey(128, 96), keepMask=True)
    assert canvas.painted() >= {(2 * x, 2 * y) for x, y in disc(20, 10)}
    assert canvas.mask().shape == (96, 128)
    canvas.load(grey(64, 48))
    assert canvas.mask() is None
    canvas.call("clear")
    expect(canvas.button("Choose a picture")).to_be_visible()
    assert canvas.page.evaluate("[canvas.width, canvas.hasPicture]") == [0, False]


def test_a_file_that_is_chosen_is_shown_and_told(open_canvas, tmp_path):
    canvas = open_canvas()
    path = tmp_path / "house.png"
    path.write_bytes(png(grey(64, 48)))
    with canvas.page.expect_file_chooser() as chooser:
        canvas.button("Choose a picture").click()
    chooser.value.set_files(path)
    canvas.expect_status("64 × 48 pixels")
    canvas.until("told.pictures.length === 1")
    assert canvas.page.evaluate("told.pictures[0].size") == path.stat().st_size


_DROP = """(data) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([blobOf(data)], "dropped.png", { type: "image/png" }));
  const event = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.querySelector(".canvas").dispatchEvent(event);
}"""
_PASTE = """([data, place]) => {
  const pasted = new DataTransfer();
  pasted.items.add(new File([blobOf(data)], "pasted.png", { type: "image/png" }));
  const more = { clipboardData: pasted, bubbles: true, cancelable: true };
  document.querySelector(place).dispatchEvent(new ClipboardEvent("paste", more));
}"""


def _file(pixels):
    return base64.b64encode(png(pixels)).decode()


def test_a_dropped_picture_replaces_the_last_one_which_can_be_had_back(canvas):
    canvas.dab(20, 10)
    canvas.page.evaluate(_DROP, _file(grey(32, 20)))
    canvas.expect_status("32 × 20 pixels")
    assert canvas.mask() is None
    canvas.button("Have it back").click()
    canvas.expect_status("64 × 48 pixels")
    assert canvas.painted() == disc(20, 10)
    canvas.until("told.pictures.length === 2")
    assert canvas.changes() == 2


def test_a_picture_is_pasted_while_the_canvas_is_pointed_at_only(canvas):
    canvas.page.locator("#field").focus()
    canvas.page.mouse.move(900, 790)
    canvas.page.evaluate(_PASTE, [_file(grey(32, 20)), "#field"])
    canvas.page.evaluate("drawn()")
    assert canvas.page.evaluate("told.pictures.length") == 0
    canvas.page.mouse.move(*canvas.at(10, 10))
    canvas.page.evaluate(_PASTE, [_file(grey(32, 20)), "body"])
    canvas.expect_status("32 × 20 pixels")


def test_what_cannot_be_shown_says_so_and_leaves_all_as_it_was(canvas):
    canvas.dab(20, 10)
    assert not canvas.load_file(b"no picture at all", 1)
    canvas.expect_toast("This cannot be shown as a picture")
    assert not canvas.load_file(png(np.zeros((1, 8193), np.uint8)), 8193)
    canvas.expect_toast("at most 8192 pixels on each side")
    assert canvas.painted() == disc(20, 10)


def test_a_photograph_lies_as_its_camera_says(open_canvas):
    canvas = open_canvas()
    file, exif = io.BytesIO(), Image.Exif()
    exif[274] = 6  # turned by a quarter
    Image.fromarray(grey(64, 48)).save(file, "JPEG", exif=exif)
    canvas.load_file(file.getvalue(), 48)
    canvas.expect_status("48 × 64 pixels")
    canvas.size(5)
    canvas.dab(20, 50)
    assert canvas.painted() == disc(20, 50)


def test_a_picture_of_one_pixel_can_be_masked(open_canvas):
    canvas = open_canvas()
    canvas.load(grey(1, 1))
    canvas.dab(0, 0)
    assert canvas.painted() == {(0, 0)}
    canvas.expect_status("All of it will be drawn anew")


def test_a_picture_of_4096_pixels_a_side_is_painted_inverted_and_undone(open_canvas):
    canvas = open_canvas()
    canvas.load(np.full((4096, 4096), 128, np.uint8))
    canvas.drag((100, 100), (4000, 3900), (200, 3000))
    stroke = canvas.mask()
    assert stroke[100, 100] == stroke[3900, 4000] == stroke[2000, 2050] == 255
    canvas.call("invert")
    assert np.array_equal(canvas.mask(), 255 - stroke)
    canvas.call("undo")
    assert np.array_equal(canvas.mask(), stroke)
    canvas.call("undo")
    assert canvas.mask() is None


# --- the sketch ---


def test_a_sketch_is_painted_into_the_picture_in_the_chosen_colour(open_canvas):
    canvas = open_canvas("sketch=yes&mask=no")
    canvas.load(grey(64, 48))
    assert canvas.sketch() is None
    canvas.size(9)
    canvas.page.get_by_label("Colour of the sketch").fill("#00ff00")
    canvas.drag((10, 20), (50, 20))
    drawn = canvas.sketch()
    assert tuple(drawn[20, 30]) == (0, 255, 0, 255)
    assert tuple(drawn[40, 30]) == (128, 128, 128, 255)
    canvas.button("Eraser").click()
    canvas.dab(30, 20)
    assert tuple(canvas.sketch()[20, 30]) == (128, 128, 128, 255)
    canvas.call("undo")
    assert np.array_equal(canvas.sketch(), drawn)
    assert canvas.mask() is None
    canvas.menu("Clear the sketch")
    assert canvas.sketch() is None


def test_edges_of_a_sketch_stay_smooth_when_they_are_passed_again(open_canvas):
    canvas = open_canvas("sketch=yes&mask=no")
    canvas.load(grey(64, 48))
    canvas.size(9)
    canvas.drag((10, 20.3), (50, 20.3))
    once = canvas.sketch()
    canvas.call("undo")
    canvas.drag(*[((10, 20.3), (50, 20.3))[turn % 2] for turn in range(9)])
    assert np.array_equal(canvas.sketch(), once)
    assert len(np.unique(once[:, 30, 0])) >= 3


def test_a_colour_is_picked_from_the_picture(open_canvas):
    canvas = open_canvas("sketch=yes")
    pixels = grey(64, 48)
    pixels[5, 5] = (12, 200, 77)
    canvas.load(pixels)
    canvas.button("Sketch").click()
    canvas.page.keyboard.press("i")
    canvas.dab(5, 5)
    expect(canvas.page.get_by_label("Colour of the sketch")).to_have_value("#0cc84d")
    expect(canvas.button("Brush")).to_have_attribute("aria-pressed", "true")
    canvas.dab(40, 30)
    assert tuple(canvas.sketch()[30, 40]) == (12, 200, 77, 255)


def test_a_layer_that_is_put_away_neither_shows_nor_counts_until_it_is_back(canvas):
    canvas.dab(20, 10)
    canvas.page.evaluate("canvas.setTools({ mask: false, sketch: true })")
    assert canvas.mask() is None
    expect(canvas.page.locator(".canvas-switch")).to_be_hidden()
    canvas.page.evaluate("canvas.setTools({ mask: true, sketch: true })")
    assert canvas.painted() == disc(20, 10)
    expect(canvas.page.locator(".canvas-switch")).to_be_visible()


def test_without_tools_the_mouse_moves_the_picture(canvas):
    canvas.page.evaluate("canvas.setTools({ mask: false, sketch: false })")
    canvas.drag((30, 20), (20, 10))
    expect(canvas.page.locator(".canvas-bar")).to_be_hidden()
    assert canvas.changes() == 0


# --- keys and wheel ---


def test_everything_is_done_by_the_keyboard_alone(open_canvas):
    canvas = open_canvas()
    canvas.load(grey(64, 48))
    press = canvas.page.keyboard.press
    canvas.page.locator("#field").focus()
    for _ in range(20):
        if canvas.stage.evaluate("(node) => node === document.activeElement"):
            break
        press("Tab")
    expect(canvas.stage).to_be_focused()
    while canvas.page.locator(".canvas-size-shown").inner_text() != "5 px":
        press("]")
    press("Enter")
    press("Enter")
    assert canvas.painted() == disc(32, 24)
    press("Enter")
    for _ in range(10):
        press("ArrowRight")
    assert canvas.changes() == 1
    press("Enter")
    assert canvas.changes() == 2
    assert canvas.painted() >= {(x, 24) for x in range(30, 44)}
    press("Control+z")
    press("e")
    expect(canvas.button("Eraser")).to_have_attribute("aria-pressed", "true")
    press("Enter")
    press("Escape")
    assert canvas.painted() == disc(32, 24)
    press("r")
    expect(canvas.page.locator(".canvas-ring.tiny")).to_be_visible()
    press("Enter")
    press("Shift+ArrowUp")
    press("Enter")
    assert canvas.painted() >= {(42, y) for y in range(20, 25)}


def test_keys_are_left_alone_while_someone_types(canvas):
    canvas.dab(20, 10)
    canvas.page.locator("#field").focus()
    canvas.page.mouse.move(*canvas.at(10, 10))
    canvas.page.keyboard.type("be [0]")
    canvas.page.keyboard.press("Control+z")
    assert canvas.painted() == disc(20, 10)
    expect(canvas.button("Brush")).to_have_attribute("aria-pressed", "true")


def test_brackets_change_the_size_and_the_ring_shows_it(canvas):
    canvas.page.mouse.move(*canvas.at(20, 20))
    ring = canvas.page.locator(".canvas-ring")
    assert ring.evaluate("(node) => getComputedStyle(node).borderWidth") == "2px"
    before = ring.bounding_box()["width"]
    canvas.page.keyboard.press("]")
    expect(canvas.page.locator(".canvas-size-shown")).to_have_text("6 px")
    assert ring.bounding_box()["width"] == pytest.approx(before * 6 / 5, rel=0.02)
    canvas.page.keyboard.press("[")
    expect(canvas.page.locator(".canvas-size-shown")).to_have_text("5 px")


def test_space_and_drag_move_the_picture_and_paint_nothing(canvas):
    canvas.page.mouse.move(*canvas.at(20, 20))
    canvas.page.keyboard.down(" ")
    canvas.drag((20, 20), (30, 25))
    canvas.page.keyboard.up(" ")
    assert canvas.mask() is None
    assert canvas.page.evaluate("scrollY") == 0
    canvas.dab(30, 25)
    assert canvas.painted() == disc(20, 20)


def test_the_wheel_scrolls_the_page_until_the_canvas_is_clicked_and_zooms_with_ctrl(canvas):
    zoom = canvas.page.locator(".canvas-zoom")
    fitted = zoom.inner_text()
    canvas.page.mouse.click(900, 780)
    canvas.page.mouse.move(*canvas.at(30, 20))
    canvas.page.mouse.wheel(0, 30)
    canvas.until("scrollY > 0")
    expect(zoom).to_have_text(fitted)
    canvas.page.evaluate("scrollTo(0, 0)")
    canvas.page.keyboard.down("Control")
    canvas.page.mouse.wheel(0, -30)
    canvas.page.keyboard.up("Control")
    expect(zoom).not_to_have_text(fitted)
    canvas.page.keyboard.press("0")
    expect(zoom).to_have_text(fitted)
    canvas.dab(30, 20)
    canvas.page.mouse.wheel(0, -30)
    expect(zoom).not_to_have_text(fitted)
    assert canvas.page.evaluate("scrollY") == 0


# --- fingers ---


@pytest.fixture
def phone(open_canvas):
    one = open_canvas(width=390, height=844, has_touch=True, is_mobile=True)
    one.load(grey(64, 48))
    one.size(5)
    return one


class _Fingers:
    def __init__(self, canvas):
        self._canvas = canvas
        self._session = canvas.page.context.new_cdp_session(canvas.page)

    def __call__(self, kind, *points):
        places = [self._canvas.at(*point) for point in points]
        touches = [{"x": x, "y": y, "id": name} for name, (x, y) in enumerate(places)]
        message = {"type": f"touch{kind}", "touchPoints": touches}
        self._session.send("Input.dispatchTouchEvent", message)


def test_one_finger_paints(phone):
    touch = _Fingers(phone)
    touch("Start", (10, 20))
    touch("Move", (30, 20))
    touch("Move", (50, 20))
    touch("End")
    assert phone.painted() >= {(x, 20) for x in range(10, 51)}
    assert phone.changes() == 1


def test_two_fingers_zoom_and_paint_nothing(phone):
    zoom = phone.page.locator(".canvas-zoom")
    fitted = zoom.inner_text()
    touch = _Fingers(phone)
    touch("Start", (28, 20))
    touch("Start", (28, 20), (36, 28))
    touch("Move", (20, 12), (44, 36))
    touch("End", (20, 12))
    touch("Move", (50, 40))
    touch("End")
    assert phone.mask() is None
    assert phone.changes() == 0
    expect(zoom).not_to_have_text(fitted)
    phone.call("fit")
    expect(zoom).to_have_text(fitted)


def test_a_stroke_that_was_meant_stays_when_a_second_finger_comes_late(phone):
    touch = _Fingers(phone)
    touch("Start", (10, 20))
    touch("Move", (30, 20))
    phone.page.wait_for_timeout(200)  # longer than two fingers need to land together
    touch("Move", (40, 20))
    touch("Start", (40, 20), (50, 40))
    touch("Move", (45, 20), (55, 40))
    touch("End")
    assert phone.painted() >= {(x, 20) for x in range(10, 41)}
    assert phone.changes() == 1


def test_a_pen_takes_over_from_the_hand_that_rests_beside_it(phone):
    for kind, name, x in (("touch", 1, 10), ("pen", 2, 40)):
        _point(phone, "pointerdown", kind, name, (x, 20))
    _point(phone, "pointermove", "touch", 1, (10, 40))
    _point(phone, "pointerup", "touch", 1, (10, 40))
    _point(phone, "pointerup", "pen", 2, (40, 20))
    assert phone.painted() == disc(40, 20)
    assert phone.changes() == 1


def _point(canvas, event, kind, name, place):
    """An event as a device would send it; only real devices can be captured."""
    canvas.stage.evaluate(
        """(stage, [event, kind, name, [x, y]]) => {
  stage.setPointerCapture = () => {};
  const more = { pointerType: kind, pointerId: name, clientX: x, clientY: y, bubbles: true };
  stage.dispatchEvent(new PointerEvent(event, { button: 0, cancelable: true, ...more }));
}""",
        [event, kind, name, list(canvas.at(*place))],
    )


@pytest.mark.parametrize("query", ["", "sketch=yes", "sketch=yes&mask=no"])
def test_tools_on_a_phone_are_large_and_lie_beside_each_other(open_canvas, query):
    canvas = open_canvas(query, width=390, height=844, has_touch=True, is_mobile=True)
    canvas.load(grey(640, 480))
    assert canvas.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    nodes = canvas.page.locator(".canvas-bar button, .canvas-foot button, .canvas-size").all()
    boxes = [node.bounding_box() for node in nodes if node.is_visible()]
    assert len(boxes) > 8
    for place, box in enumerate(boxes):
        assert min(box["width"], box["height"]) >= 40
        assert box["x"] >= 8
        assert box["x"] + box["width"] <= 382
        for other in boxes[place + 1 :]:
            assert _apart(box, other)


def _apart(box, other):
    beside = (
        box["x"] + box["width"] <= other["x"] + 0.5 or other["x"] + other["width"] <= box["x"] + 0.5
    )
    above = (
        box["y"] + box["height"] <= other["y"] + 0.5
        or other["y"] + other["height"] <= box["y"] + 0.5
    )
    return beside or above


# --- the frame ---


def test_the_canvas_fills_the_window_and_comes_back_with_all_that_is_painted(canvas):
    canvas.dab(20, 10)
    canvas.button("Fill the window").click()
    box = canvas.page.locator(".canvas").bounding_box()
    assert (box["width"], box["height"]) == (1000, 800)
    canvas.look(64)
    canvas.dab(40, 30)
    canvas.button("Back to the page").click()
    expect(canvas.page.locator("#place .canvas-stage")).to_be_visible()
    assert canvas.painted() == disc(20, 10) | disc(40, 30)
    canvas.button("Fill the window").click()
    canvas.page.keyboard.press("Escape")
    expect(canvas.page.locator("dialog[open]")).to_have_count(0)
    expect(canvas.page.locator("#place .canvas-stage")).to_be_visible()


def test_the_mask_follows_the_theme(canvas):
    canvas.call("fillMask")
    dark = canvas.dots()
    canvas.page.evaluate("document.documentElement.dataset.theme = 'light'")
    light = canvas.dots()
    middle = np.s_[100:-100, 200:-200]
    assert dark[middle].mean() > light[middle].mean() + 10


def test_a_canvas_that_is_destroyed_leaves_nothing_behind(canvas):
    canvas.dab(20, 10)
    canvas.call("destroy")
    expect(canvas.page.locator(".canvas")).to_have_count(0)
    canvas.page.keyboard.press("Control+z")
    canvas.page.mouse.click(500, 300)
    assert canvas.changes() == 1
