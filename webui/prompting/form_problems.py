"""Edits, choices, wildcards and tags that are nearly right."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from webui.errors import RequestRejected
from webui.prompting.brackets import own_marks, pairs
from webui.prompting.choice_marks import TOKEN as CHOICE_TOKEN
from webui.prompting.choice_marks import Braces, find_choices
from webui.prompting.choices import parse_choices
from webui.prompting.editing import TOKEN as EDIT_TOKEN
from webui.prompting.editing import is_edit
from webui.prompting.expanding import marks_in
from webui.prompting.problem import ALMOST_NUMBER, Problem
from webui.prompting.shelf import Line, Shelf
from webui.prompting.tags import TAG, read_tag
from webui.prompting.wildcards import Wildcards

_TAG_BEGIN = re.compile(r"<(?:lora|lyco|hypernet):")

_OPEN_TAG = "No > ends this tag: it is read as words."
_BAD_TAG = "This is no tag as in <lora:name:0.8>: it is read as words."
_NO_NUMBER = (
    "Here a number must stand, as in [a:b:10] or [a:b:0.5]: nothing changes over the steps."
)
_MORE_COLONS = "[a:b:10] has two colons; with more of them nothing changes over the steps."
_NO_TURNS = "This colon keeps the bracket from taking turns; write \\: if it is one of the words."
_BAD_COUNT = "Before $$ stands how many are drawn, as in {2$$a|b|c}: these are ordinary characters."
_TOO_MANY = "There are not that many options: all of them are drawn."
_NONE = "Nothing is drawn here, ever."


def tag_problems(text: str) -> Iterator[Problem]:
    """Of a text without notes."""
    for begin in _TAG_BEGIN.finditer(text):
        tag = TAG.match(text, begin.start())
        if tag is None:
            yield Problem(begin.start(), len(begin[0]), _OPEN_TAG)
        elif read_tag(tag) is None:
            yield Problem(tag.start(), len(tag[0]), _BAD_TAG)


def edit_problems(text: str) -> Iterator[Problem]:
    """Square brackets with colons that change nothing. What choices may still mend is left."""
    tokens: list[str] = EDIT_TOKEN.findall(text) if "[" in text else []
    places = _places(tokens)
    drawn = [at for at, token in enumerate(tokens) if "{" in token or "__" in token]
    paired = pairs(tokens, "([")
    for at, marks in own_marks(tokens, paired, ":|", hiding="([").items():
        end = paired[at]
        colons = [mark for mark in marks if tokens[mark] == ":"]
        is_drawn = bisect_right(drawn, at) < bisect_right(drawn, end)
        if tokens[at] == "[" and colons and not is_drawn and not is_edit(tokens, colons, end):
            yield from _edit_problem(tokens, places, marks, colons, end)


def choice_problems(text: str) -> Iterator[Problem]:
    """Heads such as `2$$` that are none, or ask for too much."""
    tokens: list[str] = CHOICE_TOKEN.findall(text) if "$$" in text else []
    places = _places(tokens)
    choices = dict(find_choices(tokens))
    for at, marks in own_marks(tokens, pairs(tokens, "([{"), {"$$"}).items():
        braces = choices.get(at)
        if tokens[at] == "{" and marks and not (braces and braces.head):
            yield Problem(places[marks[0]], 2, _BAD_COUNT)
        elif tokens[at] == "{" and marks and braces and braces.head:
            place = places[at] + 1
            for message in _count_problem(tokens, braces, braces.head.low, braces.head.high):
                yield Problem(place, places[marks[0]] - place, message)


def wildcard_problems(text: str, wildcards: Wildcards) -> Iterator[Problem]:
    """Names that are not there, in whatever branch they stand."""
    shelf = Shelf(wildcards)
    for mark in marks_in(parse_choices(text)):
        try:
            shelf.find(mark, (Line("", text),))
        except RequestRejected as error:
            yield Problem(mark.at, len(mark.written), error.message.partition("\n")[0])


def _edit_problem(
    tokens: Sequence[str],
    places: Sequence[int],
    marks: Sequence[int],
    colons: Sequence[int],
    end: int,
) -> Iterator[Problem]:
    last = colons[-1]
    is_almost = end - last == 1 or (end - last == 2 and ALMOST_NUMBER.fullmatch(tokens[end - 1]))
    if len(marks) > len(colons):
        yield Problem(places[colons[0]], 1, _NO_TURNS)
    elif len(colons) > 2:
        yield Problem(places[colons[2]], 1, _MORE_COLONS)
    elif len(colons) == 2 or is_almost:
        yield Problem(places[last], max(1, places[end] - places[last]), _NO_NUMBER)


def _count_problem(tokens: Sequence[str], braces: Braces, low: int, high: int) -> Iterator[str]:
    is_wildcard = braces.end - braces.begin == 1 and tokens[braces.begin].startswith("__")
    if high == 0:
        yield _NONE
    elif low > len(braces.bars) + 1 and not is_wildcard:
        yield _TOO_MANY


def _places(tokens: Sequence[str]) -> list[int]:
    """Where each token begins."""
    return list(accumulate(map(len, tokens), initial=0))
