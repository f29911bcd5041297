"""Reading choices and wildcards: `{red|blue}`, `{2$$a|b|c}`, `__animals/cat__`.

    {a|b}               one of them               {3::a|b}     a three times as often
    {2$$a|b|c}          two different ones, joined by ", "
    {1-2$$ and $$a|b}   one or two, joined by " and "; also {2-$$…} and {-2$$…}
    {2$$__name__}       two different lines of a wildcard
    __name__            a line of a wildcard; its name may hold * and ?

All of it nests, and an option may be empty. Bars inside `(…)` and `[…]` belong to those brackets.
`{…}` without an own `|` or `$$` is left as it stands, and so are notes (`# …`). A backslash makes
the next character an ordinary one; it stays in the text, for the readers after this one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from webui.prompting.brackets import joined
from webui.prompting.choice_marks import TOKEN, Braces, find_choices

_WEIGHT = re.compile(r"\s*(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*::")


@dataclass(frozen=True, slots=True)
class WildcardMark:
    """A line of the wildcard `name` shall stand here; `at` is where its `__` stands in the text."""

    name: str
    at: int

    @property
    def written(self) -> str:
        return f"__{self.name}__"


@dataclass(frozen=True, slots=True)
class Option:
    """Drawn as often as its weight says beside the weights of the others."""

    items: Items
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Choice:
    """From `low` to `high` different options, joined; one as it is written if `joiner` is None."""

    options: tuple[Option, ...]
    low: int = 1
    high: int = 1
    joiner: str | None = None


Items: TypeAlias = "list[str | WildcardMark | Choice]"


@dataclass(slots=True)
class _Frame:
    """Braces that are being read, and what stands in them so far, cut at their bars."""

    braces: Braces
    parts: list[Items] = field(default_factory=lambda: [[]])

    def choice(self) -> Choice:
        options = [_option(joined(part)) for part in self.parts]
        head = self.braces.head
        if head is None:
            return Choice(tuple(options))
        return Choice(tuple(map(_stripped, options)), head.low, head.high, head.joiner)


def may_draw(text: str) -> bool:
    """Whether the text holds the marks that choices and wildcards begin with."""
    return "{" in text or "__" in text


def parse_choices(text: str) -> Items:
    """The text in pieces. No text is an error."""
    if not may_draw(text):
        return [text]
    tokens: list[str] = TOKEN.findall(text)
    choices = dict(find_choices(tokens))
    stack = [_Frame(Braces(0, len(tokens)))]
    place = 0
    for at, token in enumerate(tokens):
        top = stack[-1]
        if at < top.braces.begin:
            pass  # of the head
        elif at in choices:
            stack.append(_Frame(choices[at]))
        elif at == top.braces.end:
            stack.pop()
            stack[-1].parts[-1].append(top.choice())
        elif at in top.braces.bars:
            top.parts.append([])
        else:
            top.parts[-1].append(_item(token, place))
        place += len(token)
    return joined(stack[0].parts[0])


def split_weight(words: str) -> tuple[str, float]:
    """What follows `3::` at the begin of an option or of a wildcard's line, and the 3."""
    weight = _WEIGHT.match(words) if "::" in words else None
    return (words[weight.end() :], float(weight[1])) if weight else (words, 1.0)


def _item(token: str, at: int) -> str | WildcardMark:
    return WildcardMark(token[2:-2], at) if token.startswith("__") else token


def _option(items: Items) -> Option:
    if not items or not isinstance(items[0], str):
        return Option(items)
    words, weight = split_weight(items[0])
    return Option([words, *items[1:]] if words else items[1:], weight)


def _stripped(option: Option) -> Option:
    """Without the space around it, which would get between it and the joiner."""
    items = option.items.copy()
    if items and isinstance(items[0], str):
        items[0] = items[0].lstrip()
    if items and isinstance(items[-1], str):
        items[-1] = items[-1].rstrip()
    return Option([item for item in items if item != ""], option.weight)
