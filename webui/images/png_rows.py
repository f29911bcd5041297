"""Whether the pixels of a PNG are all there: where some are missing, Pillow leaves them black."""

from __future__ import annotations

import struct
import zlib

from webui.images.head_png import chunks

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Of each kind of colour (https://www.w3.org/TR/png-3/, table 8)."""

_WHOLE = ((0, 0, 1, 1),)
_SEVEN = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""The passes of Adam7: first column and row, and the steps across and down."""

_AT_ONCE = 1 << 20


def check_rows(data: bytes) -> None:
    """Raises ValueError, KeyError or zlib.error where rows are missing.

    Takes as long as unpacking does, a megabyte of memory, and never goes beyond the last row.
    """
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    missing = _length(width, height, depth * _CHANNELS[colour], _SEVEN if data[28] else _WHOLE)
    unpacker = zlib.decompressobj()
    for kind, start, end in chunks(data):
        part = data[start:end] if kind == b"IDAT" else b""
        while missing > 0 and part:
            missing -= len(unpacker.decompress(part, _AT_ONCE))
            part = unpacker.unconsumed_tail
    while missing > 0 and (rest := unpacker.decompress(b"", _AT_ONCE)):
        missing -= len(rest)
    if missing > 0:
        raise ValueError("rows are missing")


def _length(
    width: int, height: int, bits: int, passes: tuple[tuple[int, int, int, int], ...]
) -> int:
    """The bytes of all rows, each after one that names its filter. `bits`: of one pixel."""
    total = 0
    for left, top, across, down in passes:
        wide, high = len(range(left, width, across)), len(range(top, height, down))
        total += high * (1 + -(-wide * bits // 8)) if wide else 0
    return total
