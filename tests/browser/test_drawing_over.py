"""Pictures drawn over, in real Chromium: the canvas, its tabs, comparing, and finding it again."""

from __future__ import annotations

import io
import re

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, expect

from tests.browser.studio_page import StudioPage, expect_drawn

pytestmark = pytest.mark.browser


def scene(size: tuple[int, int] = (128, 128)) -> bytes:
    """A plain landscape as a PNG file."""
    picture = Image.new("RGB", size, (110, 170, 240))
    ImageDraw.Draw(picture).rectangle((0, size[1] // 2, *size), fill=(80, 160, 60))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def opened(studio: StudioPage, kind: str) -> None:
    studio.page.locator(f"#tab-{kind}-button").click()
    expect(studio.page.locator("#canvas")).to_be_visible()


def choose_picture(studio: StudioPage, data: bytes, name: str = "scene.png") -> Locator:
    """Put a file on the canvas as a person does, and give the place where one paints."""
    file = {"name": name, "mimeType": "image/png", "buffer": data}
    studio.page.locator("#canvas input[type=file]").set_input_files(file)
    return on_canvas(studio)


def on_canvas(studio: StudioPage) -> Locator:
    expect(studio.page.locator("#canvas .canvas")).not_to_have_class(re.compile("empty"))
    return studio.page.locator("#canvas .canvas-stage")


def status(studio: StudioPage) -> Locator:
    return studio.page.locator("#canvas .canvas")


def pixels(server, image: dict) -> np.ndarray:
    file = httpx.get(server.url + image["url"], timeout=60).content
    return np.array(Image.open(io.BytesIO(file)).convert("RGB"))


def paint(studio: StudioPage, stage: Locator) -> None:
    """A stroke over the sky with the mouse."""
    box = stage.bounding_box()
    mouse = studio.page.mouse
    mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.25)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.3, steps=8)
    mouse.up()


def newest(server) -> dict:
    return server.get("/api/v1/images")[0]


def test_painted_part_alone_is_drawn_anew_compared_enlarged_and_found_again(server, studio):
    opened(studio, "inpaint")
    stage = choose_picture(studio, scene())
    paint(studio, stage)
    expect(status(studio)).to_contain_text("will be drawn anew")
    studio.page.locator("#canvas [data-act=undo]").click()
    expect(status(studio)).not_to_contain_text("will be drawn anew")
    studio.page.locator("#canvas [data-act=redo]").click()
    studio.page.locator("#canvas [data-act=zoomIn]").click()
    studio.page.locator("#canvas [data-act=fit]").click()
    card = studio.make("a red star")
    job = server.get("/api/v1/jobs")[0]
    (image,) = job["images"]
    before = np.array(Image.open(io.BytesIO(scene())))
    changed = (pixels(server, image) != before).any(axis=2)
    assert changed[:64].any()
    assert not changed[80:].any()
    assert not changed[:, :20].any()

    card.locator(".frame.done").click()
    studio.view.locator("[data-compare]").click()
    slider = studio.page.locator("#compare input[type=range]")
    slider.fill("20")
    clip = "getComputedStyle(document.querySelector('.compare-after')).clipPath"
    assert "20%" in studio.page.evaluate(clip)
    expect_drawn(studio.page.locator("#compare .compare-before"))
    studio.page.locator("#compare [data-icon=close]").click()

    studio.view.locator("[data-send=upscale]").click()
    on_canvas(studio)
    studio.choose("upscaler", "pocket-x2")
    studio.page.locator("#generate").click()
    enlarged = studio.card("pocket-x2", "done")
    expect_drawn(enlarged.locator(".frame.done img"))
    assert newest(server)["width"] == 256

    studio.reload()
    opened(studio, "upscale")
    on_canvas(studio)
    expect(studio.film).to_have_count(2)
    studio.film.first.click()
    expect(studio.view.locator(".lineage [data-image]")).to_have_count(1)
    studio.view.locator(".lineage [data-image]").click()
    expect(studio.view.locator(".facts")).to_contain_text("Inpaint")
    expect(studio.view.locator(".lineage")).to_contain_text("mask")


