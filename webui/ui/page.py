"""The page itself and its own files.

Gradio's page carries inline scripts, which the content policy refuses, and addresses of other
hosts. Ours loads the same front end without them: its configuration comes from `/config`.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from webui.request.control import MOST_UNITS
from webui.request.intents import INTENTS
from webui.request.presets import FEW_STEPS
from webui.ui.canvas_texts import CANVAS
from webui.ui.card_texts import CARDS
from webui.ui.control_texts import CONTROL, control_schema
from webui.ui.extension_texts import EXTENSIONS
from webui.ui.form import KIND_FIELDS, STRENGTHS, form_name
from webui.ui.picture_texts import SOURCE
from webui.ui.texts import AXIS_EXAMPLES, BUILDER, EXAMPLES, RATIOS, TITLE, TRAY

_STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_STYLES = (
    "tokens.css",
    "header.css",
    "toasts.css",
    "frame.css",
    "controls.css",
    "form.css",
    "cards.css",
    "tray.css",
    "view.css",
    "canvas.css",
    "canvas_bar.css",
    "source.css",
    "control.css",
    "control_fields.css",
    "compare.css",
    "panels.css",
    "adapters.css",
    "extensions.css",
)
FAVICON = _STATIC / "favicon.svg"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<base href="./">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>{title}</title>
<link rel="icon" href="./favicon.ico" type="image/svg+xml">
<script src="./studio/theme.js"></script>
{styles}
<script type="module" src="./studio/studio.js"></script>
<script type="module" crossorigin src="{script}"></script>
<link rel="stylesheet" crossorigin href="{style}">
</head>
<body>
<gradio-app control_page_title="false" embed="false" eager="true"></gradio-app>
</body>
</html>
"""


def page_html() -> str:
    """Our page around Gradio's front end. Raises RuntimeError if Gradio's page has changed."""
    template = files("gradio").joinpath("templates/frontend/index.html").read_text("utf-8")
    script = re.search(r'<script[^>]+type="module"[^>]+src="(\./assets/[^"]+)"', template)
    style = re.search(r'<link[^>]+rel="stylesheet"[^>]+href="(\./assets/[^"]+)"', template)
    if not script or not style:
        raise RuntimeError("Gradio's page names its front end in a way that is not known here")
    styles = "\n".join(f'<link rel="stylesheet" href="./studio/{name}">' for name in _STYLES)
    return _PAGE.format(
        title=escape(TITLE), styles=styles, script=script.group(1), style=style.group(1)
    )


def words_module() -> str:
    """The texts as a module for our scripts."""
    texts = {**TRAY, **SOURCE, **CANVAS, **CONTROL, **CARDS, **EXTENSIONS, "title": TITLE}
    words = json.dumps(texts, ensure_ascii=False)
    lists = f"export const examples = {json.dumps(EXAMPLES, ensure_ascii=False)};\n"
    lists += f"export const ratios = {json.dumps(RATIOS)};\n"
    groups = [{"title": title, "words": kept} for title, kept in BUILDER]
    lists += f"export const builder = {json.dumps(groups, ensure_ascii=False)};\n"
    lists += f"export const axisExamples = {json.dumps(AXIS_EXAMPLES, ensure_ascii=False)};\n"
    names = {kind: list(fields) for kind, fields in KIND_FIELDS.items()}
    lists += f"export const kindFields = {json.dumps(names)};\n"
    lists += f"export const strengths = {json.dumps(STRENGTHS)};\n"
    lists += f"export const intents = {json.dumps(_intents())};\n"
    lists += f"export const presets = {json.dumps(FEW_STEPS)};\n"
    lists += f"export const controlFields = {json.dumps(control_schema())};\n"
    lists += f"export const mostUnits = {MOST_UNITS};\n"
    return f"export const words = {words};\n{lists}"


def _intents() -> dict[str, dict[str, Any]]:
    """The settings of every intent, by the names that they have in the form."""
    return {
        intent: {str(form_name("inpaint", name)): value for name, value in settings.items()}
        for intent, settings in INTENTS.items()
    }


def _assets() -> dict[str, tuple[bytes, str]]:
    found = {
        path.name: (path.read_bytes(), _TYPES[path.suffix])
        for path in _STATIC.iterdir()
        if path.suffix in _TYPES
    }
    return {**found, "words.js": (words_module().encode(), _TYPES[".js"])}


def page_routes() -> APIRouter:
    """`/` and `/studio/{name}`."""
    router = APIRouter(include_in_schema=False)
    page = page_html()
    assets = {name: (*asset, _tag(asset[0])) for name, asset in _assets().items()}

    @router.get("/")
    def index() -> HTMLResponse:
        return HTMLResponse(page, headers={"Cache-Control": "no-cache"})

    @router.get("/studio/{name}")
    def asset(name: str, request: Request) -> Response:
        if name not in assets:
            raise HTTPException(404)
        body, kind, tag = assets[name]
        headers = {"Cache-Control": "no-cache", "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=kind, headers=headers)

    return router


def _tag(body: bytes) -> str:
    return f'"{sha256(body).hexdigest()[:16]}"'
