"""NovelAI's weights in our prompt language.

There `{x}` counts 1.05 times and `[x]` 1/1.05 times; `1.2::x::` counts 1.2 times, and minus does
too. Round brackets are plain text. Source: docs.novelai.net, Strengthening and Weakening.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from webui.metadata.words import as_words, without_round
from webui.request.limits import MAX_PROMPT

_STEP = 1.05
_TOKEN = re.compile(
    r"""
    (?P<number>(?<![\w.])-?(?:\d{1,4}\.?\d{0,6}|\.\d{1,6})::)
    | (?P<end>::)
    | (?P<bracket>[{}\[\]])
    | (?P<plain>[()\\])
    | (?P<text>[^{}\[\]()\\:\d.\-]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PARTNERS = {"}": "{", "]": "["}


@dataclass(slots=True)
class _Writing:
    pieces: list[str] = field(default_factory=list[str])
    opened: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    def open(self, kind: str, weight: float) -> None:
        self.opened.append((kind, weight))
        self.pieces.append("(")

    def close(self, kind: str) -> None:
        """End a stretch of that kind if it is the innermost; else the sign means nothing."""
        if self.opened and self.opened[-1][0] == kind:
            self.pieces.append(f":{self.opened.pop()[1]:.6g})")


def from_novelai(text: str) -> str:
    """The prompt in our language."""
    if len(text) > MAX_PROMPT:
        return text  # which is too long for any request
    writing = _Writing()
    for token in _TOKEN.finditer(text):
        if token["number"]:
            writing.close("::")  # a number ends the stretch of the one before
            writing.open("::", float(token["number"].removesuffix("::")))
        elif token["end"]:
            writing.close("::")
        elif token["bracket"] in ("{", "["):
            writing.open(token["bracket"], _STEP if token["bracket"] == "{" else 1 / _STEP)
        elif token["bracket"]:
            writing.close(_PARTNERS[token["bracket"]])
        else:
            writing.pieces.append(without_round(as_words(token[0])))
    while writing.opened:
        writing.close(writing.opened[-1][0])
    return "".join(writing.pieces)
