"""Calling an author's code: whatever it raises is its own failure, and it has a limit."""

from __future__ import annotations

import asyncio
import threading

import pytest

from webui.errors import ExtensionFailed, RequestRejected
from webui.extension.guarding import Guard, TooLate

GUARD = Guard("mine", __name__, "The hook of the extension 'mine'", "Leave it.")


def raising(error: BaseException) -> None:
    raise error


class Mute(Exception):
    """An error that cannot even speak."""

    def __str__(self) -> str:
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    "error",
    [ValueError(), SystemExit(), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError()],
)
@pytest.mark.parametrize("limited", [False, True])
def test_whatever_is_raised_is_a_failure_by_name(error: BaseException, limited: bool) -> None:
    with pytest.raises(ExtensionFailed, match=f"'mine' failed: {type(error).__name__}") as failed:
        GUARD.within(60, lambda: raising(error)) if limited else GUARD.call(lambda: raising(error))
    assert failed.value.extension == "mine"


def test_error_that_cannot_speak_is_told_by_its_type() -> None:
    with pytest.raises(ExtensionFailed, match=r"failed: Mute\. Leave it\.$"):
        GUARD.call(lambda: raising(Mute()))


def test_refusal_and_value_pass_through_the_limit() -> None:
    assert GUARD.within(60, lambda: 3) == 3
    with pytest.raises(RequestRejected, match="No red"):
        GUARD.within(60, lambda: raising(RequestRejected("No red.")))


def test_what_takes_too_long_is_not_waited_for() -> None:
    end = threading.Event()
    with pytest.raises(TooLate, match=r"'mine' took longer than 0\.05 seconds\. It is not called"):
        GUARD.within(0.05, end.wait)
    end.set()
