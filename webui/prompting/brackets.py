"""Which bracket belongs to which, and what stands directly in one. Linear in the number of tokens.

`{}` is stronger than `[]`, and that than `()`: a closer passes over weaker brackets that are still
open, which are then ordinary characters, but never over a stronger one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

_T = TypeVar("_T")

_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_NONE = (-1,)


def pairs(tokens: Sequence[str], openers: str) -> dict[int, int]:
    """The index of every opener that has a closer → the closer's index.

    `openers`: those that count, the weakest first.
    """
    unclosed: dict[str, list[int]] = {opener: [] for opener in openers}
    strengths = {_CLOSERS[opener]: strength for strength, opener in enumerate(openers)}
    found: dict[int, int] = {}
    for at, token in enumerate(tokens):
        if token in unclosed:
            unclosed[token].append(at)
        elif token in strengths:
            strength = strengths[token]
            begun = (unclosed[openers[strength]] or _NONE)[-1]
            if all((unclosed[k] or _NONE)[-1] <= begun for k in openers[strength:]) and begun >= 0:
                found[begun] = at
                for weaker in openers[: strength + 1]:
                    while unclosed[weaker] and unclosed[weaker][-1] >= begun:
                        unclosed[weaker].pop()
    return found


def own_marks(
    tokens: Sequence[str],
    paired: dict[int, int],
    marks: Collection[str],
    hiding: Collection[str] = (),
) -> dict[int, list[int]]:
    """For every paired opener, the indices of the `marks` that stand in it and in no other inside.

    `hiding`: openers that hide the marks after them even where they have no closer.
    """
    found: dict[int, list[int]] = {at: [] for at in paired}
    begins = {end: at for at, end in paired.items()}
    around: list[int] = []
    for at, token in enumerate(tokens):
        if at in paired or token in hiding:
            around.append(at)
        elif at in begins:
            while around.pop() != begins[at]:
                pass
        elif around and token in marks and around[-1] in found:
            found[around[-1]].append(at)
    return found


def joined(items: Iterable[str | _T]) -> list[str | _T]:
    """The same with neighbouring words in one piece."""
    found: list[str | _T] = []
    words: list[str] = []
    for item in items:
        if isinstance(item, str):
            words.append(item)
            continue
        if words:
            found.append("".join(words))
            words.clear()
        found.append(item)
    return [*found, "".join(words)] if words else found
