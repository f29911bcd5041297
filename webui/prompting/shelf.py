"""The wildcards as one drawing sees them: each is looked for and read once, within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from webui.errors import RequestRejected
from webui.prompting.choices import WildcardMark, split_weight
from webui.prompting.nearest import did_you_mean
from webui.prompting.pointing import pointed
from webui.prompting.wildcards import Wildcards, check, fits
from webui.request.explain import shown

_MOST_READ = 16 << 20
"""Characters of all files together."""

_MOST_COMPARED = 1_000_000
"""Names held against patterns such as `animals/*`."""

_IN_TAG = re.compile(r"<\w+:[^<>]*")
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the wildcard `name`, which the text that was read before asked for at `at`."""

    name: str
    text: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """What can be drawn; `sums` are of the weights up to and with each line's own."""

    texts: tuple[str, ...]
    weights: tuple[float, ...]
    sums: tuple[float, ...]


@dataclass(slots=True)
class Shelf:
    """What was found and read so far. `trail`, everywhere: the prompt, then the lines that led
    from it to the text with the mark."""

    wildcards: Wildcards
    names: list[str] | None = None
    found: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    read: dict[str, Lines] = field(default_factory=dict[str, Lines])
    may_read: int = _MOST_READ
    may_compare: int = _MOST_COMPARED
    may_guess: int = 5

    def find(self, mark: WildcardMark, trail: Sequence[Line]) -> list[str]:
        """The wildcards that are meant. None in a tag: there, `__` may be of the adapter's name.

        Raises RequestRejected if there is none.
        """
        try:
            if names := self._matching(mark.name):
                return names
            problem = self._missing(mark.name)
        except RequestRejected as error:
            problem = error.message
        text = trail[-1].text
        begin = text.rfind("<", 0, mark.at)
        if begin >= 0 and _IN_TAG.fullmatch(text, begin, mark.at):
            return []
        raise rejected(problem, mark, trail)

    def lines(self, mark: WildcardMark, trail: Sequence[Line]) -> Lines | None:
        """What can be drawn for a mark; None if it is to be left as it stands.

        Raises RequestRejected for what cannot be found, read or drawn from.
        """
        if mark.name not in self.read:
            names = self.find(mark, trail)
            if not names:
                return None
            try:
                self.read[mark.name] = _lines(map(self._text, names))
            except RequestRejected as error:
                raise rejected(error.message, mark, trail) from None
        lines = self.read[mark.name]
        if not lines.texts:
            raise rejected(f"The wildcard {shown(mark.name)} has no lines.", mark, trail)
        return lines

    def _matching(self, name: str) -> list[str]:
        if name not in self.found:
            self.found[name] = self._fitting(name) if _is_pattern(name) else self._one(name)
        return self.found[name]

    def _one(self, name: str) -> list[str]:
        return [name] if self.wildcards.has(name) else []

    def _fitting(self, pattern: str) -> list[str]:
        check(pattern)
        names = self._all_names()
        self.may_compare -= len(names)
        if self.may_compare < 0:
            raise RequestRejected("The prompt has too many wildcards with * or ?.", field="prompt")
        return [name for name in names if fits(name, pattern)]

    def _missing(self, name: str) -> str:
        """With the nearest name, for the first few: comparing with many takes its time."""
        if _is_pattern(name):
            return f"No wildcard fits {shown(name)}."
        self.may_guess -= 1
        nearest = f" {did_you_mean(name, self._all_names())}" if self.may_guess >= 0 else ""
        return f"There is no wildcard {shown(name)}.{nearest}"

    def _all_names(self) -> list[str]:
        if self.names is None:
            self.names = self.wildcards.names()
        return self.names

    def _text(self, name: str) -> str:
        text = self.wildcards.text(name)
        self.may_read -= len(text)
        if self.may_read < 0:
            raise RequestRejected(
                f"The prompt leads through more than {_MOST_READ >> 20} MB of wildcards.",
                field="prompt",
            )
        return text


def rejected(problem: str, mark: WildcardMark, trail: Sequence[Line]) -> RequestRejected:
    """The problem, the wildcards that led to it, and the place where the mark stands."""
    if len(trail) > 1:
        problem = f"{problem} {chain(trail)} asks for it."
    place = pointed(trail[-1].text, mark.at, len(mark.written))
    return RequestRejected(f"{problem}\n{place}", field="prompt", value=mark.name)


def chain(trail: Sequence[Line]) -> str:
    """The wildcards of a trail, up to the first that comes a second time."""
    names = [line.name for line in trail[1:]]
    again = next((at for at, name in enumerate(names) if name in names[:at]), len(names))
    names = [f"__{name}__" for name in names[: again + 1]]
    if len(names) > 2 * _SHOWN:
        names[_SHOWN:-_SHOWN] = ["…"]
    return " → ".join(names)


def _is_pattern(name: str) -> bool:
    return "*" in name or "?" in name


def _lines(texts: Iterable[str]) -> Lines:
    """Without empty lines and notes."""
    lines = (line.strip() for text in texts for line in text.split("\n"))
    split = [split_weight(line) for line in lines if line and not line.startswith("#")]
    weights = tuple(weight for _, weight in split)
    return Lines(tuple(words for words, _ in split), weights, tuple(accumulate(weights)))
