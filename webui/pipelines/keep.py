"""Small JSON files that keep what was measured between starts. Losing one costs only time."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any


def kept_json(path: Path | None) -> dict[str, Any]:
    """What was kept; empty when there is nothing or it cannot be read."""
    if path is None:
        return {}
    try:
        body = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def keep_json(path: Path | None, body: dict[str, Any]) -> None:
    """Replace the file whole, or leave it as it was."""
    if path is None:
        return
    part = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(body, indent=1, sort_keys=True), "utf-8")
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
