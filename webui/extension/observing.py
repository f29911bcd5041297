"""Observers of saved pictures: told in a thread of their own, so that nobody waits for them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from webui.extension.acting import Acting, tell_saved
from webui.extension.guarding import TooLate
from webui.extension.hooks import SavedImage
from webui.extension.watching import SECONDS

MOST_WAITING = 200
"""Pictures of which observers are not told yet. Of more they are never told."""


class Observers:
    """Tells them one after the other, in the order in which pictures are saved.

    `note`: is told an extension and what it did wrong. One that takes longer than `seconds` is not
    told any more. The thread is there only while there is something to tell.
    """

    def __init__(
        self,
        note: Callable[[str, str], None],
        seconds: float = SECONDS,
        most: int = MOST_WAITING,
    ) -> None:
        self._note = note
        self._seconds = seconds
        self._most = most
        self._change = threading.Condition()
        self._waiting: deque[tuple[SavedImage, Acting]] = deque()
        self._runs = False
        self._late: set[str] = set()

    def tell(self, image: SavedImage, acting: Acting) -> None:
        """Have them told soon. Returns at once; where too many wait, this one is left out."""
        acting = self._in_time(acting)
        if not acting:
            return
        with self._change:
            is_full = len(self._waiting) >= self._most
            if not is_full:
                self._waiting.append((image, acting))
                self._start()
        if is_full:
            for id, _ in acting:
                self._note(id, "It was not told of some saved pictures: too many were waiting.")

    def settle(self, seconds: float) -> bool:
        """Wait until they were told of everything. Gives whether they were within `seconds`."""
        with self._change:
            return self._change.wait_for(lambda: not self._runs, seconds)

    def _start(self) -> None:
        if not self._runs:
            self._runs = True
            threading.Thread(target=self._run, name="observers", daemon=True).start()

    def _run(self) -> None:
        while one := self._next():
            image, acting = one
            for id, error in tell_saved(image, self._in_time(acting), self._seconds).items():
                if isinstance(error, TooLate):
                    self._late.add(id)
                self._note(id, error.message)

    def _next(self) -> tuple[SavedImage, Acting] | None:
        """The next picture; None ends the thread, and the next one begins another."""
        with self._change:
            if self._waiting:
                return self._waiting.popleft()
            self._runs = False
            self._change.notify_all()
            return None

    def _in_time(self, acting: Acting) -> Acting:
        return [one for one in acting if one[0] not in self._late]
