"""The watchdog: notices when code that is not ours keeps the engine's thread for too long.

Nothing can stop such code from within its own process; who is told may end that process, and the
studio starts another and puts the other jobs back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from webui.request import ResolvedRequest

HUNG = 70
"""The exit code of a worker that ended because an extension kept it for too long."""

FORWARDS = 10.0
"""A forward may take so many times the patience: networks are loaded in it, and are large."""

_LOOKS = 0.25
"""Seconds between two looks, as a share of the patience."""


@dataclass(frozen=True, slots=True)
class _Within:
    """Whose code the engine's thread is in, and until when it may be."""

    job: str
    extensions: tuple[str, ...]
    until: float


class Watchdog:
    """Calls `gave_up(job, extensions)`, once, when a job's extensions take longer than `patience`.

    `patience` is in seconds. Jobs without extensions are not watched: their code is ours.
    """

    def __init__(
        self,
        patience: float,
        gave_up: Callable[[str, tuple[str, ...]], None],
        clock: Callable[[], float],
    ) -> None:
        self._patience = patience
        self._gave_up = gave_up
        self._clock = clock
        self._within: _Within | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def watching(
        self, job_id: str, request: ResolvedRequest, times: float = 1.0
    ) -> Generator[None]:
        """What runs within may hang. `times`: how many times the patience it may take."""
        if not request.used:
            yield
            return
        names = tuple(one.id for one in request.used)
        self._within = _Within(job_id, names, self._clock() + times * self._patience)
        try:
            yield
        finally:
            self._within = None

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._closed.wait(self._patience * _LOOKS):
            within = self._within
            if within and self._clock() > within.until:
                self._gave_up(within.job, within.extensions)
                return
