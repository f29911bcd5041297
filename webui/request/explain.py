"""Plain words for what is wrong with a request: field, value, and what is allowed."""

from __future__ import annotations

import json
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from webui.errors import RequestRejected

_SHOWN = 60
_LONGEST_NAME = 200


def shown(value: Any) -> str:
    """A value as a person would write it, cut to a readable length."""
    try:
        text = _sendable(json.dumps(value, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):
        # A number of thousands of digits has no repr either.
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


def _sendable(text: str) -> str:
    """Half characters, which no encoding has, as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a field without the "or null" branch."""
    for branch in schema.get("anyOf", ()):
        if branch.get("type") != "null":
            return {**schema, **branch}
    return schema


def allowed(model: type[BaseModel], name: str) -> str:
    """What a field takes, in words made from the field's own limits."""
    schema = _flat(model.model_json_schema()["properties"][name])
    if "const" in schema:
        return f"must be {shown(schema['const'])}"
    if "enum" in schema:
        return f"must be one of {', '.join(schema['enum'])}"
    if schema.get("type") == "string":
        return f"must be text of at most {schema['maxLength']:,} characters"
    if schema.get("type") == "boolean":
        return "must be true or false"
    if schema.get("type") == "array":
        least = f"{schema['minItems']} to" if "minItems" in schema else "at most"
        if "$ref" in schema["items"]:
            return f"must be a list of {least} {schema['maxItems']} JSON objects with named fields"
        length = schema["items"]["maxLength"]
        return f"must be a list of {least} {schema['maxItems']} texts of up to {length} characters"
    if "$ref" in schema or schema.get("type") == "object":
        return "must be a JSON object with named fields"
    kind = "a whole number" if schema.get("type") == "integer" else "a number"
    words = f"must be {kind} from {schema['minimum']:g} to {schema['maximum']:.16g}"
    step = schema.get("multipleOf")
    return f"{words}, a multiple of {step}" if step else words


def _nearest(name: str, known: list[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]!r}?" if close else f" Some fields: {', '.join(known[:20])}."


def _known(model: type[BaseModel]) -> list[str]:
    """The fields of a model, those that come to mind first before what it took from its parts."""
    names = list(model.model_fields)
    own = names.index("prompt") if "prompt" in names else 0
    names = names[own:] + names[:own]
    return sorted(names, key=lambda name: name != "kind")


def _innermost(
    model: type[BaseModel], place: tuple[int | str, ...]
) -> tuple[type[BaseModel], tuple[int | str, ...]]:
    """The part of a request that a complaint is about, and the place in it."""
    while len(place) > 1:
        field = model.model_fields.get(str(place[0]))
        inner = _kinds(field.annotation) if field else []
        if not inner:
            break
        model, place = inner[0], place[1:]
        if isinstance(place[0], int) and len(place) > 1:
            place = place[1:]  # which of several
    return model, place


def _kinds(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation names, also where None is allowed."""
    named = get_args(annotation) or (annotation,)
    return [kind for kind in named if isinstance(kind, type) and issubclass(kind, BaseModel)]


def explain(error: ValidationError, model: type[BaseModel]) -> RequestRejected:
    """Turn pydantic's first complaint into ours."""
    first = error.errors(include_url=False)[0]
    model, place = _innermost(model, first["loc"])
    if place and isinstance(place[0], int):
        return _misshapen(first["loc"], first.get("input"))
    field = _sendable(str(place[0]))[:_LONGEST_NAME] if place else None
    value = first.get("input")
    if first["type"] == "json_invalid":
        detail = first.get("ctx", {}).get("error", "")
        return RequestRejected(f"The request is not valid JSON: {detail}.")
    if field is None:
        return RequestRejected("A request must be a JSON object with named fields.", value=value)
    if first["type"] == "extra_forbidden":
        known = _known(model)
        message = f"There is no field {shown(field)}.{_nearest(field, known)}"
        return RequestRejected(message, field=field, value=value)
    if first["type"] == "missing":
        return RequestRejected(f"{field} is missing: it {allowed(model, field)}.", field=field)
    message = f"{field} {allowed(model, field)}; you gave {shown(value)}."
    if any(isinstance(step, int) for step in first["loc"][:-1]) and "controls" in first["loc"]:
        number = next(step for step in first["loc"] if isinstance(step, int))
        field = f"controls.{number}.{field}"
        message = f"In control unit {number + 1}, {message}"
    return RequestRejected(message, field=field, value=value)


def _misshapen(loc: tuple[int | str, ...], value: Any) -> RequestRejected:
    """One of several parts that is no object."""
    number = next(step for step in loc if isinstance(step, int))
    return RequestRejected(
        f"{loc[0]} must be a list of JSON objects with named fields; number {number + 1} is"
        f" {shown(value)}.",
        field=str(loc[0]),
        value=value,
    )
