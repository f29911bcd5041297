"""The values of a grid's axis: from what people type to changes of a request.

Numbers: "1, 2, 5", "1-10", "1-10 (+3)" by steps of 3, "1-10 [5]" five of them evenly. Names:
"Euler, DPM++ 2M". Texts: a line each if there are several lines, else parted by commas, where
quotes hold a comma ('"red, blue", green').
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from webui.errors import RequestRejected
from webui.request.choices import Choices
from webui.request.explain import explain, shown
from webui.request.grid import MOST_CELLS, Axis
from webui.request.prompt_lines import NOT_OF_A_PICTURE, parse_line
from webui.request.text_to_image import TextToImage

REPLACE = "replace"
MATRIX = "matrix"
ORDER = "order"
LINES = "lines"
PROMPT_WAYS = (REPLACE, MATRIX, ORDER, LINES)
"""Ways to change the prompt: search and replace, all combinations of parts, the order of words,
and prompts that bring their own settings."""

FIELDS = tuple(name for name in TextToImage.model_fields if name not in NOT_OF_A_PICTURE)
"""Fields of the request that an axis may change."""

_NUMBER = r"[+-]?(?:\d{1,17}(?:\.\d{0,9})?|\.\d{1,9})"
_RANGE = re.compile(
    rf"\s*({_NUMBER})\s*-\s*({_NUMBER})"
    rf"(?:\s*\(\s*({_NUMBER})\s*\)|\s*\[\s*(\d{{1,4}})\s*\])?\s*"
)


@dataclass(frozen=True, slots=True)
class Change:
    """One value of an axis: what it is called, the fields it sets, what it does to the prompt.

    `both`: it does the same to the negative prompt.
    """

    label: str
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    reword: Callable[[str], str] = str
    both: bool = False

    def of(self, base: TextToImage) -> TextToImage:
        """The request with this change. Raises RequestRejected for a value out of range."""
        negative = self.reword(base.negative_prompt) if self.both else base.negative_prompt
        fields = {"prompt": self.reword(base.prompt), "negative_prompt": negative, **self.fields}
        try:
            return TextToImage.model_validate({**dict(base), **fields})
        except ValidationError as error:
            raise explain(error, TextToImage) from None


def changes(axis: Axis, prompts: Sequence[str], choices: Choices) -> tuple[Change, ...]:
    """What the values of an axis mean. Raises RequestRejected that says which value is wrong.

    `prompts`: those that words of this axis may stand in.
    """
    name = axis.field
    if name not in (*PROMPT_WAYS, *FIELDS):
        known = ", ".join((*PROMPT_WAYS, *FIELDS))
        raise RequestRejected(
            f"A grid cannot change {shown(name)}. It can change: {known}.", field=name
        )
    words = texts(axis.values)
    if not words:
        raise RequestRejected("An axis needs at least one value.", field=name, value=axis.values)
    _check_count(len(words), name)
    if name == REPLACE:
        found = _replacing(words, prompts)
    elif name == MATRIX:
        found = _combining(words)
    elif name == ORDER:
        found = _ordering(words, prompts)
    elif name == LINES:
        found = [Change(_short(line), parse_line(line)) for line in words]
    else:
        found = _setting(name, words, choices)
    return tuple(found)


def _check_count(count: int, name: str) -> None:
    if count > MOST_CELLS:
        raise RequestRejected(
            f"This axis has more than {MOST_CELLS} values, which is the most that a grid has"
            " pictures.",
            field=name,
        )


def texts(values: str) -> list[str]:
    """What was typed, apart: by lines if there are several, else by commas."""
    lines = [line.strip() for line in values.strip().splitlines()]
    if len(lines) > 1:
        return [line for line in lines if line]
    try:
        row = next(csv.reader(lines, skipinitialspace=True, strict=True), [])
    except csv.Error:
        row = lines[0].split(",")
    return [text.strip() for text in row if text.strip()]


def _setting(name: str, words: list[str], choices: Choices) -> list[Change]:
    kind = _kind(name)
    if kind in ("integer", "number"):
        values: list[int | float] = []
        for word in words:
            values += _numbers(word, name, kind == "integer")
            _check_count(len(values), name)
        return [number_change(name, value) for value in values]
    if kind == "boolean":
        return [Change(f"{_title(name)}: {word}", {name: _truth(word, name)}) for word in words]
    if name in ("sampler", "schedule", "checkpoint"):
        return [_named(name, word, choices) for word in words]
    return [Change(_short(word), {name: word}) for word in words]


def number_change(name: str, value: float) -> Change:
    """A field set to a number; whole numbers are written whole."""
    shown_value = str(value) if isinstance(value, int) else f"{value:g}"
    return Change(f"{_title(name)} {shown_value}", {name: value})


def _kind(name: str) -> str:
    schema: dict[str, Any] = TextToImage.model_json_schema()["properties"][name]
    branches: list[dict[str, Any]] = schema.get("anyOf", [schema])
    return next(branch["type"] for branch in branches if branch["type"] != "null")


def _title(name: str) -> str:
    return TextToImage.model_fields[name].title or name


def _named(name: str, word: str, choices: Choices) -> Change:
    if word.casefold() == "auto" and name != "checkpoint":
        return Change(f"{_title(name)} auto", {name: "auto"})
    if name == "checkpoint":
        info = choices.checkpoint(word)
        return Change(info.title, {name: info.name})
    choice = choices.sampler(word) if name == "sampler" else choices.schedule(word)
    return Change(choice.label, {name: choice.id})


def _truth(word: str, name: str) -> bool:
    known = {"true": True, "yes": True, "on": True, "1": True}
    known |= {"false": False, "no": False, "off": False, "0": False}
    if word.casefold() not in known:
        raise RequestRejected(f"{_title(name)} is true or false, not {shown(word)}.", field=name)
    return known[word.casefold()]


def _numbers(word: str, name: str, whole: bool) -> list[int] | list[float]:
    """One number or a range of them."""
    found = _RANGE.fullmatch(word)
    values = _range(found, name, whole) if found else [_number(word, name)]
    if not whole:
        return [round(value, 9) for value in values]
    if any(value != int(value) for value in values):
        raise RequestRejected(
            f"{_title(name)} takes whole numbers; {shown(word)} is none.", field=name, value=word
        )
    return [int(value) for value in values]


def _number(word: str, name: str) -> float:
    if not re.fullmatch(_NUMBER, word):
        raise RequestRejected(
            f'{_title(name)} takes numbers such as "1, 2, 5" or "1-10 [5]"; {shown(word)} is'
            " neither.",
            field=name,
            value=word,
        )
    return float(word)


def _range(found: re.Match[str], name: str, whole: bool) -> list[float]:
    start, end = float(found[1]), float(found[2])
    if found[4] and not int(found[4]):
        raise RequestRejected(f"{shown(found[0])} has no values.", field=name, value=found[0])
    if found[4]:
        return _spread(start, end, int(found[4]), whole)
    step = abs(float(found[3])) if found[3] else 1.0
    count = int(abs(end - start) / step + 1e-9) + 1 if step else MOST_CELLS + 1
    if count > MOST_CELLS:
        raise RequestRejected(
            f"{shown(found[0])} is {'endless' if not step else f'{count:,} values'}; a grid has at"
            f" most {MOST_CELLS} pictures.",
            field=name,
        )
    sign = 1 if end >= start else -1
    return [start + sign * step * index for index in range(count)]


def _spread(start: float, end: float, count: int, whole: bool) -> list[float]:
    """`count` values evenly from start to end; whole ones are rounded and not repeated."""
    last = max(count - 1, 1)
    values = [start + (end - start) * index / last for index in range(min(count, MOST_CELLS + 1))]
    return [*dict.fromkeys(float(round(value)) for value in values)] if whole else values


def _replacing(words: list[str], prompts: Sequence[str]) -> list[Change]:
    """Search and replace: the first text is what is searched, and stays in the first picture."""
    search = words[0]
    if not any(search in prompt for prompt in prompts):
        raise RequestRejected(
            f"{shown(search)} is to be replaced, but neither the prompt nor the negative prompt"
            " holds it. The first value must stand in the prompt.",
            field=REPLACE,
            value=search,
        )
    return [Change(_short(word), reword=_replacer(search, word), both=True) for word in words]


def _replacer(search: str, word: str) -> Callable[[str], str]:
    return lambda prompt: prompt.replace(search, word)


def _combining(words: list[str]) -> list[Change]:
    """Every combination of parts that are added to the prompt."""
    if len(words) > 8:
        raise RequestRejected(
            f"{len(words)} parts have {2 ** len(words):,} combinations; take at most 8.",
            field=MATRIX,
        )
    sizes = range(len(words) + 1)
    chosen = itertools.chain.from_iterable(itertools.combinations(words, n) for n in sizes)
    return [Change(_short(", ".join(parts)) or "–", reword=_adder(parts)) for parts in chosen]


def _adder(parts: tuple[str, ...]) -> Callable[[str], str]:
    return lambda prompt: ", ".join(part for part in (prompt, *parts) if part)


def _ordering(words: list[str], prompts: Sequence[str]) -> list[Change]:
    """Every order of words that stand in the prompt."""
    missing = [word for word in words if not any(word in prompt for prompt in prompts)]
    if missing or len(words) > 5:
        raise RequestRejected(
            f"The prompt does not hold {shown(missing[0])}, whose place is to change."
            if missing
            else f"{len(words)} words have too many orders; take at most 5.",
            field=ORDER,
        )
    return [
        Change(_short(", ".join(order)), reword=_orderer(tuple(words), order))
        for order in itertools.permutations(words)
    ]


def _orderer(words: tuple[str, ...], order: tuple[str, ...]) -> Callable[[str], str]:
    """Puts the words into the places where each of them stands first."""

    def reword(prompt: str) -> str:
        places = sorted((prompt.find(word), word) for word in words)
        if places[0][0] < 0:
            return prompt  # another axis has taken one of the words away
        parts, end = list[str](), 0
        for (start, word), new in zip(places, order, strict=True):
            if start >= end:
                parts += [prompt[end:start], new]
                end = start + len(word)
        return "".join((*parts, prompt[end:]))

    return reword


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
