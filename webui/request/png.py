"""Metadata in PNG files: the A1111 `parameters` text and our own `darkroom` chunk, out and in.

The chunk is JSON: {"request": the resolved request whole, "made_with": what else the pixels
depend on}. Reading never trusts a file: sizes are capped before anything is decoded.
"""

from __future__ import annotations

import io
import json
import struct
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin
from pydantic import BaseModel

from webui.errors import BadFile
from webui.request.infotext import read_infotext
from webui.request.resolved import ResolvedRequest

CHUNK = "darkroom"
_LARGEST_CHUNK = 1 << 20
_LARGEST_FILE = 256 << 20
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow raises for files that are no sound PNG."""


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
    body = {"request": request.model_dump(mode="json"), "made_with": made_with}
    info.add_text(CHUNK, json.dumps(body))
    file = io.BytesIO()
    Image.frombytes("RGB", size, pixels).save(file, "PNG", pnginfo=info, compress_level=4)
    return file.getvalue()


def read_png(source: Path | bytes) -> PictureMetadata:
    """Read a picture's metadata. Raises BadFile for what is not a sound PNG."""
    data = _bytes_of(source)
    try:
        with warnings.catch_warnings():
            # About absurd sizes and odd animations; no pixel is ever decoded here.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
                # Not `image.text`, which decodes the pixels to reach chunks behind them.
                infotext, own = _text(image.info, "parameters"), _text(image.info, CHUNK)
    except _UNREADABLE as error:
        raise BadFile(f"This is not a PNG picture that can be read ({error}).") from None
    request, made_with = _own_chunk(own)
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


def _own_chunk(text: str | None) -> tuple[ResolvedRequest | None, dict[str, str]]:
    if not text:
        return None, {}
    try:
        chunk = _Chunk.model_validate_json(text)
    except (ValueError, RecursionError):
        return None, {}
    return chunk.request, chunk.made_with
