"""Windows of tokens: text encoders read a fixed number at a time, prompts may be longer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from webui.phrases import Break, PromptText

BACKTRACK = 20
"""A window that is full ends at its last comma if that is at most so many tokens back: what
belongs together is read together."""


@dataclass(slots=True)
class Window:
    """Token ids and the weight of each, without begin, end and padding."""

    ids: list[int] = field(default_factory=list[int])
    weights: list[float] = field(default_factory=list[float])

    def split(self, at: int) -> Window:
        """Keep the tokens before `at`, give the others."""
        rest = Window(self.ids[at:], self.weights[at:])
        del self.ids[at:], self.weights[at:]
        return rest


def windows(
    text: PromptText, tokenize: Callable[[str], Sequence[int]], comma: int | None, size: int
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
            if len(found[-1].ids) == size:
                found.append(_begin_next(found[-1], token, comma))
            found[-1].ids.append(token)
            found[-1].weights.append(part.weight)
    return found


def _begin_next(full: Window, token: int, comma: int | None) -> Window:
    """The window after a full one, with what followed the full one's last comma."""
    if token == comma or comma not in full.ids:
        return Window()
    after = len(full.ids) - full.ids[::-1].index(comma)
    return full.split(after) if len(full.ids) - after < BACKTRACK else Window()
