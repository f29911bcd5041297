"""JSON from strangers, taken apart without surprises: what is of another kind counts as absent."""

from __future__ import annotations

import json
from typing import cast

_SHOWN = 300


def json_object(text: str) -> dict[str, object]:
    """The JSON object that `text` is; an empty one for any other text."""
    if not text.lstrip().startswith("{"):
        return {}
    try:
        return as_object(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def json_list(text: str) -> list[object]:
    """The JSON list that `text` is; an empty one for any other text."""
    try:
        return as_list(json.loads(text)) if text.lstrip().startswith("[") else []
    except (ValueError, RecursionError):
        return []


def as_object(value: object) -> dict[str, object]:
    """The value if it is an object, else an empty one."""
    return cast(dict[str, object], value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """The value if it is a list, else an empty one."""
    return cast(list[object], value) if isinstance(value, list) else []


def few(value: object) -> list[object]:
    """The first 200 of a list. Nobody names more LoRAs; a hostile file may."""
    return as_list(value)[:200]


def as_text(value: object) -> str:
    """The value if it is text, else ""."""
    return value if isinstance(value, str) else ""


def as_number(value: object) -> float | None:
    """A number, also one written as text; None for everything else, true and false included."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def is_something(value: object) -> bool:
    """Whether a value says anything: not empty, not null, not the "None" of drop-down lists."""
    if isinstance(value, str):
        return value.strip().casefold() not in ("", "none", "null", "undefined")
    return value is not None and value is not False and value not in ([], {})


def sendable(text: str) -> str:
    """The text without half characters, which no encoding has."""
    return text.encode("utf-8", "replace").decode("utf-8")


def brief(value: object) -> str:
    """A value for people to read: text as it is, all else as JSON, cut to 300 characters."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = f"a value of type {type(value).__name__}"
    text = sendable(text[: _SHOWN + 1])
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
