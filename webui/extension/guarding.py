"""Calling an author's code so that it can fail only its own job, and by its own name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from webui.errors import ExtensionFailed, RequestRejected
from webui.extension.problems import told
from webui.extension.watching import TooLong, watched

T = TypeVar("T")

SWITCH_OFF = "Make the picture without it, or switch the extension off."


class TooLate(ExtensionFailed):
    """It took longer than it may. Its thread goes on, so it had better not be called again."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Whose code is called. `what`: how errors begin; `advice`: what the person can do."""

    extension: str
    package: str
    what: str
    advice: str = SWITCH_OFF

    def call(self, function: Callable[[], T]) -> T:
        """What `function` returns. Raises ExtensionFailed for whatever it raises.

        Its own RequestRejected passes: an extension too may refuse a value in plain words.
        """
        try:
            return function()
        except (RequestRejected, ExtensionFailed):
            raise
        except BaseException as error:  # noqa: BLE001 (an author's code may raise anything)
            self.failed(error)

    def within(self, seconds: float, function: Callable[[], T]) -> T:
        """As `call`, in a thread of its own. Raises TooLate after `seconds`."""
        try:
            return watched(lambda: self.call(function), seconds)
        except TooLong:
            raise TooLate(
                f"{self.what} took longer than {seconds:g} seconds. It is not called any more until"
                f" the studio is started again. {self.advice}",
                self.extension,
            ) from None

    def failed(self, error: BaseException) -> NoReturn:
        """Raises ExtensionFailed that tells an author's error and where it happened."""
        message = f"{self.what} failed: {_told(error, self.package)}. {self.advice}"
        raise ExtensionFailed(message, self.extension) from error

    def wrong(self, said: str) -> NoReturn:
        """Raises ExtensionFailed for what an author's code gave."""
        raise ExtensionFailed(f"{self.what} {said} {self.advice}", self.extension)


def _told(error: BaseException, package: str) -> str:
    """An error in words; one that cannot even speak by its name alone."""
    try:
        return told(error, package)
    except BaseException:  # noqa: BLE001 (what it says of itself is the author's code, too)
        return type(error).__name__
