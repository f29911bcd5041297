"""The files that cards are of, and the pictures beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from webui.pipelines.shelf import Kind

FOLDERS: dict[Kind, str] = {"lora": "loras", "embedding": "embeddings"}
_ENDING = ".safetensors"
_PREVIEWS = tuple(
    middle + ending for middle in ("", ".preview") for ending in (".png", ".jpg", ".jpeg", ".webp")
)
_DEEPEST = 32
"""Folders in folders; deeper than anybody sorts files."""


@dataclass(frozen=True, slots=True)
class CardFile:
    """`name` is the file's own without its ending, `folder` where it lies below the kind's folder.

    `changed` is in nanoseconds. `preview` is the name of a picture beside it.
    """

    name: str
    folder: str
    path: str
    size: int
    changed: int
    preview: str | None

    @property
    def key(self) -> str:
        """Tells one state of the file from another."""
        return f"{self.path}|{self.size}|{self.changed}"


def card_files(models: Path, kind: Kind) -> dict[str, CardFile]:
    """By name, in the order in which prompts find them: of equal names the first is meant.

    People's own files come before what checkpoints bring. Names that are no text are left out.
    """
    found: dict[str, CardFile] = {}
    roots = [models / FOLDERS[kind], *sorted(models.glob(f"*/companions/{FOLDERS[kind]}"))]
    for root in roots:
        for file in _walk(str(root), "", _DEEPEST):
            found.setdefault(file.name, file)
    return found


def _walk(here: str, folder: str, deepest: int) -> Iterator[CardFile]:
    try:
        with os.scandir(here) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError:
        return
    names = {entry.name for entry in entries}
    for entry in entries:
        if entry.name.endswith(_ENDING) and _is_text(entry.name):
            found = _file(entry, folder, names)
            if found:
                yield found
    for entry in entries:
        if deepest and entry.is_dir(follow_symlinks=False) and _is_text(entry.name):
            below = f"{folder}/{entry.name}" if folder else entry.name
            yield from _walk(entry.path, below, deepest - 1)


def _file(entry: os.DirEntry[str], folder: str, names: set[str]) -> CardFile | None:
    """None for what went while it was looked at, and for folders."""
    try:
        if not entry.is_file():
            return None
        stat = entry.stat()
    except OSError:
        return None
    name = entry.name.removesuffix(_ENDING)
    preview = next((name + ending for ending in _PREVIEWS if name + ending in names), None)
    return CardFile(name, folder, entry.path, stat.st_size, stat.st_mtime_ns, preview)


def _is_text(name: str) -> bool:
    """Names of broken UTF-8 can neither be shown nor written in a prompt."""
    return not any("\ud800" <= sign <= "\udfff" for sign in name)
