"""What people write down about an adapter: A1111's sidecar, `NAME.json` beside the file.

Keys that we do not know are kept.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webui.errors import BadFile, DiskTrouble, RequestRejected

_LARGEST = 1 << 20
_LONGEST = 20_000
_MOST_WEIGHT = 100.0


@dataclass(frozen=True, slots=True)
class Notes:
    """Empty or None where nothing is written.

    `problem`: why the sidecar is not read; then all else is empty.
    """

    description: str = ""
    family: str = ""
    trigger: str = ""
    negative: str = ""
    weight: float | None = None
    notes: str = ""
    problem: str = ""


_KEYS = {
    "description": "description",
    "family": "sd version",
    "trigger": "activation text",
    "negative": "negative text",
    "weight": "preferred weight",
    "notes": "notes",
}


def sidecar_of(path: Path) -> Path:
    """Where the notes of a file are."""
    return path.with_suffix(".json")


def read_notes(path: Path) -> Notes:
    """Those of the adapter `path`. A sidecar that cannot be read is told, and no error."""
    try:
        body = _body(sidecar_of(path))
    except BadFile as error:
        return Notes(problem=error.message)
    texts = {field: _text(body.get(_KEYS[field])) for field in _KEYS if field != "weight"}
    # 0 is what A1111 writes for none.
    return Notes(**texts, weight=_weight(body.get(_KEYS["weight"])) or None)


def write_notes(path: Path, changes: dict[str, str | float]) -> None:
    """Replace some fields of the notes of `path`, all at once or not at all.

    Raises RequestRejected for what is too long or no weight, BadFile where there is a sidecar that
    cannot be read (it would be lost), and DiskTrouble.
    """
    sidecar = sidecar_of(path)
    body = _body(sidecar)
    for field, value in changes.items():
        _check(field, value)
        body[_KEYS[field]] = value
    _replace(sidecar, json.dumps(body, indent=4).encode())


def _check(field: str, value: str | float) -> None:
    if field == "weight" and _weight(value) is None:
        raise RequestRejected(
            f"A weight is a number from {-_MOST_WEIGHT:g} to {_MOST_WEIGHT:g}.", field=field
        )
    if isinstance(value, str) and len(value) > _LONGEST:
        raise RequestRejected(f"Notes may have {_LONGEST:,} characters at most.", field=field)


def _body(sidecar: Path) -> dict[str, Any]:
    """What a sidecar says; nothing where there is none. Raises BadFile."""
    try:
        if not sidecar.is_file():
            return {}
        if sidecar.stat().st_size > _LARGEST:
            raise BadFile(f"{sidecar.name} is too large to be notes, so it is not read.")
        body = json.loads(sidecar.read_bytes())
    except OSError as error:
        raise BadFile(f"{sidecar.name} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise BadFile(f"{sidecar.name} is no JSON, so it is not read. Mend or remove it.") from None
    if not isinstance(body, dict):
        raise BadFile(f"{sidecar.name} holds no notes, so it is not read. Mend or remove it.")
    return body


def _text(value: object) -> str:
    """Text without halves of signs, which no answer could carry."""
    text = value[:_LONGEST] if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode()


def _weight(value: object) -> float | None:
    """A weight; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_MOST_WEIGHT <= value <= _MOST_WEIGHT else None


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise DiskTrouble(f"{path.name} could not be written: {error.strerror}.") from None
