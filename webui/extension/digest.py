"""A hash over the files of an extension, to say with pictures which state of it had a hand in."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

_LEFT_OUT = frozenset({"__pycache__", ".git", ".venv", "node_modules", ".pytest_cache"})
_MOST_FILES = 5000
_LARGEST = 8 * 1024 * 1024
"""Bytes. Of larger files (weights) only the size counts, or every start would read them."""


def digest_of(folder: Path) -> str:
    """The sha256 over names and contents of its files, in hex; links are not followed.

    What cannot be read counts by its name alone.
    """
    whole = hashlib.sha256()
    for count, path in enumerate(_files(folder)):
        if count == _MOST_FILES:
            break
        name = path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape")
        whole.update(name + b"\0" + _content(path))
    return whole.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        for name in sorted(files):
            path = Path(at, name)
            if path.suffix != ".pyc" and not path.is_symlink() and path.is_file():
                yield path


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            return f"{size} bytes".encode()
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""
