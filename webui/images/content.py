"""Pictures that are kept by what is in them: the same pixels are one file, whoever sent them."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path

import numpy as np
from numpy import typing as npt
from PIL import Image

from webui.errors import BadFile
from webui.images.guard import check_size, guarded

_MODES = {3: "RGB", 4: "RGBA"}
_HASH = re.compile(r"[0-9a-fA-F]{64}")


def content_hash(pixels: npt.NDArray[np.uint8]) -> str:
    """The sha256, in 64 small hex digits, of a header and the pixels.

    `pixels`: uint8 [height, width, 3 or 4]. The header is ASCII: the mode ("RGB" or "RGBA"), a
    space, the width, a space, the height and a line feed, as in "RGB 640 480\\n". The pixels
    follow as they are: row by row, one byte a channel. Raises ValueError for any other array.
    """
    mode = _mode(pixels)
    height, width = pixels.shape[:2]
    digest = hashlib.sha256(f"{mode} {width} {height}\n".encode("ascii"))
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def to_png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """A PNG of exactly these pixels, packed fast, with nothing else in it.

    `pixels` as for `content_hash`, and raises as that does.
    """
    _mode(pixels)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def kept_path(folder: Path, sha256: str) -> Path:
    """Where a picture is kept: `<folder>/<first two digits>/<all 64>.png`.

    Raises ValueError for anything but 64 hex digits.
    """
    if not _HASH.fullmatch(sha256):
        raise ValueError("A picture is kept under 64 hex digits.")
    digits = sha256.lower()
    return folder / digits[:2] / f"{digits}.png"


def read_kept(folder: Path, sha256: str) -> npt.NDArray[np.uint8]:
    """The pixels that were kept under a hash, [height, width, 3 or 4].

    Raises BadFile where they are gone or are others by now, ValueError as `kept_path` does.
    """
    path = kept_path(folder, sha256)
    name = f"The picture {path.stem[:8]}… that was sent"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{name} is no longer kept ({error.strerror}). Send it again.") from None
    with guarded(name), Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        check_size(image.size, name)
        pixels = np.array(image) if image.mode in _MODES.values() else None
    if pixels is None or content_hash(pixels) != path.stem:
        raise BadFile(f"{name} was changed where it is kept. Send it again.")
    return pixels


def _mode(pixels: npt.NDArray[np.uint8]) -> str:
    """The mode of pixels. Raises ValueError for what is no picture."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or not pixels.size:
        raise ValueError("Pixels are uint8 [height, width, 3 or 4], and at least one.")
    if pixels.shape[2] not in _MODES:
        raise ValueError(f"A picture has 3 or 4 channels, not {pixels.shape[2]}.")
    return _MODES[pixels.shape[2]]
