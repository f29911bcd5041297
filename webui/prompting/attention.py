"""Emphasis: which words of a prompt count how much.

`(x)` counts 1.1 times, `[x]` 1/1.1 times, `(x:1.3)` 1.3 times; all of it nests. A backslash makes
the next character an ordinary one. BREAK, as a word of its own, begins a new window of tokens. No
text is an error: an opener without its closer acts to the end, a closer without an opener is text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from webui.phrases import Break, Phrase, PromptText

STEP = 1.1
_MOST = 100.0
"""No weight goes beyond this: a thousand brackets shall not become infinity."""

_TOKEN = re.compile(
    r"""
    \\(?P<escaped>.)
    | :\s*(?P<weight>[+-]?(?:\d+\.?\d*|\.\d+))\s*\)
    | (?P<break>\s*\bBREAK\b\s*)
    | (?P<bracket>[()\[\]])
    | (?P<text>[^\\()\[\]:\sB]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True)
class _Reading:
    """What was read so far: pieces, and the stretches of them that brackets weigh."""

    pieces: list[str | Break] = field(default_factory=list[str | Break])
    round: list[int] = field(default_factory=list[int])
    square: list[int] = field(default_factory=list[int])
    weighed: list[tuple[int, int, float]] = field(default_factory=list[tuple[int, int, float]])

    def close(self, opened: list[int], weight: float) -> None:
        """End the innermost bracket of its kind here."""
        self.weighed.append((opened.pop(), len(self.pieces), weight))

    def take(self, token: re.Match[str]) -> None:
        """One token; what means nothing where it stands is text."""
        bracket, weight, whole = token["bracket"], token["weight"], token[0]
        if bracket == "(":
            self.round.append(len(self.pieces))
        elif bracket == "[":
            self.square.append(len(self.pieces))
        elif bracket == ")" and self.round:
            self.close(self.round, STEP)
        elif bracket == "]" and self.square:
            self.close(self.square, 1 / STEP)
        elif weight is not None and self.round:
            self.close(self.round, float(weight))
        elif token["break"] is not None:
            self.pieces.append(Break())
        else:
            self.pieces.append(whole if token["escaped"] is None else token["escaped"])


def parse_attention(text: str) -> PromptText:
    """The phrases of a prompt with their weights; neighbours of equal weight are one.

    An empty prompt is one empty phrase.
    """
    reading = _Reading()
    for token in _TOKEN.finditer(text):
        reading.take(token)
    for opened, weight in ((reading.round, STEP), (reading.square, 1 / STEP)):
        while opened:
            reading.close(opened, weight)
    return tuple(_merged(reading)) or (Phrase(""),)


def _merged(reading: _Reading) -> Iterator[Phrase | Break]:
    words: list[str] = []
    last = 1.0
    for piece, weight in zip(reading.pieces, _weights(reading), strict=True):
        if words and (isinstance(piece, Break) or weight != last):
            yield Phrase("".join(words), last)
            words.clear()
        if isinstance(piece, Break):
            yield piece
        else:
            words.append(piece)
            last = weight
    if words:
        yield Phrase("".join(words), last)


def _weights(reading: _Reading) -> Iterator[float]:
    """The weight of each piece: the product of all stretches that it lies in, innermost first.

    Brackets of the two kinds may overlap, so this is a sweep over stretches, not a tree.
    """
    begins: dict[int, list[tuple[int, int, float]]] = {}
    for order, (start, end, weight) in enumerate(reading.weighed):
        if end > start:
            begins.setdefault(start, []).append((end, order, weight))
    active: list[tuple[int, int, float]] = []
    product, ends = 1.0, 0
    for at in range(len(reading.pieces)):
        if at in begins or at >= ends:
            active = [one for one in active if one[0] > at] + begins.get(at, [])
            active.sort(key=lambda one: one[1])
            product = _clamped(math.prod((weight for _, _, weight in active), start=1.0))
            ends = min((end for end, _, _ in active), default=len(reading.pieces))
        yield product


def _clamped(weight: float) -> float:
    return max(-_MOST, min(_MOST, weight))
