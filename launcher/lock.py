"""Reads the lock files."""

import ast
import operator
import os
import platform
import re
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

RUNTIME_LOCK = "requirements.lock"
TEST_LOCK = "requirements-test.lock"
MARKER_VALUES: dict[str, str] = {
    "implementation_name": sys.implementation.name,
    "os_name": os.name,
    "platform_machine": platform.machine(),
    "platform_python_implementation": platform.python_implementation(),
    "platform_release": platform.release(),
    "platform_system": platform.system(),
    "python_full_version": ".".join(str(part) for part in sys.version_info[:3]),
    "python_version": ".".join(str(part) for part in sys.version_info[:2]),
    "sys_platform": sys.platform,
}
COMPARE: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


class Pin(NamedTuple):
    """One package of a lock, with the lines that pip is given for it."""

    name: str
    version: str
    marker: str
    block: str


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(text: str) -> list[Pin]:
    """The packages of a lock file, whatever machine they are for."""
    pins = []
    for block in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]:
        first, _, marker = block.splitlines()[0].rstrip("\\ ").partition(";")
        name, _, version = first.partition("==")
        pins.append(Pin(canonical(name.strip()), version.strip(), marker.strip(), block))
    return pins


def marker_holds(marker: str) -> bool:
    """Whether a lock's condition is true here. Its grammar is a small part of Python's own."""
    return not marker or _holds(ast.parse(marker, mode="eval").body)


def _holds(node: Any) -> bool:
    if isinstance(node, ast.BoolOp):
        results = [_holds(value) for value in node.values]
        return all(results) if isinstance(node.op, ast.And) else any(results)
    sides = [node.left, node.comparators[0]]
    texts = [MARKER_VALUES[side.id] if isinstance(side, ast.Name) else side.value for side in sides]
    if any(isinstance(side, ast.Name) and side.id.startswith("python_") for side in sides):
        texts = [tuple(int(part) for part in re.findall(r"\d+", text)) for text in texts]
    return COMPARE[type(node.ops[0])](texts[0], texts[1])


def lock_problem(runtime: str, test: str) -> str:
    """What is wrong with a pair of locks; empty when nothing is."""
    if "://" in runtime + test:
        return "they name an address or a folder"
    both = [{(pin.name, pin.version) for pin in read_lock(text)} for text in (runtime, test)]
    apart = sorted(name for name, _ in both[0] - both[1])
    return f"they differ on {', '.join(apart)}" if apart else ""
