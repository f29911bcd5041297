"""Every error that a person can meet, in one tree.

WebuiError
├── RequestRejected    the request is wrong; `field`, `value` and `allowed` say where and what fits
├── NotFound           nothing by that id or name belongs to this owner
├── BadFile            a file cannot be used; says which file, what is wrong and what to do
├── ExtensionFailed    code of an extension failed; `extension` is its id
├── OutOfMemory        the device is too small for this work; says the numbers
└── DiskTrouble        a picture or a row could not be written
"""

from __future__ import annotations

from typing import Any


class WebuiError(Exception):
    """An error with a message in plain words: what happened, why, what to do."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class RequestRejected(WebuiError):
    """The person can mend this: names the field, the value given and what is allowed."""

    def __init__(self, message: str, *, field: str | None = None, value: Any = None) -> None:
        super().__init__(message, field=field)
        self.value = value


class NotFound(WebuiError):
    """Nothing by that id or name, or it belongs to somebody else (which looks the same)."""


class BadFile(WebuiError):
    """A file that cannot be used."""


class ExtensionFailed(WebuiError):
    """Code of an extension failed, or gave what is unfit; `extension` is its id."""

    def __init__(self, message: str, extension: str) -> None:
        super().__init__(message, field=f"extensions.{extension}")
        self.extension = extension


class OutOfMemory(WebuiError):
    """The work does not fit into the device's memory, whatever was tried."""


class DiskTrouble(WebuiError):
    """Something could not be written to disk."""
