"""Driving the generators of authors: checked at every yield, closed in every case."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn, Protocol, TypeVar

from webui.errors import ExtensionFailed, RequestRejected

T = TypeVar("T")
Y = TypeVar("Y")


class Guard(Protocol):
    """Whose code is called, and how errors speak of it."""

    def call(self, function: Callable[[], T]) -> T:
        """What an author's `function` returns. Raises ExtensionFailed for whatever it raises."""
        ...

    def failed(self, error: BaseException) -> NoReturn:
        """Raises ExtensionFailed that tells the author's error."""
        ...

    def wrong(self, said: str) -> NoReturn:
        """Raises ExtensionFailed for what the author's code gave."""
        ...


@dataclass(slots=True)
class Slip:
    """An error that passes through an author's code and is not his: of what he wrapped."""

    error: BaseException | None = None


def generator_of(value: Any, guard: Guard) -> Generator[Any, Any, Any]:
    """What an author's function returned. Raises ExtensionFailed for anything else."""
    if not isinstance(value, Generator):
        guard.wrong(
            f"gave a {type(value).__name__} where a generator is needed: its function must `yield`."
        )
    return value


def passing(generator: Generator[Y, Any, T], slip: Slip) -> Generator[Y, Any, T]:
    """The same generator; an error of its own is remembered as no fault of who wraps it."""
    try:
        return (yield from generator)
    except Exception as error:
        slip.error = error
        raise


def driven(
    generator: Generator[Any, Any, Any],
    guard: Guard,
    slip: Slip,
    checked: Callable[[Any], Y],
    heard: Callable[[Any], None] = lambda answer: None,
) -> Generator[Y, Any, Any]:
    """Drive an author's generator: what it yields is yielded as `checked` gives it.

    `heard` is shown every answer before the author's code is.

    Errors that are thrown in reach it, and pass if it does not catch them; so does `slip`. All of
    its own become ExtensionFailed, whatever they are: only who closes this generator ends it with
    GeneratorExit. It is closed in every case.
    """
    thrown: BaseException | None = None
    step = partial(next, generator)
    try:
        while True:
            try:
                wanted = step()
            except StopIteration as end:
                return end.value
            except (RequestRejected, ExtensionFailed):
                raise
            except BaseException as error:
                if error is thrown or error is slip.error:
                    raise
                guard.failed(error)
            # To look at what he yields may run his code, too.
            question = guard.call(partial(checked, wanted))
            try:
                answer = yield question
                heard(answer)
                step = partial(generator.send, answer)
            except Exception as error:  # noqa: BLE001 (handed on, not swallowed)
                thrown = error
                step = partial(generator.throw, error)
    finally:
        close(generator)


def close(generator: Generator[Any, Any, Any]) -> None:
    """Close an author's generator; what it does then can no longer change any picture."""
    with contextlib.suppress(BaseException):
        generator.close()
