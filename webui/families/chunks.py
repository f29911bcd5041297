"""Windows of tokens: text encoders read a fixed number at a time, prompts may be longer.

Names of embeddings in a prompt stand for vectors of their own (textual inversion: Gal et al. 2022,
arXiv:2208.01618). Here a vector is an id below zero, which no tokenizer gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Never, TypeAlias

from webui.phrases import Break, PromptText

BACKTRACK = 20
"""A window that is full ends at its last comma if that is at most so many tokens back: what
belongs together is read together."""

NO_WORDS: Mapping[str, Never] = MappingProxyType({})
"""No embeddings: every word is text."""

Tokens: TypeAlias = Sequence[int | range]
"""Ids of words. A range is one name: the ids of its vectors, which stay in one window."""

_ATOM = re.compile(r"[\w-]+|[^\w-]")
"""A whole word, or one character between words."""


@dataclass(slots=True)
class Window:
    """Token ids and the weight of each, without begin, end and padding."""

    ids: list[int] = field(default_factory=list[int])
    weights: list[float] = field(default_factory=list[float])

    def add(self, ids: Sequence[int], weight: float) -> None:
        """All with one weight."""
        self.ids.extend(ids)
        self.weights.extend([weight] * len(ids))

    def split(self, at: int) -> Window:
        """Keep the tokens before `at`, give the others."""
        rest = Window(self.ids[at:], self.weights[at:])
        del self.ids[at:], self.weights[at:]
        return rest


@dataclass(slots=True)
class _Node:
    """Where names go on after the words so far; `name` is the one that may end here."""

    name: str | None = None
    after: dict[str, _Node] = field(default_factory=dict[str, "_Node"])


class Names:
    """Finds names in texts, whatever their case, but not inside of longer words.

    A word is made of letters, digits, "_" and "-". Of names that differ in case only, the first
    counts.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._root = _Node()
        for name in names:
            node = self._root
            for atom in _ATOM.findall(name):
                node = node.after.setdefault(atom.casefold(), _Node())
            node.name = name if node.name is None else node.name

    def split(self, text: str) -> list[str]:
        """By turns what is between names and a name as it was given; first and last a text.

        From left to right, of names that begin at one place the longest.
        """
        atoms: list[str] = _ATOM.findall(text)
        folded = [atom.casefold() for atom in atoms]
        found, begin, at = list[str](), 0, 0
        while at < len(atoms):
            name, end = self._longest(folded, at)
            if name is not None:
                found += "".join(atoms[begin:at]), name
                begin = end
            at = end
        return [*found, "".join(atoms[begin:])]

    def _longest(self, folded: Sequence[str], at: int) -> tuple[str | None, int]:
        """The name that begins there, or None, and where to go on."""
        node, name, end = self._root, None, at + 1
        for here in range(at, len(folded)):
            following = node.after.get(folded[here])
            if following is None:
                break
            node = following
            if node.name is not None:
                name, end = node.name, here + 1
        return name, end


def vector_ids(sizes: Mapping[str, int]) -> dict[str, range]:
    """Ids below zero for the vectors of each name; `sizes` says how many those are."""
    ids, first = dict[str, range](), -1
    for name, size in sizes.items():
        ids[name] = range(first, first - size, -1)
        first -= size
    return ids


def with_names(
    tokenize: Callable[[str], Sequence[int]], ids: Mapping[str, range]
) -> Callable[[str], Tokens]:
    """`tokenize` for texts in which the keys of `ids` stand for vectors."""
    if not ids:
        return tokenize
    names = Names(ids)
    tokenize = cache(tokenize)  # between many names there are few different texts

    def read(text: str) -> Tokens:
        tokens = list[int | range]()
        for turn, piece in enumerate(names.split(text)):
            tokens.extend([ids[piece]] if turn % 2 else tokenize(piece))
        return tokens

    return read


def windows(
    text: PromptText, tokenize: Callable[[str], Tokens], comma: int | None, size: int
) -> list[Window]:
    """Cut a prompt into windows of at most `size` tokens; at least one, which may be empty.

    `tokenize` gives the ids of words without begin and end; `comma` is the id of a comma.
    """
    found = [Window()]
    for part in text:
        if isinstance(part, Break):
            found.append(Window())
            continue
        for token in tokenize(part.text):
            if isinstance(token, range):
                _add_together(found, token, part.weight, size)
                continue
            if len(found[-1].ids) == size:
                found.append(_begin_next(found[-1], token, comma))
            found[-1].ids.append(token)
            found[-1].weights.append(part.weight)
    return found


def _add_together(found: list[Window], ids: range, weight: float, size: int) -> None:
    """Into a new window if the last has no room for all; over several if none ever has."""
    if len(ids) <= size < len(found[-1].ids) + len(ids):
        found.append(Window())
    while ids:
        room = size - len(found[-1].ids)
        found[-1].add(ids[:room], weight)
        ids = ids[room:]
        if ids:
            found.append(Window())


def _begin_next(full: Window, token: int, comma: int | None) -> Window:
    """The window after a full one, with what followed the full one's last comma."""
    if token == comma or comma not in full.ids:
        return Window()
    after = len(full.ids) - full.ids[::-1].index(comma)
    return full.split(after) if len(full.ids) - after < BACKTRACK else Window()
