"""Wildcards: text files, of which a prompt takes one line wherever it says `__name__`.

A folder holds `name.txt` and `folder/name.txt`, in UTF-8. Empty lines and those that begin with #
do not count; `3::words` is drawn three times as often as a line without a weight.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from webui.errors import RequestRejected
from webui.request.explain import shown

LARGEST = 4 << 20
_LONGEST_NAME = 200
_ENDING = ".txt"


@dataclass(frozen=True, slots=True)
class Wildcards:
    """The wildcards of a folder, which need not exist. Nothing is kept in memory."""

    folder: Path

    def names(self) -> list[str]:
        """Every name, sorted; no file is opened. Links and dot files count only inside."""
        found: list[str] = []
        for folder, folders, files in os.walk(self.folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            begin = "" if Path(folder) == self.folder else f"{self._relative(folder)}/"
            found += [
                begin + file.removesuffix(_ENDING)
                for file in files
                if file.endswith(_ENDING) and not file.startswith(".")
                if not os.path.islink(os.path.join(folder, file))
                or self._file(begin + file.removesuffix(_ENDING)) is not None
            ]
        return sorted(found)

    def has(self, name: str) -> bool:
        """Whether there is a file of this name. Raises RequestRejected as `check` does."""
        check(name)
        return self._file(name) is not None

    def text(self, name: str) -> str:
        """What is in the file. Raises RequestRejected if it cannot be used."""
        check(name)
        path = self._file(name)
        if path is None:
            raise _unusable(name, "is not there any more")
        try:
            with open(path, "rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            raise _unusable(name, f"cannot be read: {error.strerror}") from None
        if len(data) > LARGEST:
            raise _unusable(name, f"is larger than {LARGEST >> 20} MB; split it")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise _unusable(name, "is not UTF-8 text; save it as UTF-8") from None

    def _relative(self, folder: str) -> str:
        return Path(folder).relative_to(self.folder).as_posix()

    def _file(self, name: str) -> str | None:
        """Where a wildcard lies; None if there is none inside the folder (links are followed)."""
        path = os.path.realpath(self.folder / f"{name}{_ENDING}")
        root = os.path.join(os.path.realpath(self.folder), "")
        return path if path.startswith(root) and os.path.isfile(path) else None


def check(name: str) -> None:
    """Raises RequestRejected if `name` can be no wildcard's."""
    parts = name.split("/")
    if (
        len(name) > _LONGEST_NAME
        or any(not part or part.startswith(".") for part in parts)
        or set(name) & set('\\:\0"<>|')
    ):
        raise RequestRejected(
            f"{shown(name)} is no name of a wildcard. Names are those of text files below the"
            " wildcards folder, as in __animals/cat__.",
            field="prompt",
            value=name,
        )


def fits(name: str, pattern: str) -> bool:
    """Whether a name is meant by one with * and ?; `*` stays inside a folder, `**` does not."""
    if "**" in pattern:
        return fnmatchcase(name, pattern)
    parts, patterns = name.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))


def _unusable(name: str, what: str) -> RequestRejected:
    return RequestRejected(f"The wildcard {name}{_ENDING} {what}.", field="prompt", value=name)
