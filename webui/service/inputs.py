"""The pictures that people sent, kept by what is in them: `<folder>/<two digits>/<sha256>.png`."""

from __future__ import annotations

import os
import re
import struct
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy import typing as npt

from webui.errors import BadFile, NotFound
from webui.images.content import content_hash, kept_path, read_kept, to_png
from webui.service.files import write_whole

_FOLDER = re.compile(r"[0-9a-f]{2}")
_FILE = re.compile(r"([0-9a-f]{64})\.png(\.part)?")
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">8s4x4sIIxB")
"""The beginning of a PNG: signature, IHDR, width, height, kind of colour."""

_CHANNELS = {2: False, 6: True}
"""Kinds of colour that are kept, and whether they have alpha."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Sent pictures. Usable from any thread; one of them owns a folder."""

    folder: Path
    # Two that keep the same picture would write the same `.part`, and a sweep would take it away.
    _writing: threading.Lock = field(
        default_factory=threading.Lock, init=False, repr=False, compare=False
    )

    def keep(self, pixels: npt.NDArray[np.uint8]) -> str:
        """Keep a picture, uint8 [height, width, 3 or 4], and return its hash.

        One that is there already stays, as if it had been kept now. Raises DiskTrouble, and
        ValueError for any other array.
        """
        sha256, png = content_hash(pixels), to_png(pixels)
        with self._writing:
            if not self._refreshed(sha256):
                write_whole(kept_path(self.folder, sha256), png)
        return sha256

    def path(self, sha256: str) -> Path:
        """The file of a picture. Raises NotFound."""
        try:
            path = kept_path(self.folder, sha256)
        except ValueError:
            raise NotFound("That is not the name of a picture that was sent.") from None
        if not path.is_file():
            raise NotFound("This picture is no longer kept. Send it again.")
        return path

    def size(self, sha256: str) -> tuple[int, int, bool]:
        """Width, height and whether it has alpha, by the file's header alone.

        Raises NotFound, and BadFile for a file that is not what was kept.
        """
        path = self.path(sha256)
        try:
            with path.open("rb") as file:
                head = file.read(_HEADER.size).ljust(_HEADER.size, b"\0")
        except OSError:
            raise NotFound("This picture is no longer kept. Send it again.") from None
        signature, kind, width, height, colour = _HEADER.unpack(head)
        if (signature, kind) != (_SIGNATURE, b"IHDR") or colour not in _CHANNELS:
            raise BadFile("This picture was changed where it is kept. Send it again.")
        return width, height, _CHANNELS[colour]

    def sweep(self, used: Collection[str], now: float, age: float = 86_400) -> int:
        """Remove pictures that are not in `used` and were last kept more than `age` seconds ago.

        `now`: seconds since the epoch. What was left half written goes at any age. Returns how
        many files went; what cannot be removed stays for the next time.
        """
        wanted, removed = frozenset(used), 0
        with self._writing:
            for entry, sha256, whole in self._entries():
                if whole and (sha256 in wanted or _age(entry, now) <= age):
                    continue
                removed += _removed(entry)
        return removed

    def _refreshed(self, sha256: str) -> bool:
        """Whether a picture is there already, sound; then its age begins anew."""
        try:
            read_kept(self.folder, sha256)
            os.utime(kept_path(self.folder, sha256))
        except (BadFile, OSError):
            return False
        return True

    def _entries(self) -> Iterator[tuple[os.DirEntry[str], str, bool]]:
        """Our own files: each, its hash, and whether it is whole. Links are never followed."""
        for folder in _listed(self.folder):
            if not (_FOLDER.fullmatch(folder.name) and folder.is_dir(follow_symlinks=False)):
                continue
            for entry in _listed(Path(folder.path)):
                found = _FILE.fullmatch(entry.name)
                if found and entry.is_file(follow_symlinks=False):
                    yield entry, found[1], not found[2]


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _age(entry: os.DirEntry[str], now: float) -> float:
    """Seconds since a file was kept; one that is gone meanwhile is as new."""
    try:
        return now - entry.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0


def _removed(entry: os.DirEntry[str]) -> bool:
    try:
        os.unlink(entry.path)
    except OSError:
        return False
    return True
