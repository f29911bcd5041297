"""Contributions checked and turned into the values that the rest of the program reads."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from webui.errors import RequestRejected
from webui.extension.contributions import (
    ControlMethod,
    Format,
    Panel,
    Preprocessor,
    Route,
    Sampler,
    Schedule,
    Tab,
    Upscaler,
)
from webui.extension.discovery import Candidate
from webui.extension.functions import Located, located
from webui.extension.problems import Unfit
from webui.request.choices import (
    PreprocessorInfo,
    PreprocessorOption,
    SamplerInfo,
    ScheduleInfo,
)
from webui.request.explain import shown
from webui.request.limits import SAMPLER_OPTIONS, SCHEDULE_OPTIONS
from webui.request.parsing import parse

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*|\{[a-z_][a-z0-9_]*\}")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_LONGEST_TEXT = 100_000
_LARGEST_SCALE = 8


@dataclass(frozen=True, slots=True)
class Contributed:
    """A contribution that is fit: `kind` in one word, `names` by which it is known, its `value`."""

    kind: str
    id: str
    label: str
    names: tuple[str, ...]
    value: Any


def converted(hook: str, value: Any, source: Candidate) -> Contributed:
    """One thing that a contributor returned. Raises Unfit that says which and why."""
    kind, convert = _KINDS[hook]
    name = getattr(value, "id", None)
    named = f" {name}" if isinstance(name, str) and _ID.fullmatch(name) else ""
    try:
        return convert(value, source)
    except Unfit as unfit:
        said = f"The {kind.replace('_', ' ')}{named}: {unfit.message}"
        raise Unfit("contributions", said) from None


def _sampler(value: Any, source: Candidate) -> Contributed:
    if not isinstance(value, SamplerInfo):
        _check(value, Sampler)
        _check_text(value.schedule, "schedule")
        place = _place(value, "function", ("x", "sigmas", "noise"), source)
        value = SamplerInfo(
            value.id,
            value.label,
            place.path,
            value.schedule,
            tuple(value.aliases),
            value.help,
            _options(place, SAMPLER_OPTIONS),
        )
    return _named("sampler", value)


def _schedule(value: Any, source: Candidate) -> Contributed:
    if not isinstance(value, ScheduleInfo):
        _check(value, Schedule)
        place = _place(value, "function", ("steps", "trained"), source)
        options = _options(place, SCHEDULE_OPTIONS)
        value = ScheduleInfo(
            value.id, value.label, place.path, tuple(value.aliases), value.help, options
        )
    return _named("schedule", value)


def _preprocessor(value: Any, source: Candidate) -> Contributed:
    if not isinstance(value, PreprocessorInfo):
        _check(value, Preprocessor)
        _check_text(value.group, "group")
        place = _place(value, "function", ("pixels", "a", "b"), source)
        value = PreprocessorInfo(
            value.id,
            value.label,
            place.path,
            value.group,
            value.help,
            _preprocessor_options(value.options),
            tuple(_texts(value.suits, "suits")),
            aliases=tuple(value.aliases),
        )
    return _named("preprocessor", value)


def _preprocessor_options(options: Any) -> tuple[PreprocessorOption, ...]:
    if not isinstance(options, tuple | list) or len(options) > 2:
        raise Unfit("contributions", "options must be a list of at most two.")
    given: list[Any] = [*options]
    for option, field in zip(given, ("threshold_a", "threshold_b"), strict=False):
        if not isinstance(option, PreprocessorOption) or option.field != field:
            raise Unfit("contributions", f"options: this must be PreprocessorOption({field!r}, …).")
        numbers = (option.minimum, option.default, option.maximum, option.step)
        if not all(_is_number(one) for one in numbers) or sorted(numbers[:3]) != [*numbers[:3]]:
            raise Unfit(
                "contributions", f"options: {field} needs numbers, minimum <= default <= maximum."
            )
    return tuple(given)


def _upscaler(value: Any, source: Candidate) -> Contributed:
    _check(value, Upscaler)
    if source.id != BUILTIN:
        if not isinstance(value.scale, int) or not 1 <= value.scale <= _LARGEST_SCALE:
            raise Unfit("contributions", f"scale must be 1 to {_LARGEST_SCALE}, in whole numbers.")
        value = replace(value, function=_place(value, "function", ("pixels",), source).path)
    return _named("upscaler", value)


def _format(value: Any, source: Candidate) -> Contributed:
    _check(value, Format)
    _check_text(value.value, "value")
    if source.id != BUILTIN:
        value = replace(value, value=_place(value, "value", (), source).path)
    return _named("lora_format", value)


def _control_method(value: Any, source: Candidate) -> Contributed:
    _check(value, ControlMethod)
    recognises = _place(value, "recognises", ("tensors",), source).path
    load = _place(value, "load", ("path", "dtype", "device"), source).path
    return _named("control_method", replace(value, recognises=recognises, load=load))


_FAMILY = ("recognises", "defaults", "facts", "load")


def _family(value: Any, source: Candidate) -> Contributed:
    name = getattr(value, "id", None)
    lacks = [one for one in _FAMILY if not callable(getattr(value, one, None))]
    if isinstance(value, type) or lacks or not isinstance(name, str):
        raise Unfit(
            "contributions",
            "families() must return objects with id, recognises, defaults, facts and load"
            f" (webui.families.Family), not {_kind(value)}"
            + (f" without {', '.join(lacks)}." if lacks else "."),
        )
    _check_id(name)
    return Contributed("family", name, name, (name,), value)


def _tab(value: Any, source: Candidate) -> Contributed:
    _check(value, Tab, "title")
    if not callable(value.build):
        raise Unfit("contributions", "build must be a function.")
    return Contributed("tab", value.id, value.title, (value.id,), value)


def _panel(value: Any, source: Candidate) -> Contributed:
    _check(value, Panel, "title")
    _check_text(value.html, "html")
    return Contributed("panel", value.id, value.title, (value.id,), value)


def _route(value: Any, source: Candidate) -> Contributed:
    if not isinstance(value, Route):
        raise Unfit("contributions", f"routes() must return a list of Route, not {_kind(value)}.")
    if value.method not in _METHODS:
        raise Unfit("contributions", f"method must be one of {', '.join(_METHODS)}.")
    path: Any = value.path
    if not isinstance(path, str) or not _is_path(path):
        raise Unfit("contributions", f'path must be as "/things/{{name}}"; it is {shown(path)}.')
    if not callable(value.function):
        raise Unfit("contributions", "function must be a function.")
    whole = f"/extensions/{source.id}{path}"
    name = f"{value.method} {whole}"
    # Two that differ in the names of their parts alone are one to the server.
    same = re.sub(r"\{[a-z0-9_]*\}", "{}", name.rstrip("/"))
    return Contributed("route", name, name, (same,), replace(value, path=whole))


BUILTIN = "builtin"
"""The id under which what we ship is registered."""

_KINDS: Mapping[str, tuple[str, Callable[[Any, Candidate], Contributed]]] = MappingProxyType(
    {
        "samplers": ("sampler", _sampler),
        "schedules": ("schedule", _schedule),
        "families": ("family", _family),
        "lora_formats": ("lora_format", _format),
        "preprocessors": ("preprocessor", _preprocessor),
        "upscalers": ("upscaler", _upscaler),
        "control_methods": ("control_method", _control_method),
        "tabs": ("tab", _tab),
        "panels": ("panel", _panel),
        "routes": ("route", _route),
    }
)


def _named(kind: str, value: Any) -> Contributed:
    names = (value.id, value.label, *getattr(value, "aliases", ()))
    return Contributed(kind, value.id, value.label, names, value)


def _check(value: Any, wanted: type, title: str = "label") -> None:
    """The parts that most contributions have."""
    if not isinstance(value, wanted):
        raise Unfit("contributions", f"this must be a {wanted.__name__}, not {_kind(value)}.")
    _check_id(getattr(value, "id", None))
    label: Any = getattr(value, title)
    if not isinstance(label, str) or not label.strip() or len(label) > 100 or not _is_line(label):
        raise Unfit("contributions", f"{title} must be a line of 1 to 100 characters.")
    _check_text(getattr(value, "help", ""), "help")
    _texts(getattr(value, "aliases", ()), "aliases")


def _check_id(id: Any) -> None:
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise Unfit(
            "contributions",
            "its id must be 1 to 60 letters, digits, underscores, dots and hyphens, beginning with"
            f" a letter; it is {shown(id)}.",
        )


def _check_text(text: Any, field: str) -> None:
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
        raise Unfit("contributions", f"{field} must be text.")


def _texts(texts: Any, field: str) -> tuple[str, ...]:
    if not isinstance(texts, tuple | list) or not all(isinstance(one, str) for one in texts):
        raise Unfit("contributions", f"{field} must be a list of texts.")
    return tuple(texts)


def _place(value: Any, field: str, takes: tuple[str, ...], source: Candidate) -> Located:
    try:
        return located(getattr(value, field), takes, source)
    except Unfit as unfit:
        raise Unfit("contributions", f"{field} {unfit.message}") from None


def _options(place: Located, names: tuple[str, ...]) -> tuple[tuple[str, Any], ...]:
    """Those keywords of a function that are options of requests, each with a value they allow."""
    found: list[tuple[str, Any]] = []
    for name in names:
        if name not in place.keywords:
            continue
        value = place.keywords[name]
        value = 0.0 if (name, value) == ("s_tmax", math.inf) else value
        try:
            parse({"kind": "text_to_image", name: value})
        except RequestRejected as refused:
            said = f"the default of its keyword: {refused.message}"
            raise Unfit("contributions", said) from None
        found.append((name, value))
    return tuple(found)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_path(path: str) -> bool:
    begin, *parts = path.split("/")
    return begin == "" and 0 < len(parts) <= 20 and all(_PART.fullmatch(part) for part in parts)


def _is_line(text: str) -> bool:
    return text.isprintable()


def _kind(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else f"a {type(value).__name__}"
