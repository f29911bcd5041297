"""Carriers: every text that a picture file holds, or one that was pasted, by where it lay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from PIL import ExifTags, Image, PngImagePlugin

from webui.metadata.values import as_text, sendable
from webui.request.png import USER_COMMENT, exif_texts, opened

LARGEST = 16 << 20
"""Characters of all texts of one file. The largest honest ones are ComfyUI's graphs."""

_EXIF_NAMES: Mapping[int, str] = {
    ExifTags.Base.ImageDescription: "ImageDescription",
    ExifTags.Base.Make: "Make",
    ExifTags.Base.Model: "Model",
    ExifTags.Base.Software: "Software",
    ExifTags.Base.MakerNote: "MakerNote",
}


@dataclass(frozen=True, slots=True)
class Carriers:
    """`png`: text chunks by key. `exif`: texts by the tag's name. `comment`: of JPEG and GIF.

    `size`: width and height in pixels; None for pasted text. `left_out`: what was too large.
    """

    png: Mapping[str, str] = field(default_factory=dict[str, str])
    user_comment: str = ""
    exif: Mapping[str, str] = field(default_factory=dict[str, str])
    comment: str = ""
    xmp: str = ""
    pasted: str = ""
    size: tuple[int, int] | None = None
    left_out: tuple[str, ...] = ()


def read_carriers(source: Path | bytes | str) -> Carriers:
    """The texts of a picture file (Path or bytes), or a pasted text itself.

    Reads no pixel. Raises BadFile for files that are no sound PNG, JPEG, WebP, AVIF or GIF.
    """
    if isinstance(source, str):
        if len(source) > LARGEST:
            return Carriers(left_out=("the text",))
        return Carriers(pasted=sendable(source))
    with opened(source) as image:
        kept, left_out = _capped(_texts(image))
        size = image.size
    return Carriers(
        png={key: text for (place, key), text in kept.items() if place == "png"},
        user_comment=kept.get(("user comment", ""), ""),
        exif={key: text for (place, key), text in kept.items() if place == "exif"},
        comment=kept.get(("comment", ""), ""),
        xmp=kept.get(("xmp", ""), ""),
        size=size,
        left_out=left_out,
    )


_Placed = tuple[tuple[str, str], str]


def _texts(image: Image.Image) -> Iterator[_Placed]:
    """Every text of an opened picture as ((place, key), text), the surest first."""
    info = cast(dict[Any, Any], image.info)
    exif = exif_texts(info)
    yield ("user comment", ""), exif.get(USER_COMMENT, "")
    for tag, text in exif.items():
        # ComfyUI goes on downwards from Make, one tag for each thing it has to say.
        if tag != USER_COMMENT:
            yield ("exif", _EXIF_NAMES.get(tag, f"tag {tag}")), text
    if image.format == "PNG":
        for key, text in info.items():
            if isinstance(key, str) and isinstance(text, str):
                yield ("png", key), _mended(text)
    yield ("comment", ""), _decoded(info.get("comment"))
    yield ("xmp", ""), _decoded(info.get("xmp")) or as_text(info.get("XML:com.adobe.xmp"))


def _mended(text: str) -> str:
    """A chunk's text. tEXt is Latin-1 by the standard, and some programs put UTF-8 there."""
    if text.isascii() or isinstance(text, PngImagePlugin.iTXt):
        return str(text)
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _decoded(data: object) -> str:
    return data.decode("utf-8", "replace").rstrip("\0") if isinstance(data, bytes) else ""


def _capped(texts: Iterator[_Placed]) -> tuple[dict[tuple[str, str], str], tuple[str, ...]]:
    """What fits into `LARGEST` together, and the names of what does not."""
    kept: dict[tuple[str, str], str] = {}
    left_out: list[str] = []
    room = LARGEST
    for place, text in texts:
        if len(text) > room:
            left_out.append(sendable(place[1] or place[0])[:80])
        elif text:
            room -= len(text)
            kept[place] = sendable(text)
    return kept, tuple(left_out[:20])
