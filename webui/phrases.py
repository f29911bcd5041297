"""Prompts in parts: what the prompt language says, as text encoders are given it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of a prompt that all count `weight` times (1: as they are)."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Break:
    """The next phrase begins a new window of tokens."""


PromptText: TypeAlias = tuple[Phrase | Break, ...]

Emphasis: TypeAlias = Literal["original", "no_norm", "ignore", "none"]
"""What the weights of phrases do. "original": they multiply the states of their words, and the mean
of all is brought back; "no_norm": without bringing it back; "ignore": nothing; "none": nothing, and
brackets were not even read."""
