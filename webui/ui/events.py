"""What happens on a click: the form becomes a request; nothing long runs here.

They answer at once: they read the form, or hand a request to the studio. Progress and pictures
come by the studio's own events.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from webui.errors import WebuiError
from webui.request import Choices
from webui.service import Studio
from webui.ui.browser_events import bind_scripts
from webui.ui.differences import adapted, automatic, header
from webui.ui.form import FIELDS, FOLDS, OPTIONS, Values, filled, form_name, options_of, to_request
from webui.ui.panels import hires_pairs, upscaler_pairs
from webui.ui.parts import Tab, auto_pairs, checkpoint_pairs
from webui.ui.picture_texts import PICTURE
from webui.ui.texts import FORM

_QUICK: dict[str, Any] = {
    "concurrency_limit": None,
    "show_progress": "hidden",
    "api_visibility": "private",
    "preprocess": False,
}
"""Values come as the browser sent them: Gradio's components would refuse what is out of range
with a message of their own; the request type does it in our words, and at the field."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the scripts and the functions tell each other. Nobody sees these."""

    told: gr.Textbox
    """From the scripts: a form to fill in, as JSON."""
    answer: gr.Textbox
    """To the scripts: what became of a click on Generate, as JSON."""
    form: gr.Textbox
    """To the scripts: what was filled in and a note about it, as JSON."""
    source: gr.Textbox
    """From the scripts: the kind of request, and the pictures that it begins with, as JSON."""
    before: gr.Textbox
    """The checkpoint that the form was last fitted to."""
    fill: gr.Button
    """Pressed by the scripts after they have a form to fill in."""


def hidden_parts(checkpoint: str) -> Hidden:
    """Make the parts that only events use."""
    return Hidden(
        told=gr.Textbox(visible=False),
        answer=gr.Textbox(visible=False),
        form=gr.Textbox(visible=False),
        source=gr.Textbox(visible=False),
        before=gr.Textbox(checkpoint, visible=False),
        fill=gr.Button("fill", elem_id="fill"),
    )


def bind(page: gr.Blocks, tab: Tab, hidden: Hidden, studio: Studio, owner: str) -> None:
    """Tie the parts of the tab to what they do."""
    fields = [tab.fields[name] for name in FIELDS]
    _bind_generate(tab, hidden, fields, studio, owner)
    _bind_filling(page, tab, hidden, fields, studio)
    _bind_checkpoint(tab, hidden, fields, studio)
    _bind_folds(tab, fields, studio)
    bind_scripts(tab, fields)


def _bind_generate(tab: Tab, hidden: Hidden, fields: list[Any], studio: Studio, owner: str) -> None:
    def submit(told: str, *given: Any) -> str:
        source = _told(told)
        if "error" in source:
            return json.dumps(source)
        try:
            job = studio.submit(to_request(_values(given), source), owner)
        except WebuiError as error:
            field = form_name(source.get("kind"), error.field)
            return json.dumps({"error": {"message": error.message, "field": field}})
        return json.dumps({"job": job.id})

    tab.buttons["generate"].click(
        submit,
        [hidden.source, *fields],
        hidden.answer,
        js="(...values) => window.darkroom.withSource(values)",
        trigger_mode="multiple",
        **_QUICK,
    ).then(None, hidden.answer, None, js="(answer) => window.darkroom.answered(answer)")


def _told(text: str) -> dict[str, Any]:
    """What the scripts say that is begun with; for anything else, nothing is."""
    try:
        told = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _bind_filling(
    page: gr.Blocks, tab: Tab, hidden: Hidden, fields: list[Any], studio: Studio
) -> None:
    def fill(told: str) -> list[Any]:
        choices, wish = studio.choices(), _told(told)
        only = wish["only"] if isinstance(wish.get("only"), list) else None
        values, note = filled(json.dumps(wish.get("form")), choices)
        wanted = FIELDS if only is None else (*only, "styles")
        shown = [
            _field_update(name, values, choices) if name in wanted else gr.skip() for name in FIELDS
        ]
        own = {name: value for name, value in values.items() if name in wanted}
        answer = json.dumps({"values": own, "note": note, "only": only})
        none = gr.update(visible=not options_of(values, choices))
        return [*shown, *_headers(values, studio), none, values["checkpoint"], answer]

    outputs = [*fields, *_folds(tab), tab.no_options, hidden.before, hidden.form]
    told = "window.darkroom.formToFill()"
    for trigger in (page.load, hidden.fill.click):
        trigger(fill, hidden.told, outputs, js=f"() => [{told}]", **_QUICK).then(
            None, hidden.form, None, js="(form) => window.darkroom.filled(form)"
        )


