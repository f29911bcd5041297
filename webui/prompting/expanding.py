"""Drawing: a prompt with choices and wildcards becomes a prompt without. See `choices.py`.

The same text, files and seed give the same words on every machine. Choices decide first which
branch is read: no file is opened for a branch that was not chosen. But a name that does not exist
is an error in whatever branch of the prompt it stands: a slip of the pen must not strike only at
every fifth seed. (In files, names are looked at when their line is drawn.)
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import accumulate
from math import log
from random import Random
from typing import TypeAlias

from webui.errors import RequestRejected
from webui.prompting.choices import Choice, Items, WildcardMark, may_draw, parse_choices
from webui.prompting.pointing import pointed
from webui.prompting.shelf import Line, Shelf, chain
from webui.prompting.wildcards import Wildcards

DEEPEST = 30
"""Wildcards that may lead from one into the next."""

LONGEST = 20_000
"""Characters of the result, as many as a prompt may have."""

_MOST_WORK = 400_000
"""Characters of lines that may be read on the way, also those that come to nothing, and lines of
which several are drawn at once."""

_Piece: TypeAlias = str | WildcardMark | Choice | Line


def expand(text: str, wildcards: Wildcards, seed: int) -> str:
    """The prompt with everything drawn. Raises RequestRejected (field "prompt"), with a caret."""
    (drawn,) = expand_each(text, wildcards, (seed,))
    return drawn


def expand_each(text: str, wildcards: Wildcards, seeds: Iterable[int]) -> tuple[str, ...]:
    """The prompt as each seed draws it; every file is read once. Raises as `expand` does."""
    if not may_draw(text):
        return tuple(text for _ in seeds)
    items, prompt = parse_choices(text), Line("", text)
    shelf = Shelf(wildcards)
    for mark in marks_in(items):
        shelf.find(mark, (prompt,))
    return tuple(_Drawing(shelf, Random(seed)).draw(items, prompt) for seed in seeds)


def has_choices(text: str) -> bool:
    """Whether `expand` would draw anything at all. No file is looked at."""
    return not all(isinstance(item, str) for item in parse_choices(text))


def marks_in(items: Items) -> Iterator[WildcardMark]:
    """Every wildcard, in whatever branch."""
    todo: list[Iterator[str | WildcardMark | Choice]] = [iter(items)]
    while todo:
        for item in todo[-1]:
            if isinstance(item, WildcardMark):
                yield item
            elif isinstance(item, Choice):
                todo.append(iter([one for option in item.options for one in option.items]))
                break
        else:
            todo.pop()


@dataclass(frozen=True, slots=True)
class _Level:
    """Pieces that are being drawn, and the lines that led to them, the prompt first."""

    pieces: Iterator[_Piece]
    trail: tuple[Line, ...]


@dataclass(slots=True)
class _Drawing:
    """One prompt, one seed. Only `random()` is asked: what it gives is promised to stay."""

    shelf: Shelf
    random: Random
    room: int = LONGEST
    work: int = _MOST_WORK

    def draw(self, items: Items, prompt: Line) -> str:
        words: list[str] = []
        levels = [_Level(iter(items), (prompt,))]
        while levels:
            level = levels[-1]
            for piece in level.pieces:
                if not isinstance(piece, str):
                    levels.append(self._inside(piece, level.trail))
                    break
                words.append(piece)
                self.room -= len(piece)
                if self.room < 0:
                    problem = f"The prompt would become longer than {LONGEST:,} characters."
                    raise _endless(problem, level.trail)
            else:
                levels.pop()
        return "".join(words)

    def _inside(self, piece: WildcardMark | Choice | Line, trail: tuple[Line, ...]) -> _Level:
        """What was drawn for a piece."""
        if isinstance(piece, Choice):
            return _Level(self._chosen(piece, trail), trail)
        if isinstance(piece, WildcardMark):
            lines = self.shelf.lines(piece, trail)
            if lines is None:
                return _Level(iter([piece.written]), trail)
            piece = Line(piece.name, lines.texts[self._pick(lines.sums)], piece.at)
        trail = (*trail, piece)
        self._do(len(piece.text) + 1, trail)
        if len(trail) > DEEPEST + 1:
            raise _endless(f"Wildcards lead more than {DEEPEST} deep into each other.", trail)
        return _Level(iter(parse_choices(piece.text)), trail)

    def _do(self, work: int, trail: tuple[Line, ...]) -> None:
        self.work -= work
        if self.work < 0:
            raise _endless("There is too much to draw from.", trail)

    def _chosen(self, choice: Choice, trail: tuple[Line, ...]) -> Iterator[_Piece]:
        """The pieces of the options that were drawn, with the joiner between them."""
        weights = [option.weight for option in choice.options]
        if choice.joiner is None:
            return iter(choice.options[self._pick(list(accumulate(weights)))].items)
        first = choice.options[0].items
        mark = first[0] if len(choice.options) == 1 == len(first) else None
        lines = self.shelf.lines(mark, trail) if isinstance(mark, WildcardMark) else None
        if lines is None or not isinstance(mark, WildcardMark):
            options = [choice.options[at].items for at in self._pick_several(weights, choice)]
            return _between(choice.joiner, [pieces for pieces in options if pieces])
        self._do(len(lines.texts), trail)
        drawn = (lines.texts[at] for at in self._pick_several(lines.weights, choice))
        return _between(choice.joiner, [[Line(mark.name, text, mark.at)] for text in drawn])

    def _pick(self, sums: Sequence[float]) -> int:
        """One of several, by the sums of their weights; evenly if no weight is more than 0."""
        drawn = self.random.random()
        if sums[-1] <= 0:
            return int(drawn * len(sums))
        return min(bisect_right(sums, drawn * sums[-1]), len(sums) - 1)

    def _pick_several(self, weights: Sequence[float], choice: Choice) -> list[int]:
        """As many different ones as the choice says, or as there are, in the order drawn.

        Efraimidis and Spirakis 2006, "Weighted random sampling with a reservoir": the largest of
        random() ** (1 / weight), here as logarithms.
        """
        able = [at for at, weight in enumerate(weights) if weight > 0] or range(len(weights))
        low, high = min(choice.low, len(able)), min(choice.high, len(able))
        count = low + int(self.random.random() * (high - low + 1)) if low < high else low
        keys = {at: log(1 - self.random.random()) / (weights[at] or 1) for at in able}
        return nlargest(count, keys, key=lambda at: keys[at])


def _between(joiner: str, picked: Iterable[Sequence[_Piece]]) -> Iterator[_Piece]:
    for at, pieces in enumerate(picked):
        if at:
            yield joiner
        yield from pieces


def _endless(problem: str, trail: Sequence[Line]) -> RequestRejected:
    """Points at what in the prompt began it."""
    at, length = 0, 1
    if len(trail) > 1:
        problem = f"{problem} The way there: {chain(trail)}."
        at, length = trail[1].at, len(trail[1].name) + 4
    return RequestRejected(f"{problem}\n{pointed(trail[0].text, at, length)}", field="prompt")
