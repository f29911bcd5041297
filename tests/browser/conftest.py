"""The studio in real Chromium: a server process with the shipped model, and an empty profile.

The browser is the one that DARKROOM_CHROMIUM names, else Debian's.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.studio_page import StudioPage

HOUSE = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
"""Seconds for anything; machines that share their cores are slow at times."""

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Server:
    """A running studio. `clear` leaves it without jobs that run and without pictures."""

    url: str
    process: subprocess.Popen[bytes]
    models: Path

    def get(self, path: str):
        return httpx.get(self.url + path, timeout=PATIENCE).json()

    def clear(self) -> None:
        for job in self.get("/api/v1/jobs"):
            if job["state"] in ("queued", "running"):
                httpx.delete(f"{self.url}/api/v1/jobs/{job['id']}", timeout=PATIENCE)
        while images := self.get("/api/v1/images"):
            for image in images:
                httpx.delete(f"{self.url}/api/v1/images/{image['id']}", timeout=PATIENCE)


_CARDS = {
    "pocket": ("Pocket", ("dpmpp_2m", "karras", 20, 5.0, 128, 128)),
    "wide": ("Wide", ("euler", "normal", 9, 3.0, 192, 96)),
}


def _models(folder: Path) -> Path:
    """The shipped model twice: the second one says that it draws best with other settings."""
    names = ("sampler", "schedule", "steps", "cfg_scale", "width", "height")
    for name, (title, defaults) in _CARDS.items():
        shutil.copytree(HOUSE / "models/pocket", folder / name)
        card = {"title": title, "defaults": dict(zip(names, defaults, strict=True))}
        (folder / name / "darkroom.json").write_text(json.dumps(card), "utf-8")
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# Playwright keeps an event loop running in this thread: both end with this folder, before tests
# of other rooms want a loop of their own.


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    models, outputs = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("outputs")
    port = _free_port()
    command = [sys.executable, "-m", "webui", "serve", "--port", str(port)]
    command += ["--models", str(_models(models)), "--outputs", str(outputs)]
    process = subprocess.Popen(command, cwd=HOUSE)
    server = Server(f"http://127.0.0.1:{port}", process, models)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait_until_ready(server: Server) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert server.process.poll() is None, "the server ended by itself"
        try:
            if server.get("/healthz")["state"] == "ready":
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)  # between two questions to another process
    raise AssertionError("the server did not get ready")


def _chromium() -> str | None:
    named = os.environ.get("DARKROOM_CHROMIUM")
    return named or next((path for path in ("/usr/bin/chromium",) if Path(path).exists()), None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = _chromium()
    if path is None:
        pytest.skip("no Chromium: set DARKROOM_CHROMIUM to its path, or install Debian's chromium")
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


_LAST_WORDS = (
    "AbortError: signal is aborted without reason",
    "Unexpected error Connection errored",
)
"""Gradio's client ends its own streams before a page unloads, and may say so in the console."""


@dataclass(frozen=True)
class Complaints:
    """What a page did that it must never do."""

    found: list[str]

    def watch(self, page: Page, url: str) -> None:
        page.on("console", lambda message: self.found.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.found.append(f"fault: {error}"))
        page.on("request", lambda asked: self._check_host(asked.url, url))
        page.on("response", lambda answer: self._check_status(answer.status, answer.url))

    @contextmanager
    def forgiving_last_words(self) -> Iterator[None]:
        """While a page leaves (a reload, a closed window): nothing else is forgiven."""
        before = len(self.found)
        yield
        left = [found for found in self.found[before:] if not _is_last_word(found)]
        self.found[before:] = left

    def _check_host(self, asked: str, url: str) -> None:
        if not asked.startswith((url, "data:", "blob:")):
            self.found.append(f"request to another host: {asked}")

    def _check_status(self, status: int, url: str) -> None:
        if status >= 400:
            self.found.append(f"{status} {url}")


def _is_last_word(found: str) -> bool:
    return found.removeprefix("console: ").startswith(_LAST_WORDS)


@pytest.fixture
def open_studio(server: Server, browser: Browser) -> Iterator[object]:
    """Open the studio in a fresh profile; afterwards its console must have been silent."""
    server.clear()
    complaints = Complaints([])
    contexts = []

    def open_page(width: int = 1440, height: int = 900, **options: object) -> StudioPage:
        viewport = {"width": width, "height": height}
        context = browser.new_context(viewport=viewport, accept_downloads=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        complaints.watch(page, server.url)
        studio = StudioPage(page, server.url, complaints.forgiving_last_words)
        studio.open()
        return studio

    yield open_page
    with complaints.forgiving_last_words():
        for context in contexts:
            context.close()
    server.clear()
    assert complaints.found == []


@pytest.fixture
def studio(open_studio) -> StudioPage:
    return open_studio()
