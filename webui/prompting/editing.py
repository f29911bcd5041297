"""Prompts that change while a picture develops.

`[a:b:0.5]` is `a` for the first half of the steps and `b` after it; `[b:10]` comes in after step
10, `[a::10]` leaves then; `[a|b]` takes turns. A number with a point is a share of all steps, one
without counts steps. All of it nests. What is not of these forms is left as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from webui.prompting.brackets import joined, own_marks, pairs

TOKEN = re.compile(r"\\.|[^\\\[\]():|]+|.", re.DOTALL)
_NUMBER = re.compile(r"\s*([+-]?(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d{1,3})?)\s*")


@dataclass(frozen=True, slots=True)
class _Edit:
    """`before` up to and including step `when` (a share of all steps if `is_share`)."""

    before: _Items
    after: _Items
    when: float
    is_share: bool

    def at(self, step: int, steps: int, done: int) -> _Items:
        """In a second pass, after `done` steps of a first, shares count from 1."""
        when = (self.when - bool(done)) * steps if self.is_share else self.when - done
        return self.before if step <= int(max(0, min(when, steps))) else self.after


@dataclass(frozen=True, slots=True)
class _Alternate:
    """One option a step, in turn."""

    options: tuple[_Items, ...]

    def at(self, step: int, steps: int, done: int) -> _Items:
        return self.options[(step - 1) % len(self.options)]


_Items: TypeAlias = "list[str | _Edit | _Alternate]"


@dataclass(frozen=True, slots=True)
class Timeline:
    """A prompt as it reads at every step."""

    items: _Items

    @property
    def is_still(self) -> bool:
        """Whether it reads the same at every step."""
        return all(isinstance(item, str) for item in self.items)

    def at(self, step: int, steps: int, done: int = 0) -> str:
        """The text of a step, counted from 1, of `steps`.

        `done` is for a second pass over the picture (hires fix): the steps of the first.
        """
        words: list[str] = []
        todo: list[Iterator[str | _Edit | _Alternate]] = [iter(self.items)]
        while todo:
            for item in todo[-1]:
                if not isinstance(item, str):
                    todo.append(iter(item.at(step, steps, done)))
                    break
                words.append(item)
            else:
                todo.pop()
        return "".join(words)

    def texts(self, steps: int, done: int = 0) -> list[str]:
        """The text of each of `steps` steps; `done` as in `at`."""
        if self.is_still:
            return ["".join(map(str, self.items))] * steps
        return [self.at(step, steps, done) for step in range(1, steps + 1)]


@dataclass(slots=True)
class _Frame:
    """A form that is being read: cut at the tokens `cuts`, it ends at the token `end`."""

    end: int
    cuts: frozenset[int] = frozenset()
    is_edit: bool = False
    parts: list[_Items] = field(default_factory=lambda: [[]])


def parse_timeline(text: str) -> Timeline:
    """Read a prompt. No text is an error."""
    if "[" not in text:
        return Timeline([text])
    tokens = TOKEN.findall(text)
    forms = dict(_forms(tokens))
    stack = [_Frame(len(tokens))]
    for at, token in enumerate(tokens):
        top = stack[-1]
        if at in forms:
            stack.append(forms[at])
        elif at == top.end:
            stack.pop()
            stack[-1].parts[-1].append(_closed(top, tokens))
        elif at in top.cuts:
            top.parts.append([])
        else:
            top.parts[-1].append(token)
    return Timeline(joined(stack[0].parts[0]))


def _forms(tokens: Sequence[str]) -> Iterator[tuple[int, _Frame]]:
    """The square brackets that mean something, by the index of their openers."""
    paired = pairs(tokens, "([")
    for at, marks in own_marks(tokens, paired, ":|", hiding="([").items():
        if tokens[at] == "[" and marks:
            colons = [mark for mark in marks if tokens[mark] == ":"]
            if is_edit(tokens, colons, paired[at]):
                yield at, _Frame(paired[at], frozenset(colons), is_edit=True)
            elif not colons:
                yield at, _Frame(paired[at], frozenset(marks))


def is_edit(tokens: Sequence[str], colons: Sequence[int], end: int) -> bool:
    """`[a:b:n]`, `[b:n]` or `[a::n]`; a bar in it is an ordinary character."""
    if len(colons) not in (1, 2) or end - colons[-1] != 2:
        return False
    return _NUMBER.fullmatch(tokens[end - 1]) is not None


def _closed(frame: _Frame, tokens: Sequence[str]) -> _Edit | _Alternate:
    parts = [joined(part) for part in frame.parts]
    if not frame.is_edit:
        return _Alternate(tuple(parts))
    number = tokens[frame.end - 1].strip()
    before: _Items = parts[0] if len(parts) == 3 else []
    return _Edit(before, parts[-2], float(number), "." in number)
