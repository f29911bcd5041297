"""Running an author's code with a limit of time, whatever it does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

SECONDS = 10.0
"""That a hook may take while somebody waits in the web process."""


class TooLong(Exception):
    """An author's code took longer than it may."""


class Ended(Exception):
    """An author's code tried to end the program: `error` is its SystemExit or the like."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


def cause_of(error: Exception) -> BaseException:
    """What an author's code raised."""
    return error.error if isinstance(error, Ended) else error


@dataclass(slots=True)
class _Outcome(Generic[T]):
    value: T | None = None
    error: BaseException | None = None
    finished: bool = False


def watched(work: Callable[[], T], seconds: float) -> T:
    """What `work` returns, run in a thread of its own.

    Raises TooLong after `seconds` (the thread goes on, but nobody waits for it any more),
    whatever `work` raises, and Ended for its SystemExit or KeyboardInterrupt: those of the person
    at the keyboard come through as they are.
    """
    outcome: _Outcome[T] = _Outcome()

    def run() -> None:
        try:
            outcome.value = work()
        except BaseException as error:  # noqa: BLE001 (handed to who waits, whatever it is)
            outcome.error = error
        outcome.finished = True

    thread = threading.Thread(target=run, name="extension", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome.finished:
        raise TooLong
    if isinstance(outcome.error, Exception):
        raise outcome.error
    if outcome.error is not None:
        raise Ended(outcome.error)
    return outcome.value  # pyright: ignore[reportReturnType]
