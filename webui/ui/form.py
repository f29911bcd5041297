"""What the form knows, without a browser: limits, fitting defaults, and reading values.

Everything is read from the request type and the checkpoint, so the form cannot disagree with
what the studio accepts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from webui.errors import RequestRejected
from webui.request import CheckpointInfo, Choices, Request, TextToImage, parse
from webui.request.text_to_image import SAMPLER_OPTIONS, SCHEDULE_OPTIONS
from webui.ui.texts import FORM

Values = dict[str, Any]

FIELDS: tuple[str, ...] = tuple(name for name in TextToImage.model_fields if name != "kind")
ADAPTING: tuple[str, ...] = ("steps", "cfg_scale", "width", "height")
"""Fields whose default comes from the checkpoint. Sampler and schedule adapt by "auto"."""

OPTIONS: tuple[str, ...] = (*SAMPLER_OPTIONS, *SCHEDULE_OPTIONS)
"""Fields that are shown only with a sampler or schedule that has them."""

FOLDS: dict[str, tuple[str, ...]] = {
    "fold_sampling": ("sampler", "schedule", "steps", "cfg_scale"),
    "fold_options": OPTIONS,
    "fold_guidance": ("cfg_rescale", "guidance_start", "guidance_end", "zero_terminal_snr"),
    "fold_reading": ("styles", "emphasis", "clip_skip"),
    "fold_variation": (
        "variation_seed",
        "variation_strength",
        "seed_resize_width",
        "seed_resize_height",
        "noise_source",
        "seed_delta",
    ),
    "fold_batches": ("batch_size", "batch_count"),
    "fold_running": ("lane", "exact"),
}
"""Fields that are folded away, by theme. The names of the themes are in the texts."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one field takes, from the JSON schema of the request."""

    title: str
    help: str
    kind: str
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    longest: int | None = None
    choices: tuple[str, ...] = ()


def limits(name: str) -> Limits:
    """The limits of a field of text-to-image."""
    schema: dict[str, Any] = TextToImage.model_json_schema()["properties"][name]
    flat = schema
    for branch in schema.get("anyOf", ()):
        if branch.get("type") != "null":
            flat = {**schema, **branch}
    return Limits(
        title=schema["title"],
        help=schema.get("description", ""),
        kind=flat["type"],
        default=schema.get("default"),
        minimum=flat.get("minimum"),
        maximum=flat.get("maximum"),
        step=flat.get("multipleOf"),
        longest=flat.get("maxLength"),
        choices=tuple(flat.get("enum", ())),
    )


def fitting(checkpoint: CheckpointInfo | None) -> Values:
    """What every field shows at first with this checkpoint."""
    values: Values = {name: limits(name).default for name in FIELDS}
    if checkpoint:
        own = checkpoint.defaults
        values.update({name: getattr(own, name) for name in ADAPTING})
        values["checkpoint"] = checkpoint.name
    return values


def chosen(name: str | None, choices: Choices) -> CheckpointInfo | None:
    """The checkpoint called `name`; else the first; None when there is none."""
    try:
        return choices.checkpoint(name or "")
    except RequestRejected:
        return choices.checkpoints[0] if choices.checkpoints else None


def to_request(values: Mapping[str, Any]) -> Request:
    """The request that the form asks for. A field left empty is left to its default.

    Raises RequestRejected, in words that use the labels of the form.
    """
    given = {name: value for name, value in values.items() if value is not None}
    try:
        return parse(given)
    except RequestRejected as error:
        raise RequestRejected(
            in_labels(error.message, error.field), field=error.field, value=error.value
        ) from None


def in_labels(message: str, field: str | None) -> str:
    """A message that starts with the name of a field, with the label of that field instead."""
    if field in FIELDS and message.startswith(f"{field} "):
        return limits(field).title + message[len(field) :]
    return message


def filled(stored: str, choices: Choices) -> tuple[Values, str]:
    """The form as it was kept or as a picture was made, and a note in words (or "").

    `stored` comes from the browser: whatever does not fit any more gives way to the default.
    """
    kept = _kept(stored)
    checkpoint = chosen(kept.get("checkpoint"), choices)
    values = fitting(checkpoint)
    for name, value in kept.items():
        if name != "checkpoint" and _is_usable(name, value, choices):
            values[name] = value
    return values, _note(kept.get("checkpoint"), checkpoint)


def _note(wanted: str | None, found: CheckpointInfo | None) -> str:
    if found is None:
        return FORM["no_checkpoints"]
    if wanted and found.name != wanted:
        return FORM["checkpoint_gone"].format(name=wanted, new=found.title)
    return ""


def _kept(stored: str) -> Values:
    try:
        kept = json.loads(stored or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {name: kept[name] for name in FIELDS if kept.get(name) is not None}


def options_of(values: Mapping[str, Any], choices: Choices) -> dict[str, float | None]:
    """The options that act with the chosen sampler and schedule, each with its own value."""
    own = chosen(values.get("checkpoint"), choices)
    if own is None:
        return {}
    asked = values.get("sampler") or "auto"
    sampler = choices.sampler(own.defaults.sampler if asked == "auto" else asked)
    fits = own.defaults.schedule if asked == "auto" else sampler.schedule
    wanted = values.get("schedule") or "auto"
    schedule = choices.schedule(fits if wanted == "auto" else wanted)
    return {**dict(sampler.options), **dict(schedule.options)}


def _is_usable(name: str, value: Any, choices: Choices) -> bool:
    try:
        TextToImage.model_validate({name: value})
        if name == "sampler" and value != "auto":
            choices.sampler(value)
        if name == "schedule" and value != "auto":
            choices.schedule(value)
        if name == "styles":
            return {*value} <= {style.name for style in choices.styles}
    except (ValidationError, RequestRejected):
        return False
    return True
