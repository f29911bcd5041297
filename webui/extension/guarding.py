"""Calling an author's code so that it can fail only its own job, and by its own name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from webui.errors import ExtensionFailed, RequestRejected
from webui.extension.problems import told

T = TypeVar("T")

SWITCH_OFF = "Make the picture without it, or switch the extension off."


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
        except (Exception, SystemExit) as error:  # noqa: BLE001 (an author's code may raise all)
            self.failed(error)

    def failed(self, error: BaseException) -> NoReturn:
        """Raises ExtensionFailed that tells an author's error and where it happened."""
        message = f"{self.what} failed: {told(error, self.package)}. {self.advice}"
        raise ExtensionFailed(message, self.extension) from error

    def wrong(self, said: str) -> NoReturn:
        """Raises ExtensionFailed for what an author's code gave."""
        raise ExtensionFailed(f"{self.what} {said} {self.advice}", self.extension)
