"""What is wrong with an extension, in plain words and with the author's own file and line."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, TracebackType
from typing import Any, Literal

Stage = Literal["manifest", "requirements", "import", "hooks", "contributions"]

PACKAGE = "webui_extensions"
"""Below this name the folders of extensions are imported."""

_LONGEST = 300


class Unfit(Exception):
    """An extension cannot be used: `stage` is how far it came."""

    def __init__(self, stage: Stage, message: str) -> None:
        super().__init__(message)
        self.stage: Stage = stage
        self.message = message


def package_of(extension: str) -> str:
    """The name under which the folder of an extension is imported."""
    return f"{PACKAGE}.{extension.replace('-', '_')}"


def words(error: BaseException) -> str:
    """An error of somebody else's code in one line: its type and what it says."""
    try:
        said = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 (an author's own exception may fail even to speak)
        said = ""
    said = said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
    said = said.encode("utf-8", "backslashreplace").decode()
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def told(error: BaseException, package: str) -> str:
    """An error in words, with the line of `package` where it happened if there is one."""
    place = _of_syntax(error) if isinstance(error, SyntaxError) else None
    place = place or line_in(error.__traceback__, package)
    return f"{words(error)} ({place})" if place else words(error)


def line_in(trace: TracebackType | None, package: str) -> str:
    """The last place of a traceback in the code of `package`: "methods.py, line 12", or ""."""
    place = ""
    for code, module, line in _frames(trace):
        if module == package or module.startswith(f"{package}."):
            place = f"{_file(code.co_filename)}, line {line}"
    return place


def line_of(function: Any) -> str:
    """Where a function is written, likewise; "" where nothing tells."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return ""
    return f"{_file(code.co_filename)}, line {code.co_firstlineno}"


def _frames(trace: TracebackType | None) -> Iterator[tuple[CodeType, str, int]]:
    while trace is not None:
        frame = trace.tb_frame
        yield frame.f_code, str(frame.f_globals.get("__name__", "")), trace.tb_lineno
        trace = trace.tb_next


def _of_syntax(error: SyntaxError) -> str:
    return f"{_file(error.filename)}, line {error.lineno}" if error.filename else ""


def _file(path: str) -> str:
    """The name alone: where the folder lies is nobody's business who only asked for a picture."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]
