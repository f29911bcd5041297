"""Tags: `<lora:name:0.8>` in a prompt asks for an adapter, and is not read by the text encoder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from webui.prompting.lora_course import Point, factor_at, is_during
from webui.prompting.numbers import amount
from webui.prompting.tag_parts import TagParts, read_parts

Kind: TypeAlias = Literal["lora", "hypernet"]

_KINDS: dict[str, Kind] = {"lora": "lora", "lyco": "lora", "hypernet": "hypernet"}
TAG = re.compile(r"<(lora|lyco|hypernet):([^<>]*)>")


@dataclass(frozen=True, slots=True)
class Tag:
    """An adapter that a prompt asks for.

    `weights`: of a LoRA for the text encoder and for the denoiser, then, if it was given, `dyn`
    (how many ranks are used); of a hypernetwork one. `at` is where it stood in the text. `blocks`:
    how much of that each block gets, in the order of `lora_blocks.BLOCKS`; empty for all of it.
    `over`: the denoiser's weight on the way, (where, factor); empty for always the same. `during`:
    from where and until where it acts at all.
    """

    kind: Kind
    name: str
    weights: tuple[float, ...]
    at: int
    blocks: tuple[float, ...] = ()
    over: tuple[Point, ...] = ()
    during: tuple[float, float] = (0.0, 1.0)

    @property
    def changes(self) -> bool:
        """Whether its weight is not the same in all steps."""
        return bool(self.over) or self.during != (0.0, 1.0)

    def factor(self, share: float, steps: int) -> float:
        """What the denoiser's weight is multiplied by in one step.

        `share` of the `steps` is done when that step begins: 0 in the first. The text encoder reads
        before the first step, so its weight has no course.
        """
        if not is_during(self.during, share, steps):
            return 0.0
        return factor_at(self.over, share, steps)


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
    """What a match of TAG says; None if it has no name, or what follows cannot be read."""
    kind = _KINDS[match[1]]
    name, *rest = (part.strip() for part in match[2].split(":"))
    if not name:
        return None
    if kind == "hypernet":
        weight = amount(rest[0]) if len(rest) == 1 else None if rest else 1.0
        return None if weight is None else Tag(kind, name, (weight,), match.start())
    parts = read_parts(rest)
    return None if parts is None else _lora(name, parts, match.start())


def _lora(name: str, parts: TagParts, at: int) -> Tag:
    """A weight with a course is 1 times that course; the text encoder has what it begins with."""
    unet = parts.unet or parts.te
    weights = (parts.te.first, 1.0 if unet.points else unet.first)
    dyn = () if parts.dyn is None else (parts.dyn,)
    return Tag("lora", name, (*weights, *dyn), at, parts.blocks, unet.points, parts.during)
