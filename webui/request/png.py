"""Metadata in picture files: the A1111 `parameters` text and our own chunk, out and in.

Our chunk is JSON: {"request": the resolved request whole, "made_with": what else the pixels
depend on}. In a PNG both are text chunks, `parameters` and `darkroom`. JPEG and WebP have them in
EXIF: the text as UserComment, where others look ("UNICODE" and UTF-16, big end first), and the
JSON, after "darkroom:", as ImageDescription. That is a tag of plain ASCII in the first directory,
which editors and converters that keep any EXIF keep; what strips EXIF takes both.
Reading never trusts a file: sizes are capped before anything is decoded, and no pixel ever is.
"""

from __future__ import annotations

import io
import json
import struct
import warnings
import zlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import ExifTags, Image, PngImagePlugin
from pydantic import BaseModel

from webui.errors import BadFile
from webui.request.infotext_reading import read_infotext
from webui.request.resolved import ResolvedRequest

CHUNK = "darkroom"
PICTURES = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
"""Formats, in Pillow's words, whose metadata is read."""

USER_COMMENT = ExifTags.Base.UserComment
DESCRIPTION = ExifTags.Base.ImageDescription

Format = Literal["png", "jpeg", "webp"]

_OWN = f"{CHUNK}:"
_LARGEST_CHUNK = 1 << 20
_LARGEST_FILE = 256 << 20
_LARGEST_SEGMENT = 65_533
_MOST_SEGMENTS = 300
_EXIF_HEADER = b"Exif\0\0"
_OTHER_CODES = (b"ASCII\0\0\0", b"JIS\0\0\0\0\0", bytes(8))
_UNICODE = b"UNICODE\0"
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    RuntimeError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow raises for files that are no sound pictures."""


class _Chunk(BaseModel):
    """The form of the `darkroom` chunk."""

    request: ResolvedRequest
    made_with: dict[str, str]


@dataclass(frozen=True, slots=True)
class PictureMetadata:
    """What a picture says of itself. `request` is None where another program made it."""

    request: ResolvedRequest | None
    made_with: dict[str, str]
    infotext: str | None

    @property
    def pairs(self) -> dict[str, str]:
        """The keys of the `parameters` text."""
        return read_infotext(self.infotext) if self.infotext else {}


_QUICK_ABOVE = 8_000_000
"""Pixels."""


def write_png(
    pixels: bytes,
    size: tuple[int, int],
    request: ResolvedRequest,
    made_with: dict[str, str],
    infotext: str,
) -> bytes:
    """A whole PNG file. `pixels`: RGB, row by row; `size`: (width, height)."""
    info = PngImagePlugin.PngInfo()
    info.add_itxt("parameters", infotext) if not infotext.isascii() else info.add_text(
        "parameters", infotext
    )
    info.add_text(CHUNK, _body(request, made_with))
    file = io.BytesIO()
    # One thread saves for everybody: a picture of 64 megapixels must not hold it for long.
    level = 4 if size[0] * size[1] <= _QUICK_ABOVE else 1
    Image.frombytes("RGB", size, pixels).save(file, "PNG", pnginfo=info, compress_level=level)
    return file.getvalue()


def write_picture(
    pixels: bytes,
    size: tuple[int, int],
    request: ResolvedRequest,
    made_with: dict[str, str],
    infotext: str,
    format: Format = "png",
    quality: int = 90,
) -> bytes:
    """A whole picture file of that format; `pixels` and `size` as in `write_png`.

    `quality`: 1 to 100, for JPEG and WebP; WebP of 100 keeps every pixel. Text of any length is
    kept. Raises OSError or ValueError for sizes that the format does not have (WebP: more than
    16,383 pixels a side).
    """
    if format == "png":
        return write_png(pixels, size, request, made_with, infotext)
    exif = Image.Exif()
    exif[DESCRIPTION] = _OWN + _body(request, made_with)
    text = infotext.encode("utf-16-be", "replace")
    exif.get_ifd(ExifTags.IFD.Exif)[USER_COMMENT] = _UNICODE + text
    image, file = Image.frombytes("RGB", size, pixels), io.BytesIO()
    if format == "jpeg":
        image.save(file, "JPEG", quality=quality, subsampling=0)
        return _with_exif(file.getvalue(), exif.tobytes().removeprefix(_EXIF_HEADER))
    image.save(file, "WEBP", quality=quality, lossless=quality == 100, exif=exif)
    return file.getvalue()


def _body(request: ResolvedRequest, made_with: dict[str, str]) -> str:
    """Our chunk. Plain ASCII."""
    return json.dumps({"request": request.model_dump(mode="json"), "made_with": made_with})


def _with_exif(jpeg: bytes, exif: bytes) -> bytes:
    """The same JPEG with that EXIF, in as many segments as it takes: one holds 64 KB.

    Readers of one segment only (Pillow is none) see a long one cut, and the picture as ever.
    """
    first = 4 + int.from_bytes(jpeg[4:6], "big")  # after the picture's own JFIF segment
    room = _LARGEST_SEGMENT - len(_EXIF_HEADER)
    parts = [exif[at : at + room] for at in range(0, len(exif), room)]
    segments = [
        struct.pack(">HH", 0xFFE1, 2 + len(_EXIF_HEADER) + len(part)) + _EXIF_HEADER + part
        for part in parts
    ]
    return b"".join((jpeg[:first], *segments, jpeg[first:]))


def read_png(source: Path | bytes) -> PictureMetadata:
    """Read a picture's metadata. Raises BadFile for what is not a sound PNG."""
    with opened(source, ("PNG",)) as image:
        # Not `image.text`, which decodes the pixels to reach chunks behind them.
        return _metadata(_text(image.info, "parameters"), _text(image.info, CHUNK))


