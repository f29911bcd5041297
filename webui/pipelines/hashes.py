"""sha256 of checkpoints, computed once per file state and kept between starts."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from pathlib import Path

from webui.errors import BadFile
from webui.pipelines.catalogue import Checkpoint
from webui.pipelines.keep import keep_json, kept_json

_SHA256 = re.compile("[0-9a-f]{64}")


class Hashes:
    """A cache of sha256 by path, size and time of change. Safe to use from several threads."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        kept = kept_json(path)
        self._known = {k: v for k, v in kept.items() if _SHA256.fullmatch(str(v))}
        self._lock = threading.Lock()

    def of(self, checkpoint: Checkpoint) -> str:
        """64 hexadecimal digits over names and contents of all files of the checkpoint.

        Raises BadFile when they cannot be read any more.
        """
        whole = hashlib.sha256()
        name = checkpoint.info.name
        files = checkpoint.weights()
        if not any(file.suffix == ".safetensors" for file in files):
            raise BadFile(f"The files of the checkpoint {name!r} are no longer there.")
        try:
            for file in files:
                part = file.relative_to(checkpoint.folder).as_posix()
                whole.update(json.dumps([part, self._of_file(file)]).encode())
        except OSError as error:
            raise BadFile(
                f"The checkpoint {name!r} cannot be read any more: {error.strerror}."
            ) from None
        return whole.hexdigest()

    def of_file(self, path: Path) -> str:
        """sha256 of one file. Raises BadFile when it cannot be read."""
        try:
            return self._of_file(path)
        except OSError as error:
            raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from None

    def of_tensors(self, path: Path) -> str:
        """sha256 of a safetensors file behind its header, by which LoRAs are known to others.

        Raises BadFile when it cannot be read.
        """
        try:
            key = f"{_key(path)}|tensors"
            with self._lock:
                if key not in self._known:
                    with path.open("rb") as file:
                        file.seek(8 + int.from_bytes(file.read(8), "little"))
                        self._known[key] = hashlib.file_digest(file, "sha256").hexdigest()
                    keep_json(self._path, dict(self._known))
                return self._known[key]
        except (OSError, ValueError, OverflowError) as error:
            raise BadFile(f"{path.name} cannot be read: {error}.") from None

    def known(self, checkpoint: Checkpoint) -> str | None:
        """As `of`, but None where it would have to be computed first."""
        try:
            is_known = all(_key(file) in self._known for file in checkpoint.weights())
            return self.of(checkpoint) if is_known else None
        except (OSError, BadFile):
            return None

    def _of_file(self, path: Path) -> str:
        key = _key(path)
        with self._lock:
            if key not in self._known:
                with path.open("rb") as file:
                    self._known[key] = hashlib.file_digest(file, "sha256").hexdigest()
                keep_json(self._path, dict(self._known))
            return self._known[key]


def _key(path: Path) -> str:
    """Tells one state of a file from another."""
    stat = path.stat()
    return f"{path}|{stat.st_size}|{stat.st_mtime_ns}"
