"""What trainers wrote into a LoRA: kohya's `ss_…` and the model specification's `modelspec.…`.

All of it is text by strangers: it is cut, and made fit to be shown.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from webui.adapters.words import short

_MOST_TAGS = 20
_LONGEST_NOTES = 2000
_MOST_PICTURES = 10**9


@dataclass(frozen=True, slots=True)
class Training:
    """Empty where nothing is said. `tags`: how many pictures had each, the most first.

    `dims`: ranks as they were asked for; `resolution`: of the pictures; `date`: a day.
    """

    title: str = ""
    trigger: str = ""
    tags: tuple[tuple[str, int], ...] = ()
    base_model: str = ""
    dims: str = ""
    alpha: str = ""
    steps: str = ""
    resolution: str = ""
    date: str = ""
    notes: str = ""


def training_of(metadata: Mapping[str, str]) -> Training:
    """Nothing in it is an error."""

    def first(*keys: str) -> str:
        return next((said for key in keys if (said := _said(metadata, key))), "")

    return Training(
        title=first("modelspec.title", "ss_output_name"),
        trigger=first("modelspec.trigger_phrase"),
        tags=_tags(metadata.get("ss_tag_frequency", "")),
        base_model=first("ss_sd_model_name", "ss_base_model_version", "modelspec.architecture"),
        dims=first("ss_network_dim"),
        alpha=first("ss_network_alpha"),
        steps=first("ss_steps", "ss_max_train_steps"),
        resolution=first("ss_resolution", "modelspec.resolution"),
        date=_day(first("ss_training_finished_at", "ss_training_started_at", "modelspec.date")),
        notes=_notes(metadata),
    )


def _said(metadata: Mapping[str, str], key: str) -> str:
    said = short(metadata.get(key, ""))
    return "" if said in ("None", "null", "{}") else said


def _tags(text: str) -> tuple[tuple[str, int], ...]:
    """Summed over the folders of pictures."""
    counts: Counter[str] = Counter()
    for tag, count in _counted(text):
        counts[tag] += count
    # By name where counts are equal, so that two looks show the same.
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(ordered[:_MOST_TAGS])


def _counted(text: str) -> Iterator[tuple[str, int]]:
    try:
        folders: Any = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return
    for tags in folders.values() if isinstance(folders, dict) else ():
        for tag, count in tags.items() if isinstance(tags, dict) else ():
            if isinstance(count, int) and 0 < count <= _MOST_PICTURES and short(tag):
                yield short(tag), count


def _day(text: str) -> str:
    """Seconds since 1970 as a day; days as they are."""
    try:
        return datetime.fromtimestamp(float(text), UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return text[:10]


def _notes(metadata: Mapping[str, str]) -> str:
    """On lines of their own, without signs that cannot be seen."""
    said = [metadata.get(key, "") for key in ("modelspec.description", "ss_training_comment")]
    lines = "\n".join(text for text in said if text and text != "None")[: _LONGEST_NOTES * 4]
    seen = "".join(sign for sign in lines if sign.isprintable() or sign == "\n").strip()
    return seen if len(seen) <= _LONGEST_NOTES else f"{seen[: _LONGEST_NOTES - 1]}…"
