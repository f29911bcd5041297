"""Words of files, made fit to be shown to people."""

from __future__ import annotations

from collections.abc import Sequence


def short(text: str) -> str:
    """Text of a file on one line of at most 120 characters, for people to read."""
    seen = "".join(letter if letter.isprintable() else " " for letter in text[:1000])
    line = " ".join(seen.split())
    return line if len(line) <= 120 else f"{line[:119]}…"


def size_words(shape: Sequence[int]) -> str:
    """The size of a layer: `320 × 768`, with ? for what is not known."""
    sizes = [str(size) if size else "?" for size in shape if size != 1]
    return " × ".join(sizes) or "1"
