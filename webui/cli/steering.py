"""What else a picture of the command line is given: --control and --extension."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from webui.errors import RequestRejected

_NUMBERS = ("weight", "start", "end", "threshold_a", "threshold_b", "resolution")
_TEXTS = ("model", "preprocessor", "mode", "resize")


def control_units(controls: Sequence[str] | None) -> tuple[list[dict[str, Any]], list[Path]]:
    """The units of "map.png,model=pocket-edges,weight=0.8", without their pictures, and these.

    Raises RequestRejected.
    """
    units: list[dict[str, Any]] = []
    pictures: list[Path] = []
    for text in controls or ():
        path, *parts = text.split(",")
        pictures.append(Path(path.strip()))
        units.append(dict(_unit_field(part) for part in parts))
    return units, pictures


def _unit_field(part: str) -> tuple[str, Any]:
    name, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals or name not in (*_NUMBERS, *_TEXTS):
        raise RequestRejected(
            '--control takes a picture and fields such as "map.png,model=pocket-edges,weight=0.8";'
            f" {part!r} is none of: {', '.join((*_TEXTS, *_NUMBERS))}.",
            field="controls",
        )
    return name, _value(value) if name in _NUMBERS else value


def extension_inputs(asked: Sequence[str] | None) -> dict[str, dict[str, Any]]:
    """The inputs of "seamless,sides=both", by extension. Raises RequestRejected."""
    found: dict[str, dict[str, Any]] = {}
    for text in asked or ():
        id, *parts = (part.strip() for part in text.split(","))
        own = found.setdefault(id, {})
        for part in parts:
            name, equals, value = part.partition("=")
            if not equals:
                raise RequestRejected(
                    f'--extension takes an id and inputs such as "seamless,sides=both", not'
                    f" {part!r}.",
                    field="extensions",
                )
            own[name.strip()] = _value(value.strip())
    return found


def _value(text: str) -> bool | int | float | str:
    """A number or a switch as such; all else is text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text
