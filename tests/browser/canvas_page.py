"""A page with nothing but the picture canvas, and the words of its tests.

The page loads the studio's own files under a content policy as strict as the studio's, or more.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from webui import ui
from webui.ui.canvas_texts import CANVAS

_STATIC = Path(ui.__file__).parent / "static"
_POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'"
_STYLES = "".join(
    f'<link rel="stylesheet" href="/studio/{name}.css">'
    for name in ("tokens", "toasts", "frame", "canvas", "canvas_bar")
)
_HTML = f"""<!doctype html>
<html lang="en" data-theme="dark"><head><meta charset="utf-8"><title>Canvas</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">{_STYLES}<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script></head>
<body><textarea id="field" aria-label="Prompt"></textarea><main id="place" class="host"></main>
<div id="below"></div></body></html>"""
# What Gradio sets on all that lies in it comes after our styles.
_CSS = """:root { --font: system-ui, sans-serif }
body { margin: 0; padding: 8px } #place { max-width: 960px } #below { height: 2000px }
.host, .host * { box-sizing: border-box; border-style: solid; border-width: 0 }
.host :is(button, input) { margin: 0; padding: 0; background-color: transparent }"""
_JS = """import { PictureCanvas } from "/studio/canvas.js";
const asked = new URLSearchParams(location.search);
document.documentElement.dataset.theme = asked.get("theme") ?? "dark";
window.told = { changes: 0, pictures: [] };
window.canvas = new PictureCanvas(document.getElementById("place"), {
  mask: asked.get("mask") !== "no",
  sketch: asked.get("sketch") === "yes",
  onChange: () => told.changes++,
  onPicture: (blob) => told.pictures.push(blob),
});
window.blobOf = (data) =>
  new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: "image/png" });
window.dataOf = (blob) => blob && new Promise((resolve) => {
  const reader = Object.assign(new FileReader(), { onload: () => resolve(reader.result) });
  reader.readAsDataURL(blob);
});
const frame = () => new Promise(requestAnimationFrame);
window.drawn = () => frame().then(frame);
"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body, kind = _answer(self.path.split("?")[0])
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", _POLICY)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:
        pass


def _answer(path: str) -> tuple[bytes | None, str]:
    own = {"/": (_HTML, "text/html"), "/page.css": (_CSS, "text/css")}
    own["/page.js"] = (_JS, "text/javascript")
    own["/studio/words.js"] = (f"export const words = {json.dumps(CANVAS)};", "text/javascript")
    if path in own:
        return own[path][0].encode(), own[path][1]
    file = _STATIC / Path(path).name
    kind = "text/css" if file.suffix == ".css" else "text/javascript"
    return file.read_bytes() if file.is_file() else None, kind


@contextmanager
def serving() -> Iterator[str]:
    """Serve the page; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def png(pixels: np.ndarray) -> bytes:
    """A PNG file of uint8 pixels, (height, width), (height, width, 3) or (height, width, 4)."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def grey(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


class CanvasPage:
    """One open page with a canvas."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stage = page.locator(".canvas-stage")
        self._box = (0.0, 0.0, 1.0)

    def load(self, pixels: np.ndarray, **options: object) -> bool:
        """Load a picture and see where it came to lie."""
        return self.load_file(png(pixels), pixels.shape[1], **options)

    def load_file(self, data: bytes, width: int, **options: object) -> bool:
        call = "([data, options]) => canvas.load(blobOf(data), options)"
        done = self.page.evaluate(call, [_text(data), options])
        if done:
            self.look(width)
        return done

    def look(self, width: int) -> None:
        """Find the picture (not black anywhere, and all in sight) on the dark stage by its dots."""
        dots = self.dots()
        ground = dots[2, 2].astype(int)
        rows, columns = np.nonzero(np.abs(dots.astype(int) - ground).max(axis=2) > 12)
        stage = self.stage.bounding_box()
        assert stage is not None
        ratio = dots.shape[1] / stage["width"]
        wide = (columns.max() + 1 - columns.min()) / ratio
        left, top = stage["x"] + columns.min() / ratio, stage["y"] + rows.min() / ratio
        self._box = (left, top, wide / width)

    def dots(self) -> np.ndarray:
        """What is seen of the stage, (height, width, 3) dots of the screen; the pointer is away."""
        self.page.mouse.move(2, 2)
        self.page.evaluate("drawn()")
        shot = Image.open(io.BytesIO(self.stage.screenshot()))
        return np.asarray(shot.convert("RGB"))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where the middle of a pixel of the picture is in the window."""
        left, top, scale = self._box
        return left + (x + 0.5) * scale, top + (y + 0.5) * scale

    def size(self, pixels: int) -> None:
        """Set the size of the brush, up to 20."""
        self.page.get_by_label("Brush size").fill(str(pixels - 1))

    def dab(self, x: float, y: float, button: str = "left") -> None:
        self.page.mouse.click(*self.at(x, y), button=button)

    def drag(self, *points: tuple[float, float], button: str = "left") -> None:
        self.page.mouse.move(*self.at(*points[0]))
        self.page.mouse.down(button=button)
        for point in points[1:]:
            self.page.mouse.move(*self.at(*point))
        self.page.mouse.up(button=button)

    def mask(self) -> np.ndarray | None:
        """The mask as the server would get it: (height, width), uint8."""
        return self._picture("maskBlob", "L")

    def painted(self) -> set[tuple[int, int]]:
        """All (x, y) that are masked; nothing is masked by half."""
        mask = self.mask()
        if mask is None:
            return set()
        assert set(np.unique(mask)) <= {0, 255}
        return {(int(x), int(y)) for y, x in zip(*np.nonzero(mask), strict=True)}

    def sketch(self) -> np.ndarray | None:
        """The picture with the sketch, (height, width, 4)."""
        return self._picture("sketchBlob", "RGBA")

    def _picture(self, method: str, mode: str) -> np.ndarray | None:
        data = self.page.evaluate(f"async () => dataOf(await canvas.{method}())")
        if data is None:
            return None
        head, _, body = data.partition(",")
        assert head == "data:image/png;base64"
        image = Image.open(io.BytesIO(base64.b64decode(body)))
        assert image.mode == mode
        return np.asarray(image)

    def set_mask(self, pixels: np.ndarray) -> bool:
        return self.page.evaluate("(data) => canvas.setMask(blobOf(data))", _text(png(pixels)))

    def until(self, condition: str) -> None:
        """Wait; the content policy forbids Playwright's own way."""
        self.page.evaluate(f"async () => {{ while (!({condition})) await drawn(); }}")

    def call(self, method: str) -> None:
        self.page.evaluate(f"canvas.{method}()")

    def changes(self) -> int:
        return self.page.evaluate("told.changes")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def menu(self, name: str) -> None:
        self.button("More").click()
        self.page.get_by_role("menuitem", name=name).click()

    def click_at(self, x: float, y: float) -> None:
        """Press and let go with the hand not quite steady."""
        x, y = self.at(x, y)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + 1, y)
        self.page.mouse.up()

    def expect_status(self, text: str) -> None:
        expect(self.page.locator(".canvas-status")).to_contain_text(text)

    def expect_toast(self, text: str) -> None:
        expect(self.page.locator(".toast", has_text=text)).to_be_visible()


def disc(x: int, y: int) -> set[tuple[int, int]]:
    """The pixels of a brush of 5 pixels at the middle of a pixel."""
    reach = range(-2, 3)
    return {(x + dx, y + dy) for dx in reach for dy in reach if dx * dx + dy * dy <= 6.25}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
