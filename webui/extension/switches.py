"""Which extensions are switched off, and their settings: a small file beside the database."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from webui.errors import DiskTrouble

FILE = "extensions.json"


class Switches:
    """Reads and writes `<state>/extensions.json`: {"off": [ids], "settings": {id: {field: value}}}.

    A file that is damaged counts as empty; keys that we do not know are kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def off(self) -> frozenset[str]:
        """The ids that are switched off."""
        off = self._read().get("off")
        return frozenset(id for id in off if isinstance(id, str)) if isinstance(off, list) else _NO

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        """Settings by extension, as they were stored; the manifest may have changed since."""
        kept = self._read().get("settings")
        of_all = kept if isinstance(kept, dict) else {}
        return {id: values for id, values in of_all.items() if isinstance(values, dict)}

    def switch(self, extension: str, *, on: bool) -> None:
        """Switch one on or off; it acts at the next start. Raises DiskTrouble."""
        off = self.off - {extension} if on else self.off | {extension}
        self._write({**self._read(), "off": sorted(off)})

    def set(self, extension: str, values: Mapping[str, Any]) -> None:
        """Keep the settings of one, which were checked before. Raises DiskTrouble."""
        self._write(
            {**self._read(), "settings": {**self.settings, extension: dict(values)}},
        )

    def _read(self) -> dict[str, Any]:
        try:
            body = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}

    def _write(self, body: dict[str, Any]) -> None:
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(body, indent=1, sort_keys=True), "utf-8")
            os.replace(part, self._path)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            raise DiskTrouble(
                f"{self._path.name} cannot be written: {error.strerror}. Nothing was changed."
            ) from None


_NO: frozenset[str] = frozenset()
