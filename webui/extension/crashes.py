"""Which extension was being loaded when the program ended: a file that should not be there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

import psutil

_FOLDER = "extensions-loading"


class CrashMarks:
    """Marks beside the studio's state; none are made without a folder.

    A mark is a file that is there while an extension is loaded: `<id>.<process>.<its start>`. When
    that process is gone and the mark is not, the extension took it along.
    """

    def __init__(self, state: Path | None) -> None:
        self._folder = state / _FOLDER if state else None

    def crashed(self) -> frozenset[str]:
        """The ids of extensions that ended a program while they were loaded."""
        return frozenset(_id(name) for name in self._marks() if not _runs(name))

    def forget(self, extension: str) -> None:
        """Give an extension another chance."""
        for name in self._marks():
            if _id(name) == extension and self._folder and not _runs(name):
                with contextlib.suppress(OSError):
                    (self._folder / name).unlink()

    @contextlib.contextmanager
    def marked(self, extension: str) -> Generator[None]:
        """While this is open, the end of the program is the fault of this extension."""
        mark = self._folder / f"{extension}.{_me()}" if self._folder else None
        if mark:
            with contextlib.suppress(OSError):
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
        try:
            yield
        finally:
            if mark:
                with contextlib.suppress(OSError):
                    mark.unlink()

    def _marks(self) -> list[str]:
        try:
            return os.listdir(self._folder) if self._folder else []
        except OSError:
            return []


def _me() -> str:
    return f"{os.getpid()}.{psutil.Process().create_time():.0f}"


def _id(mark: str) -> str:
    return mark.partition(".")[0]


def _runs(mark: str) -> bool:
    """Whether its process runs still. Numbers are given out again, so its start counts too."""
    number, _, start = mark.partition(".")[2].partition(".")
    if not (number.isdecimal() and start.isdecimal() and len(number) < 10):
        return False
    try:
        return f"{psutil.Process(int(number)).create_time():.0f}" == start
    except (psutil.Error, OverflowError):
        return False
