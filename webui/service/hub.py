"""The hub: what is told to whom. Live progress, the last events of each owner, and listeners."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_REMEMBERED = 500
"""Events of each owner that a listener who was away can still be told."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event for an owner. `id` grows; `kind` is job, progress, preview, image or deleted."""

    id: str
    kind: str
    job: str
    data: dict[str, Any]


@dataclass(slots=True)
class Live:
    """What is known of an unfinished job beside its row."""

    owner: str
    step: int = 0
    fraction: float = 0.0
    eta: float | None = None
    place: int | None = None
    preview: dict[str, Any] | None = None


@dataclass(slots=True, eq=False)
class Subscription:
    """One listener: `tell` is called from any thread and must return at once."""

    owner: str
    job: str | None
    tell: Callable[[Told], None]
    previews: bool = True

    def wants(self, owner: str, job: str, kind: str) -> bool:
        """Whether an event of this kind about this job is for this listener."""
        if self.owner != owner or self.job not in (None, job):
            return False
        return self.previews or kind != "preview"


@dataclass(slots=True)
class Hub:
    """Thread-safe. `epoch` tells event ids of one start from those of another."""

    epoch: str
    live: dict[str, Live] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _past: dict[str, deque[Told]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=_REMEMBERED))
    )
    _listeners: list[Subscription] = field(default_factory=list)

    def publish(self, owner: str, kind: str, job: str, data: dict[str, Any]) -> None:
        """Tell every listener of this owner. Previews are not remembered: the next one comes."""
        with self._lock:
            # A preview has no id: whoever resumes names the last event that is remembered.
            number = "" if kind == "preview" else f"{self.epoch}-{next(self._numbers)}"
            told = Told(number, kind, job, data)
            if number:
                self._past[owner].append(told)
            for listener in self._listeners:
                if listener.wants(owner, job, kind):
                    listener.tell(told)

    def subscribe(
        self, subscription: Subscription, after: str | None, present: Callable[[], list[Told]]
    ) -> None:
        """Listen from now on; hear first what was missed since the event `after`.

        `present` is told if that is not remembered, or if one job is asked for and nothing of its
        state was missed. Nothing new is told in between: an old state never follows a newer one.
        """
        with self._lock:
            missed = self._since(subscription.owner, after) or []
            owner = subscription.owner
            heard = [told for told in missed if subscription.wants(owner, told.job, told.kind)]
            if not missed or (subscription.job and all(told.kind != "job" for told in heard)):
                heard += present()
            for told in heard:
                subscription.tell(told)
            self._listeners.append(subscription)

    def unsubscribe(self, subscription: Subscription) -> None:
        with self._lock:
            if subscription in self._listeners:
                self._listeners.remove(subscription)

    def is_watched(self, owner: str, job: str) -> bool:
        """Whether somebody would see a preview of this job."""
        with self._lock:
            return any(s.wants(owner, job, "preview") for s in self._listeners)

    def _since(self, owner: str, after: str | None) -> list[Told] | None:
        """Events after the one with this id; None if it is not remembered."""
        past = list(self._past[owner])
        for position, told in enumerate(past):
            if told.id == after:
                return past[position + 1 :]
        return None
