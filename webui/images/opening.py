"""Opening pictures that people send: safely, and into one plain form.

A file is never trusted. Its kind is told by its first bytes, its size read and its parts counted
before a pixel is decoded, and Pillow sees only what pixels depend on.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy import typing as npt
from PIL import Image

from webui.errors import BadFile
from webui.images.containers import Format, format_of, read_head
from webui.images.guard import UNREADABLE, check_size, guarded
from webui.images.head import MOST_COUNTED, Head
from webui.images.plain import to_plain, turned
from webui.images.png_rows import check_rows

LARGEST_FILE = 64 << 20
"""Bytes."""

_ORIENTATION = 274
_LARGEST_EXIF = 4 << 20


@dataclass(frozen=True, slots=True)
class Opened:
    """`pixels`: [height, width, 3] RGB, or 4 with alpha where anything shows through; sRGB.

    `notes`: whole sentences about what was left out or changed.
    """

    pixels: npt.NDArray[np.uint8]
    notes: tuple[str, ...] = ()


def open_picture(source: bytes | Path, name: str = "The picture") -> Opened:
    """A picture of any common format, the right way up. From any thread; one is opened at a time.

    Of an animation, the first picture. Raises BadFile in plain words that begin with `name`: no
    picture, cut off or damaged, more than 64 MB, 64 × 1024 × 1024 pixels or 16,384 a side.
    """
    data = _bytes_of(source, name)
    format = format_of(data, name)
    with guarded(name):
        head = read_head(format, data)
        if head.size:
            check_size(head.size, name)
        pixels, notes = _decoded(format, head, name)
    return Opened(pixels, tuple(f"{name} {note}." for note in (*head.notes, *notes)))


def _decoded(
    format: Format, head: Head, name: str
) -> tuple[npt.NDArray[np.uint8], tuple[str, ...]]:
    """The pixels, and notes. Raises BadFile for too many, else whatever Pillow does."""
    with Image.open(io.BytesIO(head.data), formats=(format,)) as image:
        check_size(image.size, name)  # the head may have told something else
        raw_mode = _raw_mode(image)
        more = getattr(image, "n_frames", 1) - 1 if head.more is None else head.more
        _check_whole(format, head, image)
        image.load()
        orientation = _orientation(image) if head.orientation is None else head.orientation
        plain, notes = to_plain(image, raw_mode)
    return np.array(turned(plain, orientation)), (*_left_out(more), *notes)


def _left_out(more: int) -> tuple[str, ...]:
    """A note about the pictures that follow the first."""
    if more < 1:
        return ()
    count = f"more than {MOST_COUNTED}" if more >= MOST_COUNTED else str(more)
    pictures = "picture" if more == 1 else "pictures"
    return (f"holds {count} further {pictures} (frames or pages), left out here",)


def _raw_mode(image: Image.Image) -> str:
    """How the file holds its values, in Pillow's words. Before the picture is loaded."""
    for tile in getattr(image, "tile", ()):
        arguments = tile[3]
        return str(arguments[0]) if isinstance(arguments, tuple) else str(arguments)
    return ""


def _check_whole(format: Format, head: Head, image: Image.Image) -> None:
    """Raises ValueError where parts are missing that Pillow would leave black without a word."""
    if format == "PNG":
        check_rows(head.data)
    if format == "TIFF":
        boxes = [tile[1] for tile in getattr(image, "tile", ())]
        covered = sum((right - left) * (lower - upper) for left, upper, right, lower in boxes)
        if covered < image.width * image.height:
            raise ValueError("strips are missing")


def _orientation(image: Image.Image) -> object:
    """What the EXIF of a loaded picture says; None where it says nothing that can be read."""
    if len(image.info.get("exif") or b"") > _LARGEST_EXIF:
        return None
    try:
        return image.getexif().get(_ORIENTATION)
    except UNREADABLE:
        return None


def _bytes_of(source: bytes | Path, name: str) -> bytes:
    """The file whole. Raises BadFile for none, or one that is too large."""
    data = source if isinstance(source, bytes) else _read(source, name)
    if len(data) > LARGEST_FILE:
        raise BadFile(f"{name} is larger than {LARGEST_FILE >> 20} MB. Save it smaller.")
    return data


def _read(path: Path, name: str) -> bytes:
    """A file's bytes, one more than allowed at most: what has no length (a device) has no end."""
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadFile(f"{name} cannot be read: {error.strerror}.") from None
    raise BadFile(f"{name} cannot be opened: there is no file {path.name}.")
