"""Gradio components made from the request type: labels, help and limits are read from it."""

from __future__ import annotations

from typing import Any

import gradio as gr

from webui.ui.form import Limits, limits

Pairs = list[tuple[str, str]]


def field_id(name: str) -> str:
    """The id of the element that holds this field."""
    return f"field-{name.replace('_', '-')}"


def text_field(name: str, *, lines: int, example: str) -> gr.Textbox:
    """A prompt. It grows with its text."""
    known = limits(name)
    return gr.Textbox(
        label=known.title,
        info=known.help,
        placeholder=example,
        lines=lines,
        max_lines=12,
        max_length=known.longest,
        elem_id=field_id(name),
        elem_classes="field",
    )


def number_field(name: str, value: Any, *, visible: bool = True) -> gr.Number:
    """A number to type."""
    known = limits(name)
    is_whole = known.kind == "integer"
    return gr.Number(
        value,
        label=known.title,
        info=known.help,
        minimum=known.minimum,
        maximum=known.maximum,
        step=known.step or (1 if is_whole else 0.05),
        precision=0 if is_whole else None,
        min_width=96,
        visible=visible,
        elem_id=field_id(name),
        elem_classes="field",
    )


def slider_field(name: str, value: Any) -> gr.Slider:
    """A number of a small range."""
    known = limits(name)
    return gr.Slider(
        known.minimum or 0,
        known.maximum or 1,
        value,
        step=_slider_step(known),
        label=known.title,
        info=known.help,
        buttons=[],
        elem_id=field_id(name),
        elem_classes="field",
    )


def _slider_step(known: Limits) -> float:
    if known.step or known.kind != "number":
        return known.step or 1
    return 0.5 if (known.maximum or 1) > 1 else 0.01


def choice_field(name: str, choices: Pairs, value: str | None) -> gr.Dropdown:
    """One of several names."""
    known = limits(name)
    return gr.Dropdown(
        choices,
        value=value,
        label=known.title,
        info=known.help,
        filterable=len(choices) > 8,
        elem_id=field_id(name),
        elem_classes="field",
    )


def names_field(name: str, choices: list[str]) -> gr.Dropdown:
    """Any number of several names."""
    known = limits(name)
    return gr.Dropdown(
        list[str | int | float | tuple[Any, Any]](choices),
        value=[],
        multiselect=True,
        label=known.title,
        info=known.help,
        elem_id=field_id(name),
        elem_classes="field",
    )


def switch_field(name: str, value: bool) -> gr.Checkbox:
    """On or off."""
    known = limits(name)
    return gr.Checkbox(
        value, label=known.title, info=known.help, elem_id=field_id(name), elem_classes="field"
    )
