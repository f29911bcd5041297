"""What only the web process loads: the tab, its route and a panel."""

from __future__ import annotations

from typing import Any

import gradio as gr
from fastapi import Request
from PIL import Image

from webui.extension import Panel, Route, Tab, hook

from . import LATEST
from .palette import Colour, palette, words_for

_TITLE = "Palette"
_NONE = "Make a picture first: its colours will be shown here."
_ASK = """async () => {
  const answer = await fetch("./extensions/example-tab/palette");
  const found = await answer.json();
  return [found.html, found.words];
}"""


@hook
def tabs() -> list[Tab]:
    """One tab beside those of the house."""
    return [Tab("palette", _TITLE, build)]


@hook
def panels() -> list[Panel]:
    """A word in the forms."""
    told = "<p>The tab Palette tells the colours of your latest picture as words for a prompt.</p>"
    return [Panel("palette-note", _TITLE, told)]


@hook
def routes() -> list[Route]:
    """GET /extensions/example-tab/palette."""
    return [Route("GET", "/palette", latest_palette)]


def build() -> None:
    """The components; what they show comes by the route, from our own page."""
    gr.Markdown("The colours of your latest picture, the largest first.")
    button = gr.Button("Look at my latest picture", elem_id="palette-look")
    swatches = gr.HTML(elem_id="palette-swatches")
    words = gr.Textbox(label="Words for a prompt", interactive=False, elem_id="palette-words")
    button.click(None, None, [swatches, words], js=_ASK, show_progress="hidden")


def latest_palette(request: Request) -> dict[str, Any]:
    """The palette of the owner's latest picture, and how the tab shows it."""
    path = LATEST.path_of(str(request.scope["darkroom.owner"]))
    if path is None:
        return {"colours": [], "words": "", "html": f"<p>{_NONE}</p>"}
    with Image.open(path) as picture:
        colours = palette(picture)
    shown = [{"hex": one.hex, "share": one.share, "word": one.word} for one in colours]
    return {"colours": shown, "words": words_for(colours), "html": swatches_html(colours)}


def swatches_html(colours: list[Colour]) -> str:
    """A bar of the colours, each as wide as its share, and below it what they are called."""
    bar = "".join(
        f'<div style="background:{one.hex};flex:{one.share:.4f};height:72px"></div>'
        for one in colours
    )
    names = "".join(
        f"<li><code>{one.hex}</code> {one.word}, {one.share:.0%}</li>" for one in colours
    )
    return (
        f'<div style="display:flex;border-radius:8px;overflow:hidden">{bar}</div><ul>{names}</ul>'
    )
