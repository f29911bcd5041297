"""Latents that were kept: a first pass that a later job need not make again.

In memory first; with a folder also on disk, so that they outlive the program. Whatever is lost is
made again: nothing but time depends on them.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from webui.engine.company import ALONE, Pack, read_company, write_company

_MOST_BYTES = 64 << 20
_MOST_ON_DISK = 256 << 20
_ASIDE = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """Latents, in which company their calls were computed, and how many steps that were."""

    latents: Tensor
    packs: tuple[Pack, ...]
    asks: int


class KeptLatents:
    """The latest, within a number of bytes. `folder` None keeps them in memory only."""

    def __init__(self, folder: Path | None = None, most_bytes: int = _MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._known: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> Kept | None:
        """What was kept under a key, None if it is not known (any more)."""
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        found = self._read(key)
        if found:
            self._remember(key, found)
        return found

    def put(self, key: str, latents: Tensor, packs: Sequence[Pack], asks: int) -> None:
        """Keep latents. A disk that is full or locked costs only time later."""
        if key in self._known:
            return
        kept = Kept(latents.detach().cpu().clone(), tuple(packs), asks)
        self._remember(key, kept)
        if self._folder:
            with contextlib.suppress(OSError):
                self._write(self._folder, key, kept)

    def _remember(self, key: str, kept: Kept) -> None:
        self._known[key] = kept
        self._bytes += _size(kept)
        while self._bytes > self._most_bytes and len(self._known) > 1:
            _, gone = self._known.popitem(last=False)
            self._bytes -= _size(gone)

    def _path(self, folder: Path, key: str) -> Path:
        return folder / f"{_ASIDE.sub('_', key)}.safetensors"

    def _read(self, key: str) -> Kept | None:
        if self._folder is None:
            return None
        path = self._path(self._folder, key)
        try:
            with safe_open(path, "pt") as file:
                notes = file.metadata() or {}
                latents = file.get_tensor("latents")
            if notes["check"] != _check(latents, notes):
                return None
            os.utime(path)
        except (OSError, SafetensorError, KeyError):
            return None  # gone, or damaged: it is made again
        packs = read_company(notes["company"]) or [ALONE] * int(notes["calls"])
        return Kept(latents, tuple(packs), int(notes["asks"]))

    def _write(self, folder: Path, key: str, kept: Kept) -> None:
        notes = {
            "asks": str(kept.asks),
            "calls": str(len(kept.packs)),
            "company": write_company(kept.packs),
        }
        notes["check"] = _check(kept.latents, notes)
        folder.mkdir(parents=True, exist_ok=True)
        path = self._path(folder, key)
        part = path.with_suffix(".part")
        part.write_bytes(save({"latents": kept.latents.contiguous()}, notes))
        os.replace(part, path)
        self._sweep(folder)

    def _sweep(self, folder: Path) -> None:
        """The oldest go once all together are too large."""
        files = [(path.stat(), path) for path in folder.glob("*.safetensors")]
        total = sum(stat.st_size for stat, _ in files)
        for stat, path in sorted(files, key=lambda found: found[0].st_mtime):
            if total <= _MOST_ON_DISK:
                return
            path.unlink(missing_ok=True)
            total -= stat.st_size


def _check(latents: Tensor, notes: Mapping[str, str]) -> str:
    """Tells whether latents and what is noted beside them are as they were written."""
    said = [notes[name] for name in ("asks", "calls", "company")]
    known = blake2b(f"{said} {tuple(latents.shape)}".encode(), digest_size=16)
    known.update(latents.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return known.hexdigest()


def _size(kept: Kept) -> int:
    return kept.latents.numel() * kept.latents.element_size()