def test_mask_and_picture_are_there_after_a_reload_and_by_restoring(server, studio):
    opened(studio, "inpaint")
    paint(studio, choose_picture(studio, scene()))
    studio.make("a yellow star")
    studio.reload()
    opened(studio, "inpaint")
    on_canvas(studio)
    expect(status(studio)).to_contain_text("will be drawn anew")
    studio.page.locator("#canvas [data-act=clear]").click()
    expect(status(studio)).not_to_contain_text("will be drawn anew")
    studio.page.locator("#tab-text-to-image-button").click()
    studio.card("a yellow star", "done").get_by_text("Restore settings").click()
    expect(studio.page.locator("html[data-kind=inpaint]")).to_be_attached()
    expect(status(studio)).to_contain_text("will be drawn anew")
    assert studio.prompt.input_value() == "a yellow star"


def test_finger_paints_on_a_phone(server, open_studio):
    studio = open_studio(390, 844, has_touch=True, is_mobile=True)
    opened(studio, "inpaint")
    stage = choose_picture(studio, scene())
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    touch = studio.page.context.new_cdp_session(studio.page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        at = [
            {"x": box["x"] + box["width"] * x, "y": box["y"] + box["height"] * y, "id": number}
            for number, (x, y) in enumerate(points)
        ]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    send("touchStart", (0.3, 0.3))
    for step in range(10):
        send("touchMove", (0.3 + step * 0.04, 0.3))
    send("touchEnd")
    expect(status(studio)).to_contain_text("will be drawn anew")
    share = studio.page.locator("#canvas .canvas").inner_text()
    send("touchStart", (0.4, 0.5))
    send("touchStart", (0.4, 0.5), (0.6, 0.5))
    send("touchMove", (0.2, 0.5), (0.8, 0.5))
    send("touchEnd")
    assert re.findall(r"(\d+) % will", share) == re.findall(
        r"(\d+) % will", studio.page.locator("#canvas .canvas").inner_text()
    )
    studio.make("a red star")
    changed = (pixels(server, newest(server)) != np.array(Image.open(io.BytesIO(scene())))).any(2)
    assert changed.any()
    assert not changed[80:].any()
    width = studio.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_canvas_grows_to_a_ratio_and_keeps_the_picture(server, studio):
    opened(studio, "inpaint")
    choose_picture(studio, scene())
    studio.page.locator("[data-way=outpaint]").click()
    studio.generate("a meadow by day")
    expect(studio.page.locator(".field-trouble, #notice .bad")).to_contain_text("nothing to draw")
    studio.page.locator("#outpaint-ratios button", has_text="16:9").click()
    studio.make("a meadow by day")
    image = newest(server)
    assert (image["width"], image["height"]) == (228, 128)
    kept = pixels(server, image)[:, 50 + 16 : 178 - 16]
    assert np.array_equal(kept, np.array(Image.open(io.BytesIO(scene())))[:, 16:112])


def test_several_pictures_are_drawn_over_each_by_itself(server, studio):
    opened(studio, "image-to-image")
    choose_picture(studio, scene())
    more = [
        {"name": f"{size}.png", "mimeType": "image/png", "buffer": scene((size, 64))}
        for size in (64, 96)
    ]
    studio.page.locator("#other-pictures input[type=file]").first.set_input_files(more)
    expect(studio.page.locator("#other-pictures li")).to_have_count(2)
    studio.page.locator("#other-pictures li button").first.click()
    expect(studio.page.locator("#other-pictures li")).to_have_count(1)
    studio.generate("a blue house")
    expect(studio.card("a blue house", "done")).to_be_visible()
    sizes = {(one["width"], one["height"]) for one in server.get("/api/v1/images")}
    assert sizes == {(128, 128), (96, 64)}


def test_sketch_is_part_of_what_is_drawn_over(server, studio):
    opened(studio, "image-to-image")
    stage = choose_picture(studio, scene())
    paint(studio, stage)
    studio.page.locator("#field-strength input[type=number]").fill("0")
    studio.make("a sketch")
    changed = (pixels(server, newest(server)) != np.array(Image.open(io.BytesIO(scene())))).any(2)
    assert changed[:64].any()
    assert not changed[70:].any()


def test_generate_without_a_picture_says_what_is_missing(studio):
    opened(studio, "image-to-image")
    studio.generate("a house")
    expect(studio.page.locator("#notice")).to_contain_text("Choose a picture first")


def test_picture_much_larger_than_the_checkpoint_draws_is_not_drawn_whole(server, studio):
    opened(studio, "image-to-image")
    choose_picture(studio, scene((640, 480)))
    expect(studio.toast("640 × 480")).to_be_visible()
    studio.make("a meadow")
    image = newest(server)
    assert image["width"] * image["height"] < 2 * 128 * 128
    assert image["width"] > image["height"]


def test_finished_picture_is_drawn_over_at_twice_its_size(server, studio):
    card = studio.make("a green tree")
    card.locator(".frame.done").click()
    studio.view.get_by_text("Hires").click()
    expect(studio.film).to_have_count(2)
    image = newest(server)
    assert (image["width"], image["height"]) == (256, 256)
    lineage = server.get(f"/api/v1/images/{image['id']}/lineage")
    assert [one["role"] for one in lineage["parents"]] == ["origin"]


def test_form_follows_the_kind_of_the_tab(studio):
    opened(studio, "upscale")
    expect(studio.prompt).to_be_hidden()
    expect(studio.page.locator("#field-scale")).to_be_visible()
    opened(studio, "inpaint")
    expect(studio.prompt).to_be_visible()
    expect(studio.page.locator("#field-area")).to_be_visible()
    expect(studio.page.locator("#size")).to_be_hidden()
    studio.page.locator("#intent-remove").click()
    expect(studio.page.locator("#field-inpaint-strength input[type=number]")).to_have_value("0.4")
    studio.page.locator("#tab-text-to-image-button").click()
    expect(studio.page.locator("#size")).to_be_visible()
    expect(studio.page.locator("#field-area")).to_be_hidden()


def test_inpainting_keeps_the_size_of_a_picture_that_another_tab_would_cut(server, studio):
    opened(studio, "image-to-image")
    choose_picture(studio, scene((400, 300)))
    expect(studio.toast("400 × 300")).to_be_visible()
    opened(studio, "inpaint")
    paint(studio, on_canvas(studio))
    studio.make("a red star")
    assert (newest(server)["width"], newest(server)["height"]) == (400, 300)


def test_mask_outlives_two_reloads_and_a_look_at_another_tab(studio):
    opened(studio, "inpaint")
    paint(studio, choose_picture(studio, scene()))
    expect(status(studio)).to_contain_text("will be drawn anew")
    studio.page.wait_for_function("JSON.parse(localStorage['darkroom.source']).mask")
    for _ in range(2):
        studio.reload()
        expect(studio.page.locator("html[data-kind=inpaint]")).to_be_attached()
        on_canvas(studio)
        opened(studio, "image-to-image")
        opened(studio, "inpaint")
        expect(status(studio)).to_contain_text("will be drawn anew")


def test_restoring_an_enlarged_picture_leaves_words_and_seed_alone(studio):
    studio.prompt.fill("a green tree")
    opened(studio, "upscale")
    choose_picture(studio, scene())
    studio.page.locator("#field-scale input[type=number]").fill("3")
    studio.page.locator("#generate").click()
    card = studio.card("lanczos", "done")
    expect_drawn(card.locator(".frame.done img"))
    studio.page.locator("#field-scale input[type=number]").fill("2")
    card.get_by_text("Restore settings").click()
    expect(studio.page.locator("#field-scale input[type=number]")).to_have_value("3")
    studio.page.locator("#tab-text-to-image-button").click()
    expect(studio.prompt).to_have_value("a green tree")
    expect(studio.number("seed")).to_have_value("-1")
