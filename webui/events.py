"""Events: what the engine tells about a job, as frozen values that survive a pipe.

An event is a small JSON object plus, for pictures and previews, raw bytes (RGB, row by row).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeAlias


@dataclass(frozen=True, slots=True)
class Started:
    """The first call of the job was computed."""

    kind: ClassVar[str] = "started"
    job: str


@dataclass(frozen=True, slots=True)
class Progress:
    """`step` of `steps` denoising steps over all pictures; `eta` in seconds, None if unknown."""

    kind: ClassVar[str] = "progress"
    job: str
    step: int
    steps: int
    fraction: float
    eta: float | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A small view of picture `index` in the making: RGB bytes, `width` × `height`."""

    kind: ClassVar[str] = "preview"
    job: str
    index: int
    step: int
    width: int
    height: int
    pixels: bytes = b""


@dataclass(frozen=True, slots=True)
class PictureReady:
    """Picture `index` of the job is finished: RGB bytes, `width` × `height`.

    `made_with` records what the pixels depend on beside the request (device, dtype, versions).
    """

    kind: ClassVar[str] = "picture"
    job: str
    index: int
    width: int
    height: int
    made_with: dict[str, str]
    pixels: bytes = b""


@dataclass(frozen=True, slots=True)
class Done:
    """Every picture of the job was sent. `device_seconds`: what the job was charged for."""

    kind: ClassVar[str] = "done"
    job: str
    device_seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended with a message for its owner. `extension`: whose code it was, if one's."""

    kind: ClassVar[str] = "failed"
    job: str
    message: str
    field: str | None = None
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The job stopped because its owner asked."""

    kind: ClassVar[str] = "cancelled"
    job: str


Event: TypeAlias = Started | Progress | Preview | PictureReady | Done | Failed | Cancelled
_KINDS: dict[str, type[Any]] = {
    event.kind: event
    for event in (Started, Progress, Preview, PictureReady, Done, Failed, Cancelled)
}


def to_parts(event: Event) -> tuple[dict[str, Any], bytes]:
    """Split an event into a JSON object and its raw bytes."""
    fields = asdict(event)
    pixels = fields.pop("pixels", b"")
    return {"kind": event.kind, **fields}, pixels


def from_parts(fields: dict[str, Any], pixels: bytes) -> Event:
    """Undo `to_parts`. Raises KeyError or TypeError for parts that are not an event."""
    body = dict(fields)
    kind = _KINDS[body.pop("kind")]
    if kind in (Preview, PictureReady):
        body["pixels"] = pixels
    return kind(**body)
