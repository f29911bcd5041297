"""Framed messages over a pipe: a JSON object and raw bytes. No pickle, no port.

A frame is two lengths (4 bytes each, little endian), the JSON and the bytes.
"""

from __future__ import annotations

import json
import struct
import threading
from typing import Any, BinaryIO

_LENGTHS = struct.Struct("<II")
_LARGEST_JSON = 16 << 20
_LARGEST_BYTES = 1 << 30


class FrameWriter:
    """Writes whole frames; safe to use from several threads."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._lock = threading.Lock()

    def write(self, message: dict[str, Any], data: bytes = b"") -> None:
        """Raises OSError when the other side is gone."""
        body = json.dumps(message).encode()
        with self._lock:
            self._file.write(_LENGTHS.pack(len(body), len(data)))
            self._file.write(body)
            self._file.write(data)
            self._file.flush()


def read_frame(file: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next frame; None when the other side is gone or no longer makes sense."""
    head = _read_exactly(file, _LENGTHS.size)
    if head is None:
        return None
    json_length, data_length = _LENGTHS.unpack(head)
    if json_length > _LARGEST_JSON or data_length > _LARGEST_BYTES:
        return None
    body, data = _read_exactly(file, json_length), _read_exactly(file, data_length)
    if body is None or data is None:
        return None
    return json.loads(body), data


def _read_exactly(file: BinaryIO, length: int) -> bytes | None:
    parts: list[bytes] = []
    missing = length
    while missing:
        part = file.read(missing)
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
