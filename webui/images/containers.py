"""Which kind of picture a file is, and what it says of it before a pixel is decoded."""

from __future__ import annotations

import re
import struct
from typing import Literal

from PIL import features

from webui.errors import BadFile
from webui.images.head import MOST_COUNTED, MOST_PARTS, Head
from webui.images.head_jpeg import jpeg_head
from webui.images.head_png import SIGNATURE, png_head
from webui.images.head_tiff import tiff_head

Format = Literal["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"]
"""In Pillow's words. No other reader of Pillow is ever let near a file."""

_HAS_AVIF = features.check("avif")
_KINDS = "PNG, JPEG, WebP, GIF, BMP, TIFF" + (" or AVIF" if _HAS_AVIF else "")

_BEGINNINGS: tuple[tuple[bytes, Format], ...] = (
    (SIGNATURE, "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
)
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"8BPS", "a Photoshop document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
)
_BRANDS = 64
_GIF_BLOCK = re.compile(rb"[,!;]")
_MOST_JUNK = 1000
"""Bytes between blocks of a GIF, which Pillow skips one by one."""

_MOST_SUB_BLOCKS = 10 * MOST_PARTS
"""Of a GIF: one holds 255 bytes at most."""

_MOST_SLOW_PIXELS = 4 * 1024 * 1024
"""Of a packed BMP, which Pillow unpacks in Python."""


def format_of(data: bytes, name: str) -> Format:
    """The format by the first bytes. Raises BadFile, in words, for what is no such picture."""
    if not data:
        raise BadFile(f"{name} is an empty file. Send it again.")
    for beginning, format in _BEGINNINGS:
        if data.startswith(beginning):
            return format
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if (
        _HAS_AVIF
        and data[4:8] == b"ftyp"
        and any(brand in data[8:_BRANDS] for brand in (b"avif", b"avis"))
    ):
        return "AVIF"
    raise BadFile(f"{name} is {_other(data)}. Send it as {_KINDS}.")


def _other(data: bytes) -> str:
    """What else a file is, after "is"."""
    for beginning, what in _OTHERS:
        if data.startswith(beginning):
            return f"{what}, which cannot be opened here"
    if data[4:8] == b"ftyp":
        heic = any(brand in data[8:_BRANDS] for brand in (b"hei", b"hev", b"mif1"))
        return f"a {'HEIC picture' if heic else 'video'}, which cannot be opened here"
    text = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<"):
        what = "a drawing (SVG)" if b"<svg" in text else "a web page or other text"
        return f"{what}, no picture made of pixels"
    return "no picture that can be opened"


def read_head(format: Format, data: bytes) -> Head:
    """Raises ValueError, KeyError, IndexError or struct.error for what is no sound file."""
    match format:
        case "PNG":
            return png_head(data)
        case "JPEG":
            return jpeg_head(data)
        case "TIFF":
            return tiff_head(data)
        case "GIF":
            return _gif_head(data)
        case "BMP":
            return _bmp_head(data)
        case "WEBP":
            return Head(data, _webp_size(data), more=None)
        case "AVIF":
            return Head(data, more=None)


def _gif_head(data: bytes) -> Head:
    """GIF89a: blocks, each of sub-blocks that begin with their length."""
    pictures, parts, at = 0, 0, 13 + _colours(data[10])
    while pictures <= MOST_COUNTED and parts < _MOST_SUB_BLOCKS:
        block = _GIF_BLOCK.search(data, at, at + _MOST_JUNK)
        if block is None or block[0] == b";" or block.end() + 8 >= len(data):
            break
        at = block.end() + 1
        if block[0] == b",":
            pictures += 1
            at += 9 + _colours(data[at + 7])
        while at < len(data) and data[at] and parts < _MOST_SUB_BLOCKS:
            parts += 1
            at += 1 + data[at]
        at, parts = at + 1, parts + 1
    if not pictures:
        raise ValueError("no picture in it")
    return Head(data, struct.unpack_from("<HH", data, 6), pictures - 1)


def _colours(flags: int) -> int:
    """The bytes of a colour table."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _bmp_head(data: bytes) -> Head:
    (length,) = struct.unpack_from("<L", data, 14)
    if length == 12:
        return Head(data, struct.unpack_from("<HH", data, 18))
    width, height = struct.unpack_from("<ll", data, 18)
    size = width, abs(height)
    packing = int.from_bytes(data[30:34], "little")
    if packing in (1, 2) and max(len(data), size[0] * size[1]) > _MOST_SLOW_PIXELS:
        raise ValueError("too large to be unpacked slowly")
    return Head(data, size)


def _webp_size(data: bytes) -> tuple[int, int]:
    """The canvas, for which the decoder makes room at once (RFC 9649)."""
    match data[12:16]:
        case b"VP8X":
            wide, high = data[24:27], data[27:30]
            return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case _:
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
