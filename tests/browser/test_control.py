"""Control units in real Chromium: pictures, maps, drawings, masks, and finding all of it again."""

from __future__ import annotations

import base64
import io
import json
import re

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, expect

from tests.browser.studio_page import StudioPage, expect_drawn

pytestmark = pytest.mark.browser

_DROP = """([selector, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "house.png", { type: "image/png" }));
  const event = { dataTransfer: transfer, bubbles: true, cancelable: true };
  document.querySelector(selector).dispatchEvent(new DragEvent("drop", event));
}"""


def house(size: int = 128) -> bytes:
    """A red house on green, under a blue sky."""
    picture = Image.new("RGB", (size, size), (110, 170, 240))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, size // 2, size, size), fill=(80, 160, 60))
    pen.rectangle((size * 0.3, size * 0.4, size * 0.7, size * 0.8), fill=(200, 60, 40))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def panel(studio: StudioPage) -> Locator:
    return studio.page.locator("#control")


def opened(studio: StudioPage) -> Locator:
    """The tab of control units, and the unit that is open."""
    studio.page.locator("#tab-control-button").click()
    unit = panel(studio).locator(".control-unit")
    expect(unit).to_be_visible()
    return unit


def choose_picture(studio: StudioPage, data: bytes) -> None:
    file = {"name": "house.png", "mimeType": "image/png", "buffer": data}
    panel(studio).locator(".control-bar input[type=file]").first.set_input_files(file)


def map_of(studio: StudioPage) -> Locator:
    return panel(studio).locator(".control-box.map > img")


def seen_map(server, studio: StudioPage) -> np.ndarray:
    """The map that is shown, [h, w, 3]."""
    expect_drawn(map_of(studio))
    return picture_at(server, map_of(studio).get_attribute("src"))


def picture_at(server, url: str) -> np.ndarray:
    file = httpx.get(server.url + url, timeout=60).content
    return np.array(Image.open(io.BytesIO(file)).convert("RGB"))


def select(studio: StudioPage, name: str) -> Locator:
    return panel(studio).locator(f"[data-unit-field={name}] select")


def tabs(studio: StudioPage) -> Locator:
    return panel(studio).locator("[role=tab]")


def latest(server) -> dict:
    return server.get("/api/v1/jobs")[0]["request"]


