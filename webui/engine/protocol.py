"""What every engine offers to the service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from webui.events import Event
from webui.request import ResolvedRequest

Listener: TypeAlias = Callable[[Event], None]
"""Called from a thread of the engine for every event; must return soon."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """`state`: starting, ready or stopped. `standing`: (job, seconds until its end), next first.

    `loaded`: bytes by checkpoint. `restarts`: how often the worker had to be started again.
    """

    state: str
    device: str = ""
    standing: tuple[tuple[str, float], ...] = ()
    loaded: dict[str, int] = field(default_factory=dict)
    restarts: int = 0
    pid: int | None = None


class Engine(Protocol):
    """Runs jobs. Every accepted job ends with exactly one of Done, Failed or Cancelled."""

    def submit(
        self, job_id: str, owner: str, request: ResolvedRequest, skip: Sequence[int] = ()
    ) -> None:
        """Take a job; `skip` are the indices of pictures that exist already."""
        ...

    def cancel(self, job_id: str) -> None:
        """Stop a job before its next call."""
        ...

    def watch(self, job_id: str, watched: bool) -> None:
        """Say whether somebody looks at this job's previews."""
        ...

    def status(self) -> EngineStatus: ...

    def close(self) -> None:
        """Stop at once. Unfinished jobs get no event: they are still in the service's rows."""
        ...
