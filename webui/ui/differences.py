"""What the form says in words: what was adapted to a checkpoint, what differs from its defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webui.errors import RequestRejected
from webui.request import Choices
from webui.request.choices import find
from webui.ui.form import (
    ADAPTING,
    OPTIONS,
    Values,
    chosen,
    fitting,
    limits,
    options_of,
)
from webui.ui.picture_texts import CHOICES
from webui.ui.texts import EMPHASES, FORM, LANES, SOURCES


def adapted(values: Values, before: str | None, choices: Choices) -> tuple[Values, str]:
    """The fields after the person chose another checkpoint, and what happened in words.

    A field that still shows what fitted the checkpoint `before` now shows what fits the new one;
    a field the person has set stays.
    """
    new = chosen(values.get("checkpoint"), choices)
    old = chosen(before, choices)
    if new is None or old is None or new.name == old.name:
        return {}, ""
    was, now = fitting(old), fitting(new)
    changed = {
        name: now[name]
        for name in ADAPTING
        if values.get(name) in (was[name], None) and now[name] != values.get(name)
    }
    stayed = [name for name in ADAPTING if values.get(name) not in (was[name], None, now[name])]
    words = [_named(changed)] if changed else []
    if new.defaults.sampler != old.defaults.sampler and values.get("sampler") == "auto":
        words.append(choices.sampler(new.defaults.sampler).label)
    note = FORM["adapted"].format(name=new.title, what=", ".join(words))
    if not words:
        note = FORM["unchanged"].format(name=new.title)
    if stayed:
        note += " " + FORM["kept"].format(what=_named({name: values[name] for name in stayed}))
    return changed, note


def _named(values: Mapping[str, Any]) -> str:
    """Values in words: "steps 20, 512 × 512"."""
    parts = [f"{_as_word(name)} {value:g}" for name, value in values.items() if name in ("steps",)]
    parts += [f"CFG scale {values['cfg_scale']:g}"] if "cfg_scale" in values else []
    if "width" in values and "height" in values:
        parts.append(f"{values['width']} × {values['height']}")
    else:
        sides = (name for name in ("width", "height") if name in values)
        parts += [f"{_as_word(name)} {values[name]}" for name in sides]
    return ", ".join(parts)


def _as_word(name: str) -> str:
    title = limits(name).title
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def automatic(values: Mapping[str, Any], choices: Choices) -> tuple[str, str]:
    """What "auto" means now: the labels of the sampler and the schedule it stands for."""
    checkpoint = chosen(values.get("checkpoint"), choices)
    if checkpoint is None:
        return "", ""
    own = checkpoint.defaults
    asked = values.get("sampler") or "auto"
    schedule = own.schedule if asked == "auto" else _schedule_of(asked, choices) or own.schedule
    return choices.sampler(own.sampler).label, choices.schedule(schedule).label


def _schedule_of(sampler: str, choices: Choices) -> str | None:
    try:
        return choices.sampler(sampler).schedule
    except RequestRejected:
        return None


def differing(names: Sequence[str], values: Mapping[str, Any], choices: Choices) -> list[str]:
    """What differs from the fitting defaults among these fields, in words."""
    own = fitting(chosen(values.get("checkpoint"), choices))
    silent = set(OPTIONS) - set(options_of(values, choices))
    return [
        _shown(name, values[name], choices)
        for name in names
        if name not in silent and _is_other(values.get(name), own[name])
    ]


def _is_other(value: Any, own: Any) -> bool:
    """Whether a field says something of its own; an empty list of names says nothing."""
    return value != own and value not in (None, [], "")


def _shown(name: str, value: Any, choices: Choices) -> str:
    if name == "sampler":
        return _label(choices.samplers, value)
    if name == "schedule":
        return _label(choices.schedules, value)
    if name == "styles":
        return ", ".join(map(str, value))
    if name == "emphasis":
        return f"{_as_word(name)} {EMPHASES.get(value, value)}"
    if name == "lane":
        return LANES.get(value, str(value))
    if name == "noise_source":
        return f"{_as_word(name)} {SOURCES.get(value, value)}"
    if name in CHOICES or name.endswith("upscaler"):
        return CHOICES.get(name, CHOICES["upscaler"]).get(value, str(value))
    if name in ("hires_sampler", "hires_schedule"):
        return _label(choices.samplers if name == "hires_sampler" else choices.schedules, value)
    title = _as_word(name)
    if value is True:
        return title
    return f"{title} {value:g}" if isinstance(value, float) else f"{title} {value}"


def _label(known: Any, name: str) -> str:
    try:
        return str(find(known, name, "").label)
    except RequestRejected:
        return name


def header(fold: str, names: Sequence[str], values: Mapping[str, Any], choices: Choices) -> str:
    """The header of a fold: its name, and what differs from the defaults."""
    different = differing(names, values, choices)
    return FORM[fold] + (f"  ·  {', '.join(different)}" if different else "")
