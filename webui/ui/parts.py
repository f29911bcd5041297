"""Parts of the form that several files lay out: what events are tied to, pairs and folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from webui.request import Choices
from webui.request.intents import Intent
from webui.request.presets import FewSteps
from webui.ui.fields import Pairs
from webui.ui.texts import FORM


@dataclass(slots=True)
class Tab:
    """The parts of the tab that events are tied to. `fields` by name of the request."""

    fields: dict[str, Any] = field(default_factory=dict)
    folds: dict[str, gr.Accordion] = field(default_factory=dict)
    ratios: dict[str, gr.Button] = field(default_factory=dict)
    presets: dict[FewSteps, gr.Button] = field(default_factory=dict)
    buttons: dict[str, gr.Button] = field(default_factory=dict)
    intents: dict[Intent, gr.Button] = field(default_factory=dict)
    growths: dict[str, gr.Button] = field(default_factory=dict)
    no_options: Any = None


def checkpoint_pairs(choices: Choices) -> Pairs:
    """Checkpoints as (what is shown, name)."""
    return [(info.title, info.name) for info in choices.checkpoints]


def auto_pairs(known: Any, auto: str) -> Pairs:
    """Samplers or schedules as (label, id), "auto" first with what it stands for."""
    first = FORM["auto_is"].format(name=auto) if auto else FORM["auto"]
    return [(first, "auto"), *((choice.label, choice.id) for choice in known)]


def fold(tab: Tab, name: str, classes: Sequence[str] = ()) -> gr.Accordion:
    """A fold, open: Gradio draws its fields only then. The script closes it."""
    made = gr.Accordion(
        FORM[name], open=True, elem_id=name.replace("_", "-"), elem_classes=["fold", *classes]
    )
    tab.folds[name] = made
    return made
