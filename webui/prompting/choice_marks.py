"""Which braces of a prompt are choices: finding them, their bars, and heads such as `2$$`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webui.prompting.brackets import own_marks, pairs

TOKEN = re.compile(
    r"""
    \\. | (?:^|(?<=\s))\#[^\n]*
    | __(?!_)[\w./*?-]+?(?<!_)__
    | \$\$ | [{}()\[\]|]
    | [^\\{}()\[\]|$_#]+ | .
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
_COUNT = re.compile(r"\s*(\d{0,4})\s*(-?)\s*(\d{0,4})\s*")
_MOST = 9999
_JOINER = 20
"""Tokens that a joiner may be long."""


@dataclass(frozen=True, slots=True)
class Head:
    """`2$$` or `2$$ and $$`: what it says, and how many of the braces' own marks it takes."""

    low: int
    high: int
    joiner: str
    marks: int


@dataclass(frozen=True, slots=True)
class Braces:
    """Braces that are a choice, by indices of tokens: the first of the options, the bars between
    them, the closer."""

    begin: int
    end: int
    bars: frozenset[int] = frozenset()
    head: Head | None = None


def find_choices(tokens: Sequence[str]) -> Iterator[tuple[int, Braces]]:
    """The braces that mean something, by the index of their openers."""
    paired = pairs(tokens, "([{")
    for at, marks in own_marks(tokens, paired, {"|", "$$"}).items():
        if tokens[at] == "{" and marks:
            head = _read_head(tokens, at, marks)
            used = head.marks if head else 0
            bars = frozenset(mark for mark in marks[used:] if tokens[mark] == "|")
            if bars or head:
                begin = marks[used - 1] + 1 if used else at + 1
                yield at, Braces(begin, paired[at], bars, head)


def _read_head(tokens: Sequence[str], at: int, marks: Sequence[int]) -> Head | None:
    """Of the braces that begin at the token `at`, if there is one.

    Only a short one: braces in braces in braces would be read once for each around them.
    """
    is_short = tokens[marks[0]] == "$$" and marks[0] - at <= 2
    bounds = read_bounds("".join(tokens[at + 1 : marks[0]])) if is_short else None
    if bounds is None:
        return None
    for used in (2, 3):
        end = marks[used - 1] if len(marks) >= used else at
        if tokens[end] == "$$" and end - marks[0] <= _JOINER:
            words = "".join(tokens[marks[0] + 1 : end])
            if used == 2 or words.strip() == "|":
                return Head(*bounds, words, used)
    return Head(*bounds, ", ", 1)


def read_bounds(text: str) -> tuple[int, int] | None:
    """How many options shall be drawn: `2`, `1-3`, `2-` (at least), `-2` (one or two)."""
    count = _COUNT.fullmatch(text)
    if count is None or not (count[1] or count[3]) or (count[3] and not count[2]):
        return None
    low = int(count[1] or 1)
    high = int(count[3] or _MOST) if count[2] else low
    return min(low, high), max(low, high)
