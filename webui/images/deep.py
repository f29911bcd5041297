"""Grey pictures of more than 8 bits, brought to 8. None is cut off at white."""

from __future__ import annotations

import numpy as np
from numpy import typing as npt
from PIL import Image

_ROWS = 256
_WHITE_IS_ZERO = 262
"""The TIFF tag; for deep pictures Pillow leaves what it says undone."""


def is_deep(image: Image.Image) -> bool:
    """Whether a picture has one channel of 16 or 32 bits."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def to_eight_bits(image: Image.Image, raw_mode: str) -> tuple[Image.Image, str]:
    """The same picture as L, or as LA where one value is marked as transparent, and a note.

    `image` is loaded; `raw_mode`: how the file holds the values, in Pillow's words.
    """
    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        grey = _from_twelve(values) if raw_mode == "I;12" else _from_sixteen(values)
        note = "has 16 bits a channel, of which 8 were kept"
    else:
        grey, low, high = _from_wide(values.view(np.uint32) if raw_mode == "I;32N" else values)
        note = f"has 32 bits a channel; its values of {low:g} to {high:g} were scaled to 8 bits"
    if getattr(image, "tag_v2", {}).get(_WHITE_IS_ZERO) == 0:
        grey = 255 - grey
    made, key = Image.fromarray(grey), image.info.get("transparency")
    if isinstance(key, int):
        made.putalpha(Image.fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
    return made, note


def _from_sixteen(values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """0 to 65,535 as 0 to 255: divided by 257 and rounded, without leaving 16 bits."""
    half = np.uint16(128)
    return ((np.minimum(values.astype(np.uint16), 65535 - half) + half) // 257).astype(np.uint8)


def _from_twelve(values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    return (values.astype(np.uint16) >> 4).astype(np.uint8)


def _from_wide(
    values: npt.NDArray[np.generic],
) -> tuple[npt.NDArray[np.uint8], float, float]:
    """Any numbers as 0 to 255, and which of them became 0 and 255.

    Black is 0, or the least where some are below. White is the usual one that no number exceeds
    (1 for fractions; 255, 65,535 for whole numbers), else the greatest. What is no number: black.
    """
    whites = (1.0,) if values.dtype.kind == "f" else (255.0, 65535.0)
    least, greatest = _range(values)
    low = min(0.0, least)
    high = next((white for white in whites if greatest <= white), greatest)
    grey = np.empty(values.shape, np.uint8)
    for row in range(0, len(values), _ROWS):  # by rows: 64-bit copies of all would be too much
        block = np.nan_to_num(values[row : row + _ROWS].astype(np.float64), True, low, high, low)
        grey[row : row + _ROWS] = np.rint((block.clip(low, high) - low) * (255 / (high - low)))
    return grey, low, high


def _range(values: npt.NDArray[np.generic]) -> tuple[float, float]:
    """The least and the greatest number; 0 and 0 where there is none."""
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
