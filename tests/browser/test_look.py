"""The page on small screens, in both themes, and after the studio went away."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_phone_shows_the_tray_first_and_generate_always(open_studio):
    studio = open_studio(390, 844, has_touch=True)
    assert fits(studio.page)
    studio.make("a house")
    assert fits(studio.page)
    tray = studio.page.locator("#tray").bounding_box()
    assert tray["y"] < studio.prompt.bounding_box()["y"]
    for place in ("0", "document.body.scrollHeight"):
        studio.page.evaluate(f"scrollTo(0, {place})")
        expect(studio.page.locator("#generate")).to_be_in_viewport(ratio=1)
    studio.page.locator(".frame.done").first.click()
    expect(studio.view.locator(".facts")).to_contain_text("a house")
    assert fits(studio.page)


@pytest.mark.parametrize("width", [760, 1024, 1440])
def test_nothing_is_wider_than_the_window(open_studio, width):
    studio = open_studio(width, 800)
    for fold in ("sampling", "variation", "batches", "running"):
        studio.unfold(fold)
    assert fits(studio.page)


def test_page_is_dark_at_first_and_light_when_asked(studio):
    html = studio.page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    assert _brightness(studio.page) < 40
    studio.page.get_by_role("button", name="Switch to the light theme").click()
    expect(html).to_have_attribute("data-theme", "light")
    assert _brightness(studio.page) > 220
    studio.reload()
    expect(html).to_have_attribute("data-theme", "light")
    studio.page.get_by_role("button", name="Switch to the dark theme").click()
    expect(html).to_have_attribute("data-theme", "dark")


def _brightness(page):
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in colour.strip("rgb()").split(",")) / 3
