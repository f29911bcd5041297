"""The grid tab: what changes along each side. The scripts tell the cost and send the request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from webui.request.axes import FIELDS, PROMPT_WAYS
from webui.ui.fields import Pairs
from webui.ui.form import limits
from webui.ui.texts import AXIS_EXAMPLES, AXIS_WAYS, FORM
from webui.ui.tray import shell

_SIDES = ("x", "y", "z")
_FIRST = ("steps", "cfg_scale", "sampler", "schedule", "seed", "checkpoint")
"""What people compare most comes first."""

TRAY_PLACE = "grid-tray"


@dataclass(slots=True)
class GridTab:
    """The parts that events are tied to: field and values of each side, then the margin."""

    inputs: list[Any] = field(default_factory=list[Any])
    make: gr.Button | None = None


def axis_pairs() -> Pairs:
    """What an axis may change, as (label, name)."""
    rest = sorted(set(FIELDS) - set(_FIRST), key=lambda name: limits(name).title)
    ways = [(AXIS_WAYS[way], way) for way in ("none", *PROMPT_WAYS)]
    return [*ways, *((limits(name).title, name) for name in (*_FIRST, *rest))]


def build_grid_tab() -> GridTab:
    """Lay the tab out; the tray comes along when the tab is opened."""
    tab = GridTab()
    with gr.Row(elem_id="grid-studio", elem_classes="studio", equal_height=False):
        with gr.Column(elem_id="grid-form", elem_classes="form-column", scale=0, min_width=320):
            shell("grid-intro", f'<p class="quiet">{FORM["grid_intro"]}</p>')
            for side in _SIDES:
                _axis(tab, side)
            tab.inputs.append(_margin())
            shell("grid-cost")
            tab.make = gr.Button(FORM["make_grid"], variant="primary", elem_id="make-grid")
        with gr.Column(elem_id="grid-tray-column", elem_classes="tray-column", min_width=320):
            shell(TRAY_PLACE)
    return tab


def _axis(tab: GridTab, side: str) -> None:
    first = "steps" if side == "x" else "none"
    with gr.Column(elem_id=f"axis-{side}", elem_classes="axis"):
        what = gr.Dropdown(
            axis_pairs(),
            value=first,
            label=FORM["axis_field"].format(side=side.upper()),
            info=FORM["axis_field_help"],
            elem_id=f"axis-{side}-field",
            elem_classes="field",
        )
        values = gr.Textbox(
            label=FORM["axis_values"].format(side=side.upper()),
            info=FORM["axis_values_help"],
            placeholder=AXIS_EXAMPLES["number"] if side == "x" else "",
            lines=1,
            max_lines=12,
            elem_id=f"axis-{side}-values",
            elem_classes="field",
        )
    tab.inputs += [what, values]


def _margin() -> gr.Slider:
    return gr.Slider(
        0,
        64,
        8,
        step=1,
        label=FORM["margin"],
        info=FORM["margin_help"],
        buttons=[],
        elem_id="grid-margin",
        elem_classes="field",
    )


def bind_grid(tab: GridTab) -> None:
    """Every change goes to the scripts; nothing of it runs here."""
    gr.on(
        [one.change for one in tab.inputs],
        None,
        tab.inputs,
        None,
        js="(...values) => window.darkroom.gridChanged(...values)",
    )
    assert tab.make
    tab.make.click(None, None, None, js="() => window.darkroom.makeGrid()")