def read_picture(source: Path | bytes) -> PictureMetadata:
    """Read what `write_picture` wrote, of every format. Raises BadFile for no sound picture."""
    with opened(source) as image:
        texts = exif_texts(image.info)
        infotext = _text(image.info, "parameters") or texts.get(USER_COMMENT)
        return _metadata(infotext, _text(image.info, CHUNK) or own_text(texts))


@contextmanager
def opened(
    source: Path | bytes, formats: tuple[str, ...] = PICTURES
) -> Generator[Image.Image, None, None]:
    """A picture whose head was read and whose pixels are not. Raises BadFile in plain words."""
    data = _bytes_of(source)
    named = formats[0] if len(formats) == 1 else "PNG, JPEG, WebP, AVIF or GIF"
    if data.startswith(b"\xff\xd8") and data.count(_EXIF_HEADER) > _MOST_SEGMENTS:
        # Pillow joins them one by one, which takes minutes for thousands.
        raise BadFile("This picture has more than 16 MB of EXIF data, which no camera writes.")
    try:
        with warnings.catch_warnings():
            # About absurd sizes and odd animations.
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=formats)
    except _UNREADABLE as error:
        raise BadFile(f"This is not a {named} picture that can be read ({error}).") from None
    with image:
        yield image


def exif_texts(info: Mapping[Any, Any]) -> dict[int, str]:
    """The texts that the EXIF of an opened picture's `info` holds, by tag.

    EXIF that is damaged gives what can be read of it.
    """
    data = info.get("exif")
    if not isinstance(data, bytes):
        return {}
    exif, found = Image.Exif(), dict[int, str]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exif.load(data)
            for tags in (exif, exif.get_ifd(ExifTags.IFD.Exif)):
                for tag in tags:
                    found[tag] = _exif_text(tags[tag])
        except _UNREADABLE:
            pass  # what came before the damage stays
    return {tag: text for tag, text in found.items() if text}


def own_text(texts: Mapping[int, str]) -> str | None:
    """Our own chunk out of `exif_texts`."""
    text = texts.get(DESCRIPTION, "")
    return text.removeprefix(_OWN) if text.startswith(_OWN) else None


def _exif_text(value: Any) -> str:
    """A text tag in words. A comment says its code in its first 8 bytes."""
    if isinstance(value, str):
        return value.rstrip("\0")
    if not isinstance(value, bytes):
        return ""
    if value.startswith(_UNICODE):
        return _utf16(value[len(_UNICODE) :]).rstrip("\0")
    if value[:8] in _OTHER_CODES:
        value = value[8:]
    return value.decode("utf-8", "replace").rstrip("\0")


def _utf16(data: bytes) -> str:
    """UTF-16 of either byte order: the standard leaves it open, and programs do both.

    Where no mark and no well-known beginning tells, the Latin letters do: their zero byte stands
    first if the big end does.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    big, little = data.decode("utf-16-be", "replace"), data.decode("utf-16-le", "replace")
    for text in (big, little):
        if "Steps: " in text or text.startswith("{"):
            return text
    return little if data[1::2].count(0) > data[::2].count(0) else big


def _metadata(infotext: str | None, own: str | None) -> PictureMetadata:
    request, made_with = own_chunk(own)
    return PictureMetadata(request, made_with, infotext)


def _text(info: Mapping[Any, Any], key: str) -> str | None:
    """A text chunk of a reasonable length."""
    text = info.get(key)
    return str(text) if isinstance(text, str) and 0 < len(text) <= _LARGEST_CHUNK else None


def _bytes_of(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        if source.stat().st_size > _LARGEST_FILE:
            raise BadFile(f"{source.name} is larger than {_LARGEST_FILE >> 20} MB.")
        return source.read_bytes()
    except OSError as error:
        raise BadFile(f"{source.name} cannot be read: {error.strerror}.") from None


def own_chunk(text: str | None) -> tuple[ResolvedRequest | None, dict[str, str]]:
    """The request of a `darkroom` text and what it was made with; None for any other text."""
    if not text:
        return None, {}
    try:
        chunk = _Chunk.model_validate_json(text)
    except (ValueError, RecursionError):
        return None, {}
    return chunk.request, chunk.made_with
