"""The fixed prompts of an evaluation, with what each asks for where that is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webui.errors import WebuiError
from webui.evaluating.judge import SeenThing


@dataclass(frozen=True)
class Wanted:
    """What a picture should show; things from left to right."""

    things: tuple[SeenThing, ...]
    place: str
    time: str
    style: str


@dataclass(frozen=True)
class Prompt:
    """One prompt. `wanted` is None where nobody knows the truth."""

    text: str
    wanted: Wanted | None = None


GENERAL = tuple(
    Prompt(text)
    for text in (
        "a red boat on the sea",
        "a photo of a cat sleeping on a sofa",
        "a bowl of fruit on a wooden table",
        "a lighthouse at sunset",
        "a street in an old town after rain",
        "a portrait of an old sailor",
        "two blue cups and a yellow plate",
        "a green bicycle in front of a red wall",
        "mountains behind a quiet lake in the morning",
        "a small house in the snow at night",
        "a watercolor painting of a bird",
        "a bouquet of tulips in a glass vase",
        "a dog running on the beach",
        "a steam train on a stone bridge",
        "an open book beside a candle",
        "a city at night seen from above",
    )
)
"""For checkpoints that bring no prompts of their own."""


def read_prompts(path: Path) -> tuple[Prompt, ...]:
    """The prompts of a prompts.json: a list of {"prompt", "things", "place", "time", "style"}.

    Raises WebuiError in plain words when the file is not of that form.
    """
    try:
        return tuple(_prompt(entry) for entry in json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise WebuiError(f"The prompts in {path} cannot be read: {error}") from error


def _prompt(entry: dict[str, Any]) -> Prompt:
    things = tuple(SeenThing(**thing) for thing in entry["things"])
    return Prompt(entry["prompt"], Wanted(things, entry["place"], entry["time"], entry["style"]))
