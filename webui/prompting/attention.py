"""Emphasis: which words of a prompt count how much.

`(x)` counts 1.1 times, `[x]` 1/1.1 times, `(x:1.3)` 1.3 times; all of it nests. A backslash makes
the next character an ordinary one. BREAK, as a word of its own, begins a new window of tokens. No
text is an error: an opener without its closer acts to the end, a closer without an opener is text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import mul

from webui.phrases import Break, Phrase, PromptText

STEP = 1.1
_MOST = 100.0
"""No weight goes beyond this: a thousand brackets shall not become infinity."""

_HUGE = 1e100
"""What the brackets of one kind come to at most, before those of the other kind are counted."""

_SPECIAL = re.compile(r"[\\()\[\]]|\bBREAK\b")
_TOKEN = re.compile(
    r"""
    \\(?P<escaped>.)
    | :\s*+(?P<weight>[+-]?(?:\d++\.?\d*+|\.\d++))\s*+\)
    | (?P<break>\bBREAK\b\s*)
    | (?P<bracket>[()\[\]])
    | (?P<text>[^\\()\[\]:B]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True)
class _Brackets:
    """Those of one kind: where the open ones began, and the closed ones, the inner first."""

    open: list[int] = field(default_factory=list[int])
    closed: list[tuple[int, int, float]] = field(default_factory=list[tuple[int, int, float]])

    def close(self, end: int, weight: float) -> None:
        """End the innermost here."""
        self.closed.append((self.open.pop(), end, weight))

    def weights(self, count: int) -> list[float]:
        """Of each of `count` pieces: the product of all brackets that it stands in."""
        coming = sorted(self.closed, key=lambda one: -one[0])
        around = [(count, 1.0)]
        found: list[float] = []
        for at in range(count if coming else 0):
            while around[-1][0] <= at:
                around.pop()
            while coming and coming[-1][0] == at:
                _, end, weight = coming.pop()
                if end > at:
                    around.append((end, _clamped(around[-1][1] * weight, _HUGE)))
            found.append(around[-1][1])
        return found or [1.0] * count


@dataclass(slots=True)
class _Reading:
    """What was read so far: pieces, and the stretches of them that brackets weigh."""

    pieces: list[str | Break] = field(default_factory=list[str | Break])
    round: _Brackets = field(default_factory=_Brackets)
    square: _Brackets = field(default_factory=_Brackets)

    def take(self, token: re.Match[str]) -> None:
        """One token; what means nothing where it stands is text."""
        kind, here = token.lastgroup, len(self.pieces)
        whole = token[0]
        if kind == "text":
            self.pieces.append(whole)
        elif whole == "(":
            self.round.open.append(here)
        elif whole == "[":
            self.square.open.append(here)
        elif whole == ")" and self.round.open:
            self.round.close(here, STEP)
        elif whole == "]" and self.square.open:
            self.square.close(here, 1 / STEP)
        elif kind == "weight" and self.round.open:
            self.round.close(here, _clamped(float(token["weight"]), _HUGE))
        elif kind == "break":
            begin = token.start()
            self._break(token.string[max(0, begin - 1) : begin])
        else:
            self.pieces.append(token["escaped"] or whole)

    def _break(self, before: str) -> None:
        """A new window. The space before it is not of the words."""
        if before.isspace() and isinstance(self.pieces[-1], str):
            words = str(self.pieces.pop()).rstrip()
            self.pieces += [words] if words else []
        self.pieces.append(Break())


def parse_attention(text: str) -> PromptText:
    """The phrases of a prompt with their weights; neighbours of equal weight are one.

    An empty prompt is one empty phrase.
    """
    if not _SPECIAL.search(text):
        return (Phrase(text),)
    reading = _Reading()
    for token in _TOKEN.finditer(text):
        reading.take(token)
    for brackets, weight in ((reading.round, STEP), (reading.square, 1 / STEP)):
        while brackets.open:
            brackets.close(len(reading.pieces), weight)
    return _merged(reading.pieces, _weights(reading)) or (Phrase(""),)


def _weights(reading: _Reading) -> list[float]:
    """The weight of each piece. Brackets of unlike kinds may overlap: each kind is a tree."""
    by_round, by_square = (
        kind.weights(len(reading.pieces)) for kind in (reading.round, reading.square)
    )
    products = map(mul, by_round, by_square)
    return [one if -_MOST <= one <= _MOST else _clamped(one, _MOST) for one in products]


def _merged(pieces: Sequence[str | Break], weights: Sequence[float]) -> PromptText:
    """Phrases of words that stand together and have one weight."""
    found: list[Phrase | Break] = []
    words: list[str] = []
    last = 1.0
    for piece, weight in zip(pieces, weights, strict=True):
        is_break = not isinstance(piece, str)
        if words and (is_break or weight != last):
            found.append(Phrase("".join(words), last))
            words = []
        if is_break:
            found.append(piece)
        else:
            words.append(piece)
            last = weight
    return (*found, Phrase("".join(words), last)) if words else tuple(found)


def _clamped(weight: float, most: float) -> float:
    return max(-most, min(most, weight))
