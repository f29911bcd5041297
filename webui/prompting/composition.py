"""Several prompts at once: `a AND b:0.5` draws towards both.

Liu et al. 2022, "Compositional Visual Generation with Composable Diffusion Models",
arXiv:2206.01714.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_AND = re.compile(r"\bAND\b")
_NUMBER = re.compile(r"\s*([+-]?(?:\d++\.?\d*+|\.\d++))")
_MOST = 100.0


@dataclass(frozen=True, slots=True)
class Part:
    """One of the prompts, and how much it counts."""

    text: str
    weight: float = 1.0


def parse_composition(text: str) -> tuple[Part, ...]:
    """The prompts joined by AND, in their order; each may end with `: weight`.

    Without an AND, only a number with a point or a sign is a weight: "a poster, 16:9" stays words.
    """
    parts = _AND.split(text)
    return tuple(_part(part, alone=len(parts) == 1) for part in parts)


def _part(text: str, *, alone: bool) -> Part:
    words, colon, tail = text.rstrip().rpartition(":")
    number = _NUMBER.fullmatch(tail) if colon else None
    if number is None or (alone and number[1].isdigit()):
        return Part(text if alone else text.strip())
    weight = max(-_MOST, min(_MOST, float(number[1])))
    return Part(words.strip(), weight)
