"""Tags: `<lora:name:0.8>` in a prompt asks for an adapter, and is not read by the text encoder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["lora", "hypernet"]

_KINDS: dict[str, Kind] = {"lora": "lora", "lyco": "lora", "hypernet": "hypernet"}
TAG = re.compile(r"<(lora|lyco|hypernet):([^<>]*)>")
_NUMBER = re.compile(r"\s*+[+-]?(?:\d++\.?\d*+|\.\d++)\s*+")
_NAMED = ("te", "unet", "dyn")
_MOST = 100.0


@dataclass(frozen=True, slots=True)
class Tag:
    """An adapter that a prompt asks for.

    `weights`: of a LoRA for the text encoder and for the denoiser, then, if it was given, `dyn`
    (how many ranks are used); of a hypernetwork one. `at` is where it stood in the text.
    """

    kind: Kind
    name: str
    weights: tuple[float, ...]
    at: int


def split_tags(text: str) -> tuple[str, tuple[Tag, ...]]:
    """The prompt without its tags, and the tags in their order.

    What looks like a tag but cannot be read as one stays text; `problems` points at it.
    """
    if "<" not in text:
        return text, ()
    words: list[str] = []
    tags: list[Tag] = []
    end = 0
    for match in TAG.finditer(text):
        if tag := read_tag(match):
            words.append(text[end : match.start()])
            tags.append(tag)
            end = match.end()
    return "".join([*words, text[end:]]), tuple(tags)


def read_tag(match: re.Match[str]) -> Tag | None:
    """What a match of TAG says; None if it has no name, or a weight is no number or too many."""
    kind = _KINDS[match[1]]
    name, *rest = (part.strip() for part in match[2].split(":"))
    weights = _weights(rest)
    if not name or weights is None or (kind == "hypernet" and len(rest) > 1):
        return None
    te = weights.get("te", 1.0)
    if kind == "hypernet":
        return Tag(kind, name, (te,), match.start())
    dyn = (weights["dyn"],) if "dyn" in weights else ()
    return Tag(kind, name, (te, weights.get("unet", te), *dyn), match.start())


def _weights(parts: list[str]) -> dict[str, float] | None:
    """`te:unet:dyn` by their place, or each by its name; None if one is no number.

    Names of other tools' extensions (`lbw=…`) say nothing to us and are passed over.
    """
    weights: dict[str, float] = {}
    for place, part in enumerate(parts):
        name, equals, number = part.partition("=")
        name = name.strip() if equals else _NAMED[place] if place < len(_NAMED) else ""
        if equals and name not in _NAMED:
            continue
        if not name or not _NUMBER.fullmatch(number if equals else part):
            return None
        weights[name] = max(-_MOST, min(_MOST, float(number if equals else part)))
    return weights