def _field_update(name: str, values: Values, choices: Any) -> Any:
    value = values[name]
    if name == "checkpoint":
        return gr.update(choices=checkpoint_pairs(choices), value=value or None)
    sampler, schedule = automatic(values, choices)
    if name == "sampler":
        return gr.update(choices=auto_pairs(choices.samplers, sampler), value=value)
    if name == "schedule":
        return gr.update(choices=auto_pairs(choices.schedules, schedule), value=value)
    if name == "styles":
        return gr.update(choices=[style.name for style in choices.styles], value=list(value))
    if name in ("upscaler", "upscaler_2"):
        none = [(PICTURE["no_second"], "")] if name == "upscaler_2" else []
        return gr.update(choices=[*none, *upscaler_pairs(choices)], value=value)
    if name == "hires_upscaler":
        return gr.update(choices=hires_pairs(choices), value=value)
    if name in OPTIONS:
        return gr.update(value=value, **_option_look(name, values, choices))
    return gr.update(value=value)


def _option_look(name: str, values: Values, choices: Choices) -> dict[str, Any]:
    """Whether an option shows, and its own value as what stands in the empty field."""
    acting = options_of(values, choices)
    own = acting.get(name)
    word = FORM["own_range"] if own is None else f"{own:g}"
    return {"visible": name in acting, "placeholder": word}


def _folds(tab: Tab) -> list[Any]:
    return [tab.folds[fold] for fold in FOLDS]


def _headers(values: Values, studio: Studio) -> list[Any]:
    choices = studio.choices()
    return [gr.update(label=header(fold, FOLDS[fold], values, choices)) for fold in FOLDS]


def _bind_checkpoint(tab: Tab, hidden: Hidden, fields: list[Any], studio: Studio) -> None:
    def adapt(before: str, *given: Any) -> list[Any]:
        values, choices = _values(given), studio.choices()
        changed, note = adapted(values, before, choices)
        values.update(changed)
        shown = [
            _field_update(name, values, choices)
            if name in changed or name in ("sampler", "schedule", *OPTIONS)
            else gr.skip()
            for name in FIELDS
        ]
        answer = json.dumps({"values": changed, "note": note})
        none = gr.update(visible=not options_of(values, choices))
        return [*shown, *_headers(values, studio), none, values["checkpoint"], answer]

    outputs = [*fields, *_folds(tab), tab.no_options, hidden.before, hidden.form]
    tab.fields["checkpoint"].input(adapt, [hidden.before, *fields], outputs, **_QUICK).then(
        None, hidden.form, None, js="(form) => window.darkroom.adapted(form)"
    )


def _bind_folds(tab: Tab, fields: list[Any], studio: Studio) -> None:
    def describe(fold: str) -> Callable[..., Any]:
        def described(*given: Any) -> Any:
            choices = studio.choices()
            return gr.update(label=header(fold, FOLDS[fold], _values(given), choices))

        return described

    def reschedule(*given: Any) -> Any:
        choices, values = studio.choices(), _values(given)
        pairs = auto_pairs(choices.schedules, automatic(values, choices)[1])
        options = [gr.update(**_option_look(name, values, choices)) for name in OPTIONS]
        none = gr.update(visible=not options_of(values, choices))
        return [gr.update(choices=pairs), *options, none]

    for fold, names in FOLDS.items():
        gr.on(
            [tab.fields[name].change for name in names],
            describe(fold),
            fields,
            tab.folds[fold],
            trigger_mode="always_last",
            **_QUICK,
        )
    changed = [tab.fields[name] for name in ("schedule", *OPTIONS)] + [tab.no_options]
    for name in ("sampler", "schedule"):
        tab.fields[name].input(reschedule, fields, changed, **_QUICK)


def _values(given: tuple[Any, ...]) -> Values:
    return dict(zip(FIELDS, given, strict=True))
