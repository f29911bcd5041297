"""Clicks that never leave the browser: Gradio hands the values to our scripts and back."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from webui.ui.form import FIELDS
from webui.ui.parts import Tab
from webui.ui.texts import RATIOS


def bind_scripts(tab: Tab, fields: list[Any]) -> None:
    """Tie sizes, seeds, Stop and the kept form to the scripts."""
    size = [tab.fields["width"], tab.fields["height"]]
    checkpoint, seed = tab.fields["checkpoint"], tab.fields["seed"]
    names = json.dumps(FIELDS)
    gr.on(
        [field.change for field in fields],
        None,
        fields,
        None,
        js=f"(...values) => window.darkroom.keep({names}, values)",
    )
    for name, across, down in RATIOS:
        tab.ratios[name].click(
            None,
            [checkpoint, *size],
            size,
            js=f"(...now) => window.darkroom.shape({across}, {down}, ...now)",
        )
    for preset, button in tab.presets.items():
        button.click(None, None, None, js=f"() => window.darkroom.preset('{preset}')")
    for intent, button in tab.intents.items():
        button.click(None, None, None, js=f"() => window.darkroom.intent('{intent}')")
    ratio = tab.fields["ratio"]
    for name, button in tab.growths.items():
        button.click(None, ratio, ratio, js=f"(now) => now === '{name}' ? '' : '{name}'")
    tab.buttons["swap"].click(None, size, size, js="(width, height) => [height, width]")
    tab.buttons["random_seed"].click(None, None, seed, js="() => -1")
    tab.buttons["last_seed"].click(None, seed, seed, js="(now) => window.darkroom.lastSeed(now)")
    tab.buttons["stop"].click(None, None, None, js="() => window.darkroom.stop()")
