"""JPEG: only the segments that pixels depend on are kept (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from webui.images.head import MOST_PARTS, Head

_MARKER = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]")
"""Leaves out fillers, escaped bytes of pixels, and restarts, which have no length."""

_END, _SCAN, _EXIF, _COMMENT = 0xD9, 0xDA, 0xE1, 0xFE
_APPLICATIONS = range(0xE0, 0xF0)
_KEPT = {
    0xE0: (b"JFIF\0", 12),
    0xE1: (b"Exif\0\0", 6),
    0xE2: (b"ICC_PROFILE\0", 14),
    0xEE: (b"Adobe", 12),
}
"""Applications' segments that say something about pixels: how each begins, and its least length.
Pillow stumbles over shorter ones."""

_FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))
_MOST_SCANS = 100
"""As many as libtiff allows. Each pass of a progressive picture goes over every pixel, so that a
small file of many thousands would take hours; programs write ten or so."""


def jpeg_head(data: bytes) -> Head:
    """Raises ValueError for what cannot be a JPEG that was made in earnest.

    Of EXIF only the first segment is kept, which holds the orientation. Further pictures, with
    which telephones store depth or brightness, go without a word.
    """
    kept, scans, size, oriented = [data[:2]], 0, None, False
    for kind, start, end in _segments(data):
        if kind == _SCAN:
            if not scans:
                kept.append(data[start - 2 :])
            scans += 1
            if scans > _MOST_SCANS:
                raise ValueError("more scans than any program writes")
        if scans or not _matters(kind, data[start + 2 : end]) or (kind == _EXIF and oriented):
            continue
        oriented = oriented or kind == _EXIF
        if kind in _FRAMES:
            size = _size(data[start:end])
        kept.append(data[start - 2 : end])
    if size is None or not scans:
        raise ValueError("no picture in it, or cut off before it")
    return Head(b"".join(kept), size)


def _size(frame: bytes) -> tuple[int, int]:
    return int.from_bytes(frame[5:7], "big"), int.from_bytes(frame[3:5], "big")


def _matters(kind: int, body: bytes) -> bool:
    """Whether pixels depend on a segment."""
    if kind not in _APPLICATIONS:
        return kind != _COMMENT
    beginning, least = _KEPT.get(kind, (b"", 1 << 16))
    return body.startswith(beginning) and len(body) >= least


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Every segment up to the end of the first picture: its kind, its start after that, its end."""
    at = 2
    for _ in range(MOST_PARTS):
        found = _MARKER.search(data, at)
        if found is None:
            return
        kind, at = data[found.end() - 1], found.end()
        if kind == _END:
            return
        end = at + int.from_bytes(data[at : at + 2], "big")
        yield kind, at, end
        at = max(end, at + 2)
    raise ValueError("more segments than any program writes")
