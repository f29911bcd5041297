"""What the form knows, without a browser: limits, fitting defaults, and reading values.

Everything is read from the request type and the checkpoint, so the form cannot disagree with
what the studio accepts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from webui.errors import RequestRejected
from webui.request import CheckpointInfo, Choices, Request, parse
from webui.request.from_picture import KINDS
from webui.request.limits import SAMPLER_OPTIONS, SCHEDULE_OPTIONS
from webui.request.parts import Hires, Windows
from webui.request.resolve_hires import LATENT_UPSCALERS
from webui.ui.texts import FORM

Values = dict[str, Any]

STRENGTHS: dict[str, str] = {
    "image_to_image": "strength",
    "inpaint": "inpaint_strength",
    "outpaint": "outpaint_strength",
    "upscale": "upscale_strength",
}
"""Every kind has a strength of its own in the form: what is right for one is wrong for another."""

_FROM_ELSEWHERE = frozenset(("kind", "init", "mask", "origin", "controls", "extensions"))
"""What the picture on the canvas brings, and no field of the form."""


def _form_name(kind: str, name: str) -> str:
    return STRENGTHS[kind] if name == "strength" else name


def form_name(kind: str | None, field: str | None) -> str | None:
    """What the form calls a field of a request of this kind."""
    return STRENGTHS.get(kind or "", field) if field == "strength" else field


def _is_asked(kind: str, name: str) -> bool:
    """Whether the form has a field of this kind. Inpainting keeps the input's own size there."""
    return name not in _FROM_ELSEWHERE and (kind, name) != ("inpaint", "resize_mode")


KIND_FIELDS: dict[str, dict[str, str]] = {
    kind: {_form_name(kind, name): name for name in model.model_fields if _is_asked(kind, name)}
    for kind, model in KINDS.items()
}
"""The fields of the form that each kind of request has, and what the request calls them."""

FIELDS: tuple[str, ...] = tuple(
    dict.fromkeys(name for names in KIND_FIELDS.values() for name in names)
)
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
    "fold_hires": ("hires_scale", *Hires.model_fields),
    "fold_loop": ("colour_match", "loops", "final_strength"),
    "fold_mask": (*("mask_invert", "mask_grow", "mask_blur", "masked_content", "padding", "soft"),),
    "fold_seam": ("filling", "seam"),
    "fold_blend": ("upscaler_2", "blend"),
    "fold_batches": ("batch_size", "batch_count"),
    "fold_large": tuple(Windows.model_fields),
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


def _kind_of(name: str) -> str:
    """The first kind of request that has this field of the form."""
    return next(kind for kind, names in KIND_FIELDS.items() if name in names)


@cache
def _schema(kind: str) -> dict[str, Any]:
    return KINDS[kind].model_json_schema()["properties"]


def limits(name: str) -> Limits:
    """The limits of a field of the form."""
    kind = _kind_of(name)
    schema: dict[str, Any] = _schema(kind)[KIND_FIELDS[kind][name]]
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


def to_request(values: Mapping[str, Any], source: Mapping[str, Any] | None = None) -> Request:
    """The request that the form asks for. A field left empty is left to its default.

    `source`: the kind of request, and the pictures that it begins with. Raises RequestRejected, in
    words that use the labels of the form.
    """
    brought = {"kind": "text_to_image", **(source or {})}
    names = KIND_FIELDS.get(str(brought["kind"]), {})
    given = {
        names[name]: value
        for name, value in values.items()
        if name in names and value is not None and not _is_of_the_input(name, brought, values)
    }
    try:
        return parse({**given, **brought})
    except RequestRejected as error:
        raise RequestRejected(
            in_labels(error.message, error.field), field=error.field, value=error.value
        ) from None


def _is_of_the_input(name: str, source: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether a side of the form has no say, because the input's size counts."""
    if name not in ("width", "height") or source["kind"] == "text_to_image":
        return False
    if source["kind"] == "inpaint" and values.get("area") == "masked":
        return False
    is_sized = source["kind"] == "image_to_image"
    return not is_sized or values.get("resize_mode") in (None, "keep")


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
        kind = _kind_of(name)
        needed = {} if kind == "text_to_image" else {"init": "here"}
        KINDS[kind].model_validate({**needed, KIND_FIELDS[kind][name]: value})
        if name in ("upscaler", "upscaler_2") and value:
            return value in choices.upscalers
        if name == "hires_upscaler":
            return value in (*LATENT_UPSCALERS, *choices.upscalers)
        if name in ("hires_sampler", "hires_schedule") and value:
            known = choices.samplers if name == "hires_sampler" else choices.schedules
            return value in [one.id for one in known]
        if name == "sampler" and value != "auto":
            choices.sampler(value)
        if name == "schedule" and value != "auto":
            choices.schedule(value)
        if name == "styles":
            return {*value} <= {style.name for style in choices.styles}
    except (ValidationError, RequestRejected):
        return False
    return True
