"""What reading a picture's metadata gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from webui.request import ResolvedRequest

MissingKind = Literal[
    "checkpoint", "lora", "embedding", "hypernetwork", "vae", "controlnet", "sampler", "schedule",
    "upscaler",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Missing:
    """Something the picture was made with that is not on this machine. `hash` may be ""."""

    kind: MissingKind
    name: str
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a picture or a text says of how it was made.

    `tool`: who made it, in plain words; "" where nothing tells. `fields`: fields of a
    text-to-image request, each within its limits, so that `parse` takes them. `unmapped`: what was
    said and could not be carried over, as (what, value). `notes`: whole sentences for people.
    `request` and `made_with`: as in `PictureMetadata`, for Darkroom's own pictures only.
    """

    tool: str = ""
    fields: dict[str, object] = field(default_factory=dict[str, object])
    unmapped: tuple[tuple[str, str], ...] = ()
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()
    request: ResolvedRequest | None = None
    made_with: dict[str, str] = field(default_factory=dict[str, str])
