"""Brackets without a partner, weights that are no numbers, and AND inside brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from webui.prompting.problem import ALMOST_NUMBER, Problem

_MARK = re.compile(r"\\.|[()\[\]{}:]|\bAND\b", re.DOTALL)
_OPENERS = {")": "(", "]": "[", "}": "{"}
_WEIGHT = re.compile(r"\s*[+-]?(?:\d++\.?\d*+|\.\d++)\s*")

_UNCLOSED = {
    "(": "Nothing closes this bracket: it acts to the end.",
    "[": "Nothing closes this bracket: it acts to the end.",
    "{": "Nothing closes this brace: it is an ordinary character.",
}
_UNOPENED = "There is nothing that this closes: it is an ordinary character."
_NO_WEIGHT = "The number after the colon is missing: the bracket counts 1.1 times."
_BAD_WEIGHT = "This is no number: the bracket counts 1.1 times, and this is read as words."
_TORN = "AND cuts the prompt in two, and the bracket that it stands in with it."


def bracket_problems(text: str) -> Iterator[Problem]:
    """Of a text without notes and tags."""
    reading = _Reading(text)
    for mark in _MARK.finditer(text):
        yield from reading.take(mark[0], mark.start())
    for opener, places in reading.unclosed.items():
        yield from (Problem(at, 1, _UNCLOSED[opener]) for at in places)


@dataclass(slots=True)
class _Reading:
    """`joints` are the ANDs that may turn out to stand in a bracket."""

    text: str
    unclosed: dict[str, list[int]] = field(default_factory=lambda: {"(": [], "[": [], "{": []})
    joints: list[int] = field(default_factory=list[int])
    colon: int | None = None

    def take(self, mark: str, at: int) -> Iterator[Problem]:
        if mark in self.unclosed:
            self.unclosed[mark].append(at)
        elif mark == "AND":
            self.joints.append(at)
        elif mark in _OPENERS and not self.unclosed[_OPENERS[mark]]:
            yield Problem(at, 1, _UNOPENED)
        elif mark in _OPENERS:
            begin = self.unclosed[_OPENERS[mark]].pop()
            while mark != "}" and self.joints and self.joints[-1] > begin:
                yield Problem(self.joints.pop(), 3, _TORN)
            if mark == ")" and self.colon is not None:
                yield from self._weight(self.colon, at)
        self.colon = at if mark == ":" else None

    def _weight(self, colon: int, end: int) -> Iterator[Problem]:
        """What stands between the last colon and the closer. Words there are just words."""
        weight = self.text[colon + 1 : end]
        if not weight.strip():
            yield Problem(colon, 1, _NO_WEIGHT)
        elif ALMOST_NUMBER.fullmatch(weight) and not _WEIGHT.fullmatch(weight):
            yield Problem(colon + 1, end - colon - 1, _BAD_WEIGHT)
