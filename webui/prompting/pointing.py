"""Showing the place in a text: its line, and a caret under what is meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

_CUT = "…"
_NARROWEST = 8


def pointed(text: str, at: int, length: int = 1, width: int = 72) -> str:
    """The line with the `length` characters from `at`, and `^^^` under them.

    For a terminal: at most `width` columns (not less than 8), in which wide characters take two.
    Work depends on the width, not on the length of the text.
    """
    at, width = max(0, min(at, len(text))), max(_NARROWEST, width)
    begin, end = _line_around(text, at, 2 * width)
    line = [_shown(char) for char in text[begin:end]]
    first = at - begin
    last = min(first + max(1, length), len(line))
    a, b = _window([_columns(char) for char in line], first, last, width - 3)
    before = [_CUT] * (a > 0) + line[a:first]
    after = line[first:b] + [_CUT] * (b < len(line))
    columns = sum(map(_columns, before))
    carets = sum(map(_columns, line[first : min(last, b)])) or 1
    return f"{''.join(before + after)}\n{' ' * columns}{'^' * carets}"


def _line_around(text: str, at: int, reach: int) -> tuple[int, int]:
    """Where the line begins and ends; what is further away than anybody sees is left out."""
    begin, end = max(0, at - reach), min(len(text), at + reach)
    newline = text.find("\n", at, end)
    return max(begin, text.rfind("\n", begin, at) + 1), newline if newline >= 0 else end


def _window(columns: Sequence[int], first: int, last: int, room: int) -> tuple[int, int]:
    """Begin and end of what fits into `room`: the marked part, then evenly what is around it."""
    a = b = first
    for at in chain(range(first, last), _outwards(first, last, len(columns))):
        room -= columns[at]
        if room < 0:
            break
        a, b = min(a, at), max(b, at + 1)
    return a, b


def _outwards(first: int, last: int, end: int) -> Iterator[int]:
    for left, right in zip_longest(range(first - 1, -1, -1), range(last, end)):
        yield from (at for at in (left, right) if at is not None)


def _shown(char: str) -> str:
    """What can be printed in its place."""
    if char.isspace():
        return " "
    return char if char.isprintable() or unicodedata.category(char) == "Cf" else "?"


def _columns(char: str) -> int:
    """That a character takes in a terminal: marks that go onto the one before it take none."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
