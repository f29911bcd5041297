"""InvokeAI's weights ("compel") in our prompt language.

There `word++` counts 1.1² times, `word-` 0.9 times, `(some words)1.3` 1.3 times, `(some words)--`
0.81 times, and `(some words)` alone nothing at all; all of it nests and multiplies, as ours does.
`("a", "b").and()` encodes both apart and puts them behind one another, which is our BREAK.
Square brackets are plain text there. Source: the syntax page of damian0815/compel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from webui.metadata.words import as_words
from webui.request.limits import MAX_PROMPT

_UP, _DOWN = 1.1, 0.9

_TOKEN = re.compile(
    r"""
    (?P<escaped>\\.)
    | (?P<open>\()
    | \)(?P<weight>\++|-+|\d{1,6}\.?\d{0,6}|\.\d{1,6})?(?P<close>)
    | (?P<word>[^\s()\\\[\]]+)
    | (?P<other>[\s\\\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r'(?P<word>.*[^+\-.,;:!?"])(?P<signs>\++|-+)(?P<rest>[.,;:!?"]*)', re.DOTALL)
_QUOTED = '"[^"]*"'
_AND = re.compile(
    rf"\s*(?:\(\s*{_QUOTED}(?:\s*,\s*{_QUOTED})*\s*\)\.and\(\)"
    rf"|{_QUOTED}\.and\(\s*{_QUOTED}\s*\))\s*"
)
_FUNCTION = re.compile(r"\.(?:swap|blend|and)\(")


@dataclass(slots=True)
class _Writing:
    pieces: list[str] = field(default_factory=list[str])
    opened: list[int] = field(default_factory=list[int])

    def close(self, weight: str) -> None:
        """End the innermost group; brackets without a weight mean nothing and go."""
        if not self.opened:
            self.pieces.append(rf"\){weight}")
            return
        start = self.opened.pop()
        if weight:
            self.pieces[start] = "("
            self.pieces.append(f":{_number(weight):g})")


def from_compel(text: str) -> tuple[str, str]:
    """The prompt in our language, and a sentence on what could not be translated, or ""."""
    if len(text) > MAX_PROMPT:
        return text, ""  # which is too long for any request
    if _AND.fullmatch(text):
        parts = [part.strip('"').strip() for part in re.findall(_QUOTED, text)]
        return " BREAK ".join(_translated(part) for part in parts), ""
    note = ""
    if found := _FUNCTION.search(text):
        name = found[0].strip(".(")
        note = f"InvokeAI's .{name}() in the prompt has no counterpart here; it stands as words."
    return _translated(text), note


def _translated(text: str) -> str:
    writing = _Writing()
    for token in _TOKEN.finditer(text):
        if token["open"]:
            writing.opened.append(len(writing.pieces))
            writing.pieces.append("")
        elif token["close"] is not None:
            writing.close(token["weight"] or "")
        elif token["word"]:
            writing.pieces.append(_word(token["word"]))
        elif token["other"] is not None:
            writing.pieces.append(as_words(token[0]))
        else:
            writing.pieces.append(token[0])
    for start in writing.opened:
        writing.pieces[start] = r"\("
    return "".join(writing.pieces)


def _word(word: str) -> str:
    found = _WORD.fullmatch(word)
    if found is None:
        return as_words(word)
    return f"({as_words(found['word'])}:{_number(found['signs']):g}){found['rest']}"


def _number(weight: str) -> float:
    if weight[0] in "+-":
        return (_UP if weight[0] == "+" else _DOWN) ** min(len(weight), 50)
    return float(weight)
