"""Takes pictures of the studio in real Chromium, to be looked at.

    python scripts/screenshots.py http://127.0.0.1:7860 /tmp/shots

The studio must be running and have a few pictures. `empty` and `failed` are shown to the page
without being true; `running` makes a real job. DARKROOM_CHROMIUM names the browser.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

SIZES = {1440: 900, 1024: 768, 390: 844}
THEMES = ("dark", "light")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_FAILURE = {
    "message": "This picture needs 2.1 GB of memory and 0.9 GB are left. Make it smaller, or wait"
    " until other jobs are finished."
}


def shoot_empty(page: Page) -> None:
    page.locator(".empty-tray").wait_for()


def shoot_finished(page: Page) -> None:
    page.locator(".card .frame.done img").first.wait_for()


def shoot_failed(page: Page) -> None:
    page.locator(".card[data-state=failed]").wait_for()


def shoot_view(page: Page) -> None:
    page.locator(".film-frame").first.click()
    page.locator("#view .facts dd").first.wait_for()


def shoot_compare(page: Page) -> None:
    shoot_view(page)
    page.locator("#view [data-compare]").click()
    page.locator("#compare .compare-before").wait_for()


def shoot_empty_canvas(page: Page) -> None:
    page.locator("#tab-inpaint-button").click()
    page.locator("#canvas .canvas.empty").wait_for()


def _sent_to(kind: str) -> Callable[[Page], None]:
    """The latest picture on the canvas of a tab."""

    def sent(page: Page) -> None:
        shoot_view(page)
        page.locator(f"#view [data-send={kind}]").click()
        page.locator("#canvas .canvas:not(.empty)").wait_for()

    return sent


def shoot_inpaint(page: Page) -> None:
    _sent_to("inpaint")(page)
    stage = page.locator("#canvas .canvas-stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.4, steps=9)
    page.mouse.up()


def shoot_outpaint(page: Page) -> None:
    _sent_to("inpaint")(page)
    page.locator("[data-way=outpaint]").click()


def shoot_empty_control(page: Page) -> None:
    page.locator("#tab-control-button").click()
    page.locator("#control .control-unit").wait_for()


def shoot_control(page: Page) -> None:
    """The latest picture with its map, and all that is folded away."""
    shoot_view(page)
    page.locator("#view [data-send=control]").click()
    page.locator("#control .control-box.map > img:not([hidden])").wait_for()
    page.locator("#control .control-finer summary").click()


def shoot_control_drawing(page: Page) -> None:
    shoot_empty_control(page)
    page.locator("#control [data-draw]").click()
    page.locator("#control .canvas:not(.empty)").wait_for()
    stage = page.locator("#control .canvas-stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box
    places = ((0.3, 0.7), (0.3, 0.4), (0.5, 0.2), (0.7, 0.4), (0.7, 0.7), (0.3, 0.7))
    at = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in places]
    page.mouse.move(*at[0])
    page.mouse.down()
    for place in at[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def shoot_control_fold(page: Page) -> None:
    shoot_control(page)
    page.locator("#tab-text-to-image-button").click()


def shoot_adapters(page: Page) -> None:
    page.locator("#adapters button").click()
    page.locator("#adapters-dialog .adapter-take").first.click()


def shoot_adapter(page: Page) -> None:
    shoot_adapters(page)
    page.locator("#adapters-dialog .adapter-about").first.click()
    page.locator("#adapters-dialog .truth").wait_for()


def shoot_truths(page: Page) -> None:
    page.locator("#field-prompt textarea").fill("a house <lora:pocket-robot:1> <lora:robot:1>")
    page.locator("#truths .truth summary").first.click()


def shoot_extensions(page: Page) -> None:
    page.locator("#tab-extensions-button").click()
    page.locator("#extensions .extension").first.wait_for()


def shoot_extension_fold(page: Page) -> None:
    page.locator("#extension-fold summary").click()
    page.locator("#extension-fold [role=switch]").first.check()


def shoot_folds(page: Page) -> None:
    for header in page.locator(".fold .label-wrap").all():
        header.click()


def shoot_running(page: Page) -> None:
    page.locator("#field-prompt textarea").fill("a red house in a field by day")
    page.locator("#fold-sampling .label-wrap").click()
    page.locator("#field-steps input[type=number]").fill("150")
    page.locator("#fold-sampling .label-wrap").click()
    page.locator("#generate").click()
    page.locator("#field-prompt textarea").fill("a yellow star on the sea at night")
    page.locator("#generate").click()
    page.locator(".card:first-child .frame.developing img").wait_for()
    page.locator(".card.behind").first.wait_for()
    page.evaluate("scrollTo(0, 0)")


STATES: dict[str, Callable[[Page], None]] = {
    "empty": shoot_empty,
    "finished": shoot_finished,
    "folds": shoot_folds,
    "running": shoot_running,
    "failed": shoot_failed,
    "view": shoot_view,
    "compare": shoot_compare,
    "empty-canvas": shoot_empty_canvas,
    "image-to-image": _sent_to("image_to_image"),
    "inpaint": shoot_inpaint,
    "outpaint": shoot_outpaint,
    "upscale": _sent_to("upscale"),
    "empty-control": shoot_empty_control,
    "control": shoot_control,
    "control-drawing": shoot_control_drawing,
    "control-fold": shoot_control_fold,
    "adapters": shoot_adapters,
    "adapter": shoot_adapter,
    "truths": shoot_truths,
    "extensions": shoot_extensions,
    "extension-fold": shoot_extension_fold,
}
WHOLE = (
    *("folds", "image-to-image", "inpaint", "outpaint", "upscale"),
    *("empty-control", "control", "control-drawing"),
    *("truths", "extensions", "extension-fold"),
)


def pretend(page: Page, state: str) -> None:
    """Show the page something that is not so."""

    def nothing(route: Route) -> None:
        route.fulfill(json=[])

    def failed(route: Route) -> None:
        jobs = route.fetch().json()
        jobs[0] |= {"state": "failed", "images": [], "error": _FAILURE}
        route.fulfill(json=jobs)

    if state == "empty":
        page.route("**/api/v1/jobs?*", nothing)
        page.route("**/api/v1/images?*", nothing)
    if state == "failed":
        page.route("**/api/v1/jobs?*", failed)


def shoot(browser: Browser, url: str, folder: Path, shot: tuple[str, str, int]) -> None:
    """One picture of one state, theme and width."""
    state, theme, width = shot
    context = browser.new_context(viewport={"width": width, "height": SIZES[width]})
    page = context.new_page()
    page.add_init_script(f"localStorage.setItem('darkroom.theme', '{theme}')")
    pretend(page, state)
    page.goto(url)
    page.locator("html[data-ready]").wait_for(state="attached")
    STATES[state](page)
    page.wait_for_timeout(800)  # until nothing moves any more
    page.screenshot(path=folder / f"{state}-{width}-{theme}.png", full_page=state in WHOLE)
    if state == "running":
        for stop in page.locator(".card button.stop, .card[data-state=queued] button").all():
            stop.click()
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--states", nargs="*", choices=STATES, default=list(STATES))
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        path = os.environ.get("DARKROOM_CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        for state in asked.states:
            for theme in THEMES:
                for width in SIZES:
                    shoot(browser, asked.url, asked.folder, (state, theme, width))
        browser.close()


if __name__ == "__main__":
    main()
