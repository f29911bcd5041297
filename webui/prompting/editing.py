"""Prompts that change while a picture develops.

`[a:b:0.5]` is `a` for the first half of the steps and `b` after it; `[b:10]` comes in after step
10, `[a::10]` leaves then; `[a|b]` takes turns. A number with a point is a share of all steps, one
without counts steps. All of it nests. What is not of these forms is left as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

_TOKEN = re.compile(r"\\.|[^\\\[\]():|]+|.", re.DOTALL)
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*")


@dataclass(frozen=True, slots=True)
class _Edit:
    """`before` up to and including step `when` (a share of all steps if `is_share`)."""

    before: _Items
    after: _Items
    when: float
    is_share: bool

    def at(self, step: int, steps: int) -> _Items:
        last = int(min(self.when * steps if self.is_share else self.when, steps))
        return self.before if step <= last else self.after


@dataclass(frozen=True, slots=True)
class _Alternate:
    """One option a step, in turn."""

    options: tuple[_Items, ...]

    def at(self, step: int, steps: int) -> _Items:
        return self.options[(step - 1) % len(self.options)]


_Items: TypeAlias = "list[str | _Edit | _Alternate]"


@dataclass(slots=True)
class _Frame:
    """An open bracket, and what stands in it so far, cut at its own colons and bars."""

    bracket: str
    parts: list[_Items] = field(default_factory=lambda: [[]])
    marks: list[str] = field(default_factory=list[str])

    def literal(self) -> _Items:
        """All of it as it was written, without the closer."""
        items: _Items = [self.bracket, *self.parts[0]]
        for mark, part in zip(self.marks, self.parts[1:], strict=True):
            items += [mark, *part]
        return items


@dataclass(frozen=True, slots=True)
class Timeline:
    """A prompt as it reads at every step."""

    items: _Items

    @property
    def is_still(self) -> bool:
        """Whether it reads the same at every step."""
        return all(isinstance(item, str) for item in self.items)

    def at(self, step: int, steps: int) -> str:
        """The text of a step, counted from 1, of `steps`."""
        words: list[str] = []
        todo: list[Iterator[str | _Edit | _Alternate]] = [iter(self.items)]
        while todo:
            item = next(todo[-1], None)
            if item is None:
                todo.pop()
            elif isinstance(item, str):
                words.append(item)
            else:
                todo.append(iter(item.at(step, steps)))
        return "".join(words)

    def texts(self, steps: int) -> list[str]:
        """The text of each of `steps` steps."""
        if self.is_still:
            return ["".join(map(str, self.items))] * steps
        return [self.at(step, steps) for step in range(1, steps + 1)]


def parse_timeline(text: str) -> Timeline:
    """Read a prompt. No text is an error."""
    stack = [_Frame("")]
    for match in _TOKEN.finditer(text):
        _take(stack, match[0])
    while len(stack) > 1:
        _give_up(stack)
    return Timeline(stack[0].literal()[1:])


def _take(stack: list[_Frame], token: str) -> None:
    top = stack[-1]
    if token in "[(":
        stack.append(_Frame(token))
    elif token in ":|" and top.bracket:
        top.marks.append(token)
        top.parts.append([])
    elif token == ")" and top.bracket == "(":
        _put(stack, [*stack.pop().literal(), ")"])
    elif token == "]" and any(frame.bracket == "[" for frame in stack):
        while stack[-1].bracket != "[":
            _give_up(stack)
        _put(stack, _closed(stack.pop()))
    else:
        top.parts[-1].append(token)


def _give_up(stack: list[_Frame]) -> None:
    """The innermost bracket has no closer: it is text."""
    _put(stack, stack.pop().literal())


def _put(stack: list[_Frame], items: _Items) -> None:
    stack[-1].parts[-1].extend(items)


def _closed(frame: _Frame) -> _Items:
    """What a pair of square brackets means."""
    edit = _edit(frame)
    if edit:
        return [edit]
    if "|" in frame.marks and ":" not in frame.marks:
        return [_Alternate(tuple(frame.parts))]
    return [*frame.literal(), "]"]


def _edit(frame: _Frame) -> _Edit | None:
    """The bracket as `[a:b:n]`, `[b:n]` or `[a::n]`; a bar in it is an ordinary character."""
    groups: list[_Items] = [[*frame.parts[0]]]
    for mark, part in zip(frame.marks, frame.parts[1:], strict=True):
        if mark == ":":
            groups.append([*part])
        else:
            groups[-1] += [mark, *part]
    if len(groups) not in (2, 3) or not all(isinstance(item, str) for item in groups[-1]):
        return None
    number = _NUMBER.fullmatch("".join(str(item) for item in groups[-1]))
    if number is None:
        return None
    before: _Items = groups[0] if len(groups) == 3 else []
    return _Edit(before, groups[-2], float(number[1]), "." in number[1])
