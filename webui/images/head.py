"""What a picture file says before a pixel is decoded, and how much of it is looked at."""

from __future__ import annotations

from dataclasses import dataclass

MOST_PARTS = 100_000
"""Chunks, segments or blocks of one file. Real files have a few thousand at most; Pillow walks them
in Python, and keeps some, so millions of empty ones would take minutes and gigabytes."""

MOST_COUNTED = 1000
"""Pictures of one file that are counted."""


@dataclass(frozen=True, slots=True)
class Head:
    """`data`: what Pillow is to see, which is the file less what no pixel depends on.

    `size`: (width, height) as the file claims, None where only Pillow finds it. `more`: how many
    pictures follow the first, None where Pillow tells. `orientation`: 1 to 8 as in EXIF, None
    where Pillow finds the EXIF. `notes` go on after the picture's name.
    """

    data: bytes
    size: tuple[int, int] | None = None
    more: int | None = 0
    orientation: int | None = None
    notes: tuple[str, ...] = ()
