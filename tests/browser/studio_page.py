"""The page as a person uses it: the words of the tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from playwright.sync_api import Locator, Page, expect


class StudioPage:
    """One open page."""

    def __init__(
        self, page: Page, url: str, leaving: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self.page = page
        self._url = url
        self._leaving = leaving

    def open(self) -> None:
        self.page.goto(self._url)
        self.wait_until_ready()

    def reload(self) -> None:
        with self._leaving():
            self.page.reload()
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """The form is filled and the tray knows what there is."""
        expect(self.page.locator("html[data-ready]")).to_be_attached()
        expect(self.page.locator("#tray .opening")).to_have_count(0)

    # --- the form ---

    @property
    def prompt(self) -> Locator:
        return self.page.locator("#field-prompt textarea")

    def number(self, name: str) -> Locator:
        return self.page.locator(f"#field-{name} input[type=number]")

    def unfold(self, fold: str) -> Locator:
        """Open a fold and give its header."""
        header = self.page.locator(f"#fold-{fold} .label-wrap")
        if "open" not in (header.get_attribute("class") or "").split():
            header.click()
        return header

    def choose(self, field: str, label: str) -> None:
        self.page.locator(f"#field-{field} input").click()
        self.page.locator(f"#field-{field} [role=option][aria-label='{label}']").click()

    def set_long_job(self) -> None:
        """So much work that there is time to look at it."""
        self.unfold("sampling")
        self.number("steps").fill("150")
        self.unfold("batches")
        self.number("batch-count").fill("3")

    def generate(self, prompt: str | None = None) -> None:
        if prompt is not None:
            self.prompt.fill(prompt)
        self.page.locator("#generate").click()

    def kept_form(self) -> dict[str, Any]:
        return json.loads(self.page.evaluate("localStorage.getItem('darkroom.form')") or "{}")

    # --- the tray ---

    def card(self, prompt: str, state: str) -> Locator:
        return self.page.locator(f".card[data-state={state}]", has_text=prompt)

    @property
    def film(self) -> Locator:
        return self.page.locator(".film-frame")

    @property
    def view(self) -> Locator:
        return self.page.locator("dialog#view")

    def make(self, prompt: str) -> Locator:
        """Make a picture and wait for it."""
        self.generate(prompt)
        card = self.card(prompt, "done")
        expect_drawn(card.locator(".frame.done img"))
        return card

    def toast(self, text: str) -> Locator:
        return self.page.locator(".toast", has_text=text)


def expect_drawn(image: Locator) -> None:
    """The picture is there and the browser could decode it."""
    expect(image).to_be_visible()
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate(_DECODED) > 0


_DECODED = """async (img) => {
  for (;;) {
    const source = img.src;
    try {
      await img.decode();
      return img.naturalWidth;
    } catch (error) {
      if (img.src === source) throw error;  // else the next preview came meanwhile
    }
  }
}"""