def stroke(studio: StudioPage, *points: tuple[float, float]) -> None:
    """Paint with the mouse on the unit's canvas; places are shares of the stage."""
    expect(panel(studio).locator(".canvas")).not_to_have_class(re.compile("empty"))
    stage = panel(studio).locator(".canvas-stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
    studio.page.mouse.move(*places[0])
    studio.page.mouse.down()
    for place in places[1:]:
        studio.page.mouse.move(*place, steps=6)
    studio.page.mouse.up()


HOUSE_LINES = ((0.3, 0.7), (0.3, 0.4), (0.5, 0.2), (0.7, 0.4), (0.7, 0.7), (0.3, 0.7))


def test_dropped_picture_shows_its_map_steers_and_is_found_after_a_reload(server, studio):
    unit = opened(studio)
    expect(panel(studio).locator(".control-head")).not_to_contain_text("act")
    data = base64.b64encode(house()).decode()
    studio.page.evaluate(_DROP, ["#control .control-unit", data])
    lines = seen_map(server, studio)
    assert lines.shape == (128, 128, 3)
    assert 0 < (lines > 128).mean() < 0.2
    expect(panel(studio).locator(".control-head")).to_contain_text("1 acts: pocket-edges")
    weight = unit.locator("[data-unit-field=weight] input[type=number]")
    weight.fill("0.8")
    card = studio.make("a blue house in a field by day")
    (control,) = latest(server)["controls"]
    assert (control["model"], control["preprocessor"]) == ("pocket-edges", "outlines")
    assert control["weight"] == 0.8

    card.locator(".frame.done").click()
    expect(studio.view.locator(".facts")).to_contain_text(
        "Outlines → pocket-edges, weight 0.8, 0-100 %"
    )
    expect(studio.view.locator(".lineage")).to_contain_text("control 1")
    studio.view.locator("[data-icon=close]").click()

    studio.reload()
    expect(studio.page.locator("html[data-tab=control]")).to_be_attached()
    expect_drawn(panel(studio).locator(".control-box > img").first)
    expect_drawn(map_of(studio))
    expect(weight).to_have_value("0.8")


def test_map_follows_what_is_pulled_and_the_size_that_is_drawn(server, studio):
    opened(studio)
    choose_picture(studio, house())
    before = seen_map(server, studio)
    old = map_of(studio).get_attribute("src")
    panel(studio).locator("[data-unit-field=threshold_a] input[type=number]").fill("5")
    expect(map_of(studio)).not_to_have_attribute("src", old)
    assert (seen_map(server, studio) > 128).mean() > 2 * (before > 128).mean()
    old = map_of(studio).get_attribute("src")
    studio.number("width").fill("192")
    expect(map_of(studio)).not_to_have_attribute("src", old)
    assert seen_map(server, studio).shape == (128, 192, 3)


def test_drawing_by_mouse_is_a_map_that_steers_and_can_be_drawn_on(server, studio):
    opened(studio)
    panel(studio).locator("[data-draw]").click()
    stroke(studio, *HOUSE_LINES)
    expect(panel(studio).locator(".control-head")).to_contain_text("pocket-scribble")
    studio.make("a red house in a field by day")
    (control,) = latest(server)["controls"]
    assert (control["model"], control["preprocessor"]) == ("pocket-scribble", "none")
    drawn = picture_at(server, f"/api/v1/inputs/{control['image']}")
    assert drawn.shape == (128, 128, 3)
    assert drawn.max() == 255
    assert 0.005 < (drawn > 128).mean() < 0.2

    panel(studio).locator(".control-done").click()
    studio.reload()
    expect_drawn(panel(studio).locator(".control-box > img").first)
    panel(studio).locator("[data-draw]").click()
    stroke(studio, (0.1, 0.9), (0.9, 0.9))
    panel(studio).locator(".control-done").click()
    studio.make("a red house by night")
    more = picture_at(server, f"/api/v1/inputs/{latest(server)['controls'][0]['image']}")
    assert (more[drawn > 200] > 128).all()
    assert (more > 128).sum() > (drawn > 128).sum()


def test_painted_place_goes_along_and_can_be_taken_away(server, studio):
    opened(studio)
    choose_picture(studio, house())
    expect_drawn(map_of(studio))
    panel(studio).locator(".control-finer summary").click()
    panel(studio).locator("[data-paint-mask]").click()
    stroke(studio, (0.2, 0.3), (0.8, 0.3))
    expect(panel(studio).locator(".canvas-share")).to_contain_text("It acts on")
    studio.make("a blue house")
    (control,) = latest(server)["controls"]
    mask = picture_at(server, f"/api/v1/inputs/{control['mask']}")
    assert mask.shape == (128, 128, 3)
    assert mask[:64].any()
    assert not mask[80:].any()
    panel(studio).locator(".control-done").click()
    expect(panel(studio).locator(".control-finer summary")).to_contain_text("painted")
    panel(studio).get_by_role("button", name="Everywhere again").click()
    expect(panel(studio).locator(".control-finer summary")).not_to_contain_text("painted")


def test_units_of_a_picture_come_back_when_its_settings_are_restored(server, studio):
    unit = opened(studio)
    choose_picture(studio, house())
    expect_drawn(map_of(studio))
    unit.locator("[data-unit-field=start] input").nth(1).fill("0.5")
    unit.locator(".control-finer summary").click()
    unit.get_by_text("Prompt more").click()
    unit.get_by_text("Pixel-perfect").click()
    unit.locator("[data-unit-field=resolution] input[type=number]").fill("96")
    studio.make("a blue house")
    plain = {"enabled": False}
    unit.locator("[data-unit-field=enabled] input").uncheck()
    studio.make("a tree")
    assert latest(server)["controls"] == []
    panel(studio).get_by_role("button", name="Remove this unit").click()
    expect(map_of(studio)).to_be_hidden()
    studio.film.last.click()
    studio.view.get_by_role("button", name="Restore settings").click()
    expect(studio.page.locator("html[data-tab=control]")).to_be_attached()
    expect_drawn(map_of(studio))
    kept = json.loads(studio.page.evaluate("localStorage['darkroom.control']"))["units"][0]
    wanted = {"end": 0.5, "mode": "prompt", "resolution": 96, "enabled": True}
    assert {**kept, **wanted} == kept
    studio.film.first.click()
    studio.view.get_by_role("button", name="Restore settings").click()
    expect(panel(studio).locator(".control-head")).not_to_contain_text("act")
    kept = json.loads(studio.page.evaluate("localStorage['darkroom.control']"))["units"][0]
    assert {**kept, **plain} == kept


def test_again_and_the_next_tab_are_steered_by_the_same_units(server, studio):
    opened(studio)
    choose_picture(studio, house())
    expect_drawn(map_of(studio))
    studio.page.locator("#tab-text-to-image-button").click()
    expect(panel(studio).locator(".control-unit")).to_be_hidden()
    expect(panel(studio).locator(".control-head")).to_contain_text("1 acts: pocket-edges")
    studio.make("a blue house").get_by_text("Again", exact=True).click()
    expect(studio.film).to_have_count(2)
    assert [one["model"] for one in latest(server)["controls"]] == ["pocket-edges"]
    panel(studio).locator(".control-head").click()
    expect(panel(studio).locator(".control-unit")).to_be_visible()


def test_finished_pictures_go_into_the_units_one_by_one(server, studio):
    card = studio.make("a blue house")
    card.get_by_role("button", name="Control", exact=True).click()
    expect(studio.page.locator("html[data-tab=control]")).to_be_attached()
    expect_drawn(panel(studio).locator(".control-box > img").first)
    studio.film.first.click()
    studio.view.locator("[data-send=control]").click()
    expect(tabs(studio)).to_have_count(2)
    expect(tabs(studio).nth(1)).to_have_attribute("aria-selected", "true")
    panel(studio).get_by_role("button", name="Add a unit").click()
    panel(studio).get_by_role("button", name="My pictures").click()
    studio.page.locator("#control-gallery [data-image]").first.click()
    expect_drawn(panel(studio).locator(".control-box > img").first)
    expect(panel(studio).locator(".control-head")).to_contain_text("3 act")
    tabs(studio).nth(2).focus()
    studio.page.keyboard.press("ArrowLeft")
    expect(tabs(studio).nth(1)).to_be_focused()
    panel(studio).get_by_role("button", name="Remove this unit").click()
    expect(tabs(studio)).to_have_count(2)
    studio.toast("is removed").get_by_role("button").click()
    expect(tabs(studio)).to_have_count(3)


def test_unit_without_a_picture_is_refused_at_the_unit_itself(studio):
    unit = opened(studio)
    panel(studio).get_by_role("button", name="Add a unit").click()
    unit.locator("[data-unit-field=enabled] input").check()
    expect(panel(studio).locator(".control-hint")).to_be_visible()
    tabs(studio).first.click()
    studio.generate("a house")
    expect(tabs(studio).nth(1)).to_have_attribute("aria-selected", "true")
    expect(panel(studio).locator("[data-unit-field=image] .field-trouble")).to_contain_text(
        "Control unit 2 has no picture"
    )


def test_model_follows_the_preprocessor_until_the_person_has_chosen_one(studio):
    opened(studio)
    expect(select(studio, "model")).to_have_value("pocket-edges")
    select(studio, "preprocessor").select_option("scribble")
    expect(select(studio, "model")).to_have_value("pocket-scribble")
    select(studio, "model").select_option("pocket-edges")
    select(studio, "preprocessor").select_option("scribble_xdog")
    expect(select(studio, "model")).to_have_value("pocket-edges")
    missing = panel(studio).locator("details", has_text="What is missing")
    missing.locator("summary").click()
    expect(missing).to_contain_text("models/preprocessors")
    assert select(studio, "preprocessor").locator("option[value=depth]").is_disabled()


def test_unit_of_image_to_image_takes_the_picture_that_is_drawn_over(server, studio):
    studio.page.locator("#tab-image-to-image-button").click()
    panel(studio).locator(".control-head").click()
    file = {"name": "house.png", "mimeType": "image/png", "buffer": house()}
    studio.page.locator("#canvas input[type=file]").set_input_files(file)
    panel(studio).locator("[data-unit-field=enabled] input").check()
    expect_drawn(map_of(studio))
    studio.make("a blue house")
    request = latest(server)
    assert request["controls"][0]["image"] == request["init"]


def test_map_by_a_network_is_made_when_it_is_asked_for(server, open_studio):
    studio = open_studio()

    def pretend(route):
        answer = route.fetch().json()
        for one in answer["preprocessors"]:
            one["is_instant"] = False
        route.fulfill(json=answer)

    studio.page.route("**/api/v1/controls", pretend)
    studio.reload()
    opened(studio)
    select(studio, "preprocessor").select_option("outlines")
    choose_picture(studio, house())
    make = panel(studio).get_by_role("button", name="Make the map")
    expect(make).to_be_visible()
    make.click()
    assert seen_map(server, studio).shape == (128, 128, 3)
    expect(studio.card("Map of a picture", "done")).to_be_visible()
    studio.film.first.click()
    expect(studio.view.locator(".facts")).to_contain_text("Outlines")
    studio.view.get_by_role("button", name="Restore settings").click()
    expect_drawn(panel(studio).locator(".control-box > img").first)


def test_finger_draws_on_a_phone_where_everything_is_within_reach(server, open_studio):
    studio = open_studio(390, 844, has_touch=True, is_mobile=True)
    unit = opened(studio)
    unit.locator(".control-finer summary").click()
    for target in unit.locator("button:visible, select:visible, summary:visible").all():
        assert target.bounding_box()["height"] >= 44
    panel(studio).locator("[data-draw]").click()
    expect(panel(studio).locator(".canvas")).not_to_have_class(re.compile("empty"))
    stage = panel(studio).locator(".canvas-stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    touch = studio.page.context.new_cdp_session(studio.page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        at = [
            {"x": box["x"] + box["width"] * x, "y": box["y"] + box["height"] * y} for x, y in points
        ]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    send("touchStart", (0.3, 0.3))
    for step in range(10):
        send("touchMove", (0.3 + step * 0.04, 0.3))
    send("touchEnd")
    expect(panel(studio).locator(".control-head")).to_contain_text("pocket-scribble")
    studio.make("a boat on the sea")
    assert latest(server)["controls"][0]["model"] == "pocket-scribble"
    assert studio.page.evaluate("document.documentElement.scrollWidth") <= 390
