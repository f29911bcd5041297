"""What can be done with a finished picture."""

import pytest
from playwright.sync_api import expect

from tests.browser.studio_page import expect_drawn

pytestmark = pytest.mark.browser


def test_full_view_shows_the_settings_and_restores_them(studio):
    studio.number("seed").fill("77")
    studio.unfold("sampling")
    studio.choose("sampler", "Euler a")
    studio.number("steps").fill("5")
    card = studio.make("a purple balloon")
    studio.number("steps").fill("50")
    studio.number("seed").fill("1")
    studio.prompt.fill("something else")
    card.locator(".frame.done").click()
    expect_drawn(studio.view.locator("img.view-image"))
    facts = studio.view.locator(".facts")
    expect(facts).to_contain_text("a purple balloon")
    expect(facts).to_contain_text("77")
    expect(facts).to_contain_text("Euler a, Normal schedule, 5 steps, CFG scale 5")
    studio.view.get_by_role("button", name="Restore settings").click()
    expect(studio.view).to_be_hidden()
    expect(studio.prompt).to_have_value("a purple balloon")
    expect(studio.number("seed")).to_have_value("77")
    expect(studio.number("steps")).to_have_value("5")
    expect(studio.page.locator("#field-sampler input")).to_have_value("Euler a")
    expect(studio.page.locator("#fold-sampling .label-wrap")).to_contain_text("Euler a")


def test_variation_mixes_another_seed_in_and_can_be_restored(studio):
    studio.number("seed").fill("77")
    card = studio.make("a purple balloon")
    card.locator(".frame.done").click()
    expect(studio.view.locator(".facts")).not_to_contain_text("Variation")
    studio.view.get_by_role("button", name="Vary subtly").click()
    expect(studio.view).to_be_hidden()
    expect(studio.film).to_have_count(2)
    studio.film.first.click()
    facts = studio.view.locator(".facts")
    expect(facts).to_contain_text("15 % of seed")
    studio.view.get_by_role("button", name="Restore settings").click()
    header = studio.page.locator("#fold-variation .label-wrap")
    expect(header).to_contain_text("variation strength 0.15")
    expect(studio.number("seed")).to_have_value("77")


def test_full_view_zooms_and_leafs_with_the_keyboard(studio):
    studio.make("one")
    studio.make("two")
    studio.film.last.focus()
    studio.page.keyboard.press("Enter")
    expect(studio.view.locator(".facts")).to_contain_text("one")
    studio.page.keyboard.press("ArrowLeft")
    expect(studio.view.locator(".facts")).to_contain_text("two")
    studio.page.keyboard.press("+")
    expect(studio.view.locator(".view-percent")).to_have_text("150 %")
    studio.page.keyboard.press("0")
    expect(studio.view.locator(".view-percent")).to_have_text("Fit")
    studio.page.keyboard.press("Escape")
    expect(studio.view).to_be_hidden()


def test_deleted_picture_can_be_brought_back_until_it_is_gone(studio, server):
    card = studio.make("a car")
    card.get_by_role("button", name="Delete").click()
    expect(studio.film).to_have_count(0)
    studio.toast("Picture deleted").get_by_role("button", name="Undo").click()
    expect(studio.film).to_have_count(1)
    assert len(server.get("/api/v1/images")) == 1
    again = studio.card("a car", "done").get_by_role("button", name="Delete")
    with studio.page.expect_response(lambda answer: answer.request.method == "DELETE") as gone:
        again.click()
        expect(studio.film).to_have_count(0)
    assert gone.value.status == 204
    studio.reload()
    expect(studio.page.locator(".empty-tray")).to_be_visible()
    assert server.get("/api/v1/images") == []


def test_picture_is_downloaded_with_its_settings(studio):
    card = studio.make("a cat")
    with studio.page.expect_download() as download:
        card.get_by_role("link", name="Download").click()
    content = download.value.path().read_bytes()
    assert content.startswith(b"\x89PNG")
    assert b"a cat" in content


def test_again_makes_one_more_with_a_new_seed(studio, server):
    studio.number("seed").fill("5")
    card = studio.make("a tree")
    card.get_by_role("button", name="Again").click()
    expect(studio.film).to_have_count(2)
    seeds = [image["seed"] for image in server.get("/api/v1/images")]
    assert seeds[1] == 5
    assert seeds[0] != 5
