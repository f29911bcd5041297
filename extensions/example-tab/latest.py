"""Which picture each owner saved last."""

from __future__ import annotations

import threading
from pathlib import Path


class Latest:
    """Paths by owner; nobody sees another one's. Hooks and routes come from several threads."""

    def __init__(self) -> None:
        self._paths: dict[str, Path] = {}
        self._lock = threading.Lock()

    def note(self, owner: str, path: Path) -> None:
        """`path` is the owner's latest."""
        with self._lock:
            self._paths[owner] = path

    def path_of(self, owner: str) -> Path | None:
        """The owner's latest; None before the first one since the start, or once it is deleted."""
        with self._lock:
            path = self._paths.get(owner)
        return path if path and path.is_file() else None
