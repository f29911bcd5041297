"""The grid tab: costs before the start, the sheet, and the tray that comes along."""

import pytest
from playwright.sync_api import expect

from tests.browser.studio_page import expect_drawn

pytestmark = pytest.mark.browser


def open_grid(studio):
    studio.prompt.fill("a red house")
    studio.page.get_by_role("tab", name="Grid").click()


def choose(studio, side, label):
    studio.page.locator(f"#axis-{side}-field input").click()
    studio.page.locator(f"#axis-{side}-field [role=option][aria-label='{label}']").click()


def fill(studio, side, values):
    studio.page.locator(f"#axis-{side}-values textarea").fill(values)


def test_a_grid_tells_its_cost_is_made_and_shows_its_sheet(studio):
    open_grid(studio)
    cost = studio.page.locator("#grid-cost")
    expect(cost).to_contain_text("Choose what X changes")
    fill(studio, "x", "2-4")
    choose(studio, "y", "Words of the prompt (search and replace)")
    fill(studio, "y", "red, blue")
    expect(cost).to_contain_text("6 pictures, 18 steps in all")
    expect(cost).to_contain_text("a red house")
    studio.page.locator("#make-grid").click()
    card = studio.card("a red house", "done")
    expect_drawn(card.locator(".frame.done img"))
    expect(card.locator(".frame.done")).to_have_count(1)
    expect(studio.film).to_have_count(7)


def test_a_value_that_means_nothing_is_told_before_the_start(studio):
    open_grid(studio)
    fill(studio, "x", "many")
    expect(studio.page.locator("#grid-cost .bad")).to_contain_text('"1-10 [5]"')


def test_the_keyboard_makes_the_grid_and_a_cell_restores_its_own_settings(studio):
    studio.number("seed").fill("9")
    open_grid(studio)
    fill(studio, "x", "2, 3")
    expect(studio.page.locator("#grid-cost")).to_contain_text("2 pictures")
    studio.page.keyboard.press("Control+Enter")
    expect(studio.film).to_have_count(3)
    studio.film.nth(1).click()  # the latest is the sheet, then comes the last cell
    expect(studio.view.locator(".facts")).to_contain_text("3 steps")
    studio.view.get_by_role("button", name="Restore settings").click()
    studio.page.get_by_role("tab", name="Text to image").click()
    studio.unfold("sampling")
    expect(studio.number("steps")).to_have_value("3")
    expect(studio.number("seed")).to_have_value("9")


def test_the_tray_follows_from_tab_to_tab(studio):
    studio.make("a yellow star")
    studio.page.get_by_role("tab", name="Grid").click()
    expect(studio.page.locator("#grid-tray #tray .card")).to_be_visible()
    studio.page.get_by_role("tab", name="Text to image").click()
    expect(studio.page.locator("#tray-column #tray .card")).to_be_visible()
