"""Shells that our own scripts fill: the developing tray, the brand, the queue chip."""

from __future__ import annotations

from html import escape

import gradio as gr

from webui.ui.texts import TITLE, TRAY


def shell(element_id: str, inside: str = "") -> gr.HTML:
    """An element of constant HTML. Nothing that a person typed ever gets into it."""
    return gr.HTML(
        f'<div id="{element_id}">{inside}</div>',
        js_on_load=None,
        apply_default_css=False,
        elem_id=f"{element_id}-shell",
        elem_classes="shell",
    )


def brand() -> gr.HTML:
    """The name with its safelight, which glows while something is developed."""
    return shell("brand", f'<span id="safelight"></span><h1>{escape(TITLE)}</h1>')


def chip() -> gr.HTML:
    """The queue chip and the theme switch."""
    return shell("chip")


def developing_tray() -> gr.HTML:
    """The tray: job cards and the filmstrip."""
    return shell("tray", f'<p class="opening">{escape(TRAY["loading"])}</p>')
