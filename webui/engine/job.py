"""A job in the engine: a request with an owner, and the pictures that it is making."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from webui.calls import Call
from webui.engine.packing import step_key
from webui.request import ResolvedRequest


def _not_begun() -> Generator[Call, Any, Any]:
    """Stands where a recipe will be."""
    yield from ()


@dataclass(slots=True)
class Picture:
    """One picture in the making: its recipe, the call it waits for and what was seen last."""

    index: int
    asks: int
    recipe: Generator[Call, Any, Any] = field(default_factory=_not_begun)
    pending: Call | None = None
    answered: int = 0
    seen: Any = None

    @property
    def remaining(self) -> int:
        return max(0, self.asks - self.answered)

    def see(self, x0: Any) -> None:
        """Remember what the picture looks like now, for a preview."""
        self.seen = x0


@dataclass(slots=True)
class Job:
    """A running request. `todo` are the indices not begun; `open` are the pictures begun.

    `asks`: denoising calls of one picture; `rows`: samples of one picture in each of them.
    """

    id: str
    owner: str
    request: ResolvedRequest
    asks: int
    rows: int
    todo: list[int]
    latent_shape: tuple[int, int, int]
    number: int
    submitted: float
    open: list[Picture] = field(default_factory=list)
    device_seconds: float = 0.0
    started: bool = False
    watched: bool = False
    previewed: float | None = None

    @property
    def checkpoint(self) -> str:
        return self.request.checkpoint

    @property
    def sha256(self) -> str:
        """Of the checkpoint's files when the request was accepted."""
        return self.request.files[0].sha256

    @property
    def remaining(self) -> int:
        """Denoising calls still to be answered, over all pictures."""
        return len(self.todo) * self.asks + sum(picture.remaining for picture in self.open)

    @property
    def total(self) -> int:
        """Denoising calls of the whole job, pictures that were made before a restart included."""
        return self.request.pictures * self.asks

    @property
    def is_finished(self) -> bool:
        return not self.todo and not self.open

    @property
    def step_key(self) -> str:
        """What the time of a step depends on."""
        return step_key(self.checkpoint, (self.rows, *self.latent_shape))
