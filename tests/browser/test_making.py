"""Making pictures: from the prompt to the picture, stopping, and coming back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.studio_page import expect_drawn

pytestmark = pytest.mark.browser


def test_prompt_becomes_preview_and_picture_also_across_a_reload(studio):
    studio.set_long_job()
    studio.generate("a red house in a field by day")
    running = studio.card("a red house", "running")
    expect_drawn(running.locator(".frame.developing img"))
    expect(running.locator(".card-state")).to_have_text(re.compile(r"Step \d+ of 450"))
    expect(running.locator(".card-times")).to_have_text(
        re.compile(r"elapsed · about \d+:\d\d left")
    )
    expect(studio.page.locator("#queue-chip")).to_have_text(re.compile(r"1 yours · next in \d+:"))
    preview = running.locator("[data-preview='0'] img")
    first = preview.get_attribute("src")
    expect(preview).not_to_have_attribute("src", first)

    studio.reload()

    expect(studio.prompt).to_have_value("a red house in a field by day")
    expect_drawn(running.locator(".frame.developing img"))
    done = studio.card("a red house", "done")
    expect(done.locator(".frame.done img")).to_have_count(3)
    expect_drawn(done.locator(".frame.done img").first)
    expect(studio.film).to_have_count(3)
    studio.reload()
    expect(done.locator(".frame.done img")).to_have_count(3)


def test_finished_picture_shows_while_the_next_is_made(studio):
    studio.set_long_job()
    studio.number("steps").fill("60")
    studio.generate("a white boat")
    running = studio.card("a white boat", "running")
    first = running.locator(".frame.done img").first
    expect_drawn(first)
    expect_drawn(running.locator(".frame.developing[data-preview='1'] img"))
    expect(first).to_have_attribute("src", re.compile(r"^/api/v1/images/"))
    studio.page.keyboard.press("Escape")
    kept = studio.card("a white boat", "cancelled")
    expect(kept).to_contain_text("what was finished is kept")
    expect_drawn(kept.locator(".frame.done img").first)


def test_control_enter_generates_and_escape_stops(studio):
    studio.set_long_job()
    studio.prompt.fill("a blue boat")
    studio.prompt.press("Control+Enter")
    expect(studio.card("a blue boat", "running")).to_be_visible()
    studio.page.keyboard.press("Escape")
    expect(studio.toast("Stopped")).to_be_visible()
    expect(studio.card("a blue boat", "running")).to_have_count(0)
    expect(studio.page.locator("#queue-chip")).to_have_text("Queue empty")
    expect(studio.prompt).to_have_value("a blue boat")


def test_every_job_has_its_card_and_stop_ends_only_one(studio):
    studio.set_long_job()
    studio.generate("first job")
    expect(studio.card("first job", "running")).to_be_visible()
    studio.generate("second job")
    second = studio.page.locator(".card:is([data-state=queued], [data-state=running])")
    expect(second).to_have_count(2)
    studio.card("first job", "running").get_by_role("button", name="Stop").click()
    expect(studio.card("first job", "running")).to_have_count(0)
    expect(studio.card("second job", "running")).to_be_visible()
    studio.page.locator("#stop").click()
    expect(studio.card("second job", "running")).to_have_count(0)


def test_bad_value_is_said_at_its_field_and_nothing_is_lost(studio):
    header = studio.unfold("sampling")
    studio.prompt.fill("a cat")
    studio.number("steps").fill("500")
    expect(header).to_contain_text("steps 500")
    studio.number("steps").press("Control+Enter")
    trouble = studio.page.locator("#field-steps .field-trouble")
    expect(trouble).to_have_text("Steps must be a whole number from 1 to 150; you gave 500.")
    expect(studio.prompt).to_have_value("a cat")
    expect(studio.page.locator(".card", has_text="a cat")).to_have_count(0)
    studio.number("steps").fill("4")
    studio.number("width").fill("100")
    studio.generate()
    expect(trouble).to_have_count(0)
    expect(studio.page.locator("#field-width")).to_contain_text("a multiple of 8; you gave 100.")
    studio.number("width").fill("128")
    studio.make("a cat")
    expect(studio.page.locator(".field-trouble")).to_have_count(0)


def test_trouble_brings_the_person_to_its_field(studio):
    studio.number("width").fill("100")
    studio.generate("a cat")
    expect(studio.page.locator("#field-width .field-trouble")).to_be_visible()
    expect(studio.number("width")).to_be_focused()


def test_trouble_does_not_tear_a_person_from_another_field(studio):
    studio.number("width").fill("100")
    studio.generate("a cat")
    studio.number("height").focus()
    expect(studio.page.locator("#field-width .field-trouble")).to_be_visible()
    studio.page.evaluate("new Promise((later) => setTimeout(later, 100))")
    expect(studio.number("height")).to_be_focused()


def test_empty_tray_offers_a_first_prompt(studio):
    idea = studio.page.locator(".empty-tray .idea").first
    words = idea.inner_text()
    idea.click()
    expect(studio.prompt).to_have_value(words)
    expect(studio.prompt).to_be_focused()
    studio.make(words)
    expect(studio.page.locator(".empty-tray")).to_be_hidden()


def test_failed_job_says_why_and_can_be_dismissed(studio):
    studio.generate("a star")
    expect(studio.card("a star", "done")).to_be_visible()

    def fail(route):
        jobs = route.fetch().json()
        jobs[0] |= {"state": "failed", "images": [], "error": {"message": "No memory is left."}}
        route.fulfill(json=jobs)

    studio.page.route("**/api/v1/jobs?limit=*", fail)
    studio.reload()
    card = studio.card("a star", "failed")
    expect(card).to_contain_text("No memory is left.")
    card.get_by_role("button", name="Dismiss").click()
    expect(card).to_have_count(0)
