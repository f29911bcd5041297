"""PNG: only the chunks that pixels depend on are kept.

Texts, which may be bombs, and the later pictures of an animation are left out
(https://www.w3.org/TR/png-3/, section 5 for chunks, 11.3 for APNG).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from webui.images.head import MOST_PARTS, Head
from webui.images.profile import IGNORED

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_ONCE = (b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"IEND")
_LARGEST = 1 << 20
"""Bytes of what is kept beside pixels. Pillow refuses a file whose profile unpacks to more."""


def png_head(data: bytes) -> Head:
    """Raises ValueError or struct.error for what cannot be a PNG that was made in earnest."""
    if data[12:16] != b"IHDR":
        raise ValueError("no header")
    kept, seen, notes = [SIGNATURE], set[bytes](), tuple[str, ...]()
    frames = shown = 0
    for kind, start, end in chunks(data):
        if kind == b"acTL":
            frames = int.from_bytes(data[start : start + 4], "big")
        elif kind == b"fcTL" and b"IDAT" not in seen:
            shown = 1  # the still picture is the first of those that move; it need not be
        elif kind == b"iCCP" and not _unpacks_small(data[start:end]):
            notes = (IGNORED,)
        elif kind == b"IDAT" or (kind in _ONCE and kind not in seen and end - start <= _LARGEST):
            kept.append(data[start - 8 : end + 4])
        seen.add(kind)
    more = max(0, frames - shown) if b"acTL" in seen else 0
    return Head(b"".join(kept), struct.unpack_from(">II", data, 16), more, notes=notes)


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Every chunk: its kind, and where its body starts and ends; the last may be cut off."""
    at = len(SIGNATURE)
    for _ in range(MOST_PARTS):
        if at + 8 > len(data):
            return
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        yield kind, at + 8, at + 8 + length
        if kind == b"IEND":
            return
        at += 12 + length
    raise ValueError("more chunks than any program writes")


def _unpacks_small(body: bytes) -> bool:
    """Whether the profile of an iCCP chunk can be unpacked and is no bomb."""
    packed = body[body.find(b"\0") + 2 :]
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(packed, _LARGEST)
    except zlib.error:
        return False
    return unpacker.eof
