"""Numbers in tags."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"\s*+[+-]?(?:\d++\.?\d*+|\.\d++)\s*+")
_MOST = 100.0


def amount(text: str) -> float | None:
    """A weight, at most a hundred times; None for what is no plain number."""
    if not _NUMBER.fullmatch(text):
        return None
    return max(-_MOST, min(_MOST, float(text)))


def place(text: str) -> float | None:
    """Where on the way: a share from 0 to 1, or above 1 a step. None for what is neither."""
    if not _NUMBER.fullmatch(text):
        return None
    where = float(text)
    return where if 0 <= where < 1e6 else None
