"""Settings of others: pasted, dropped, and pictures that are made again."""

import base64

import pytest
from playwright.sync_api import expect

from tests.browser.studio_page import expect_drawn

pytestmark = pytest.mark.browser

CIVITAI = """a lighthouse, <lora:detail:0.6>
Negative prompt: blurry
Steps: 12, Sampler: DPM++ 2M Karras, CFG scale: 4.5, Seed: 77, Size: 128x96, Clip skip: 2, \
Model hash: 0123456789, Model: dreamer, Hires upscale: 2, Version: v1.9.4"""

_DROP = """([name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  document.body.dispatchEvent(
    new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""
_PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.body.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def drop(studio, name, kind, data):
    studio.page.evaluate(_DROP, [name, kind, base64.b64encode(data).decode()])


def test_a_pasted_civitai_text_fills_the_form_and_lists_what_is_missing(studio):
    studio.page.evaluate(_PASTE, CIVITAI)
    found = studio.page.locator("dialog#found")
    expect(found).to_contain_text("LoRA detail")
    expect(found).to_contain_text("Checkpoint dreamer")
    expect(found).to_contain_text("Enlarge by")
    found.get_by_role("button", name="Use these settings").click()
    expect(found).to_be_hidden()
    expect(studio.prompt).to_have_value("a lighthouse, <lora:detail:0.6>")
    expect(studio.number("seed")).to_have_value("77")
    expect(studio.number("height")).to_have_value("96")
    expect(studio.number("steps")).to_have_value("12")
    expect(studio.page.locator("#fold-reading .label-wrap")).to_contain_text("clip skip 2")


def test_ordinary_words_are_pasted_as_ever(studio):
    studio.prompt.focus()
    studio.page.evaluate(_PASTE, "a red house")
    expect(studio.page.locator("dialog#found[open]")).to_have_count(0)


def test_a_dropped_picture_of_ours_is_used_and_made_again(studio, server):
    studio.number("seed").fill("21")
    studio.unfold("sampling")
    studio.number("steps").fill("3")
    card = studio.make("a blue boat")
    expect_drawn(card.locator(".frame.done img"))
    image = server.get("/api/v1/images")[0]
    data = studio.page.request.get(f"{server.url}/api/v1/images/{image['id']}").body()
    studio.prompt.fill("something else")
    drop(studio, "boat.png", "image/png", data)
    found = studio.page.locator("dialog#found")
    expect(found).to_contain_text("Darkroom")
    found.get_by_role("button", name="Make it again").click()
    said = studio.page.locator(".card-message", has_text="Equal: all 16,384 pixels are the same.")
    expect(said).to_be_visible()
    drop(studio, "boat.png", "image/png", data)
    found.get_by_role("button", name="Use these settings").click()
    expect(studio.prompt).to_have_value("a blue boat")


def test_the_full_view_makes_a_picture_again(studio):
    studio.unfold("sampling")
    studio.number("steps").fill("3")
    card = studio.make("a green tree")
    card.locator(".frame.done").click()
    studio.view.get_by_role("button", name="Make it again").click()
    expect(studio.page.locator(".card-message", has_text="Equal")).to_be_visible()


def test_a_file_that_is_no_picture_says_so(studio):
    drop(studio, "notes.pdf", "application/pdf", b"%PDF-1.4 nothing")
    expect(studio.page.locator(".toast.bad")).to_be_visible()
