"""Functions that extensions name: found, checked and turned into "module:name" for the worker."""

from __future__ import annotations

import ast
import inspect
import math
import sys
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from webui.extension.contributions import Function
from webui.extension.discovery import Candidate
from webui.extension.importing import module_file
from webui.extension.problems import Unfit, line_of

_LONGEST = 200
_LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Located:
    """A function by its full name, "module:name", and its keywords that have plain defaults."""

    path: str
    keywords: MappingProxyType[str, Any]


def located(function: Function | Any, takes: tuple[str, ...], source: Candidate) -> Located:
    """Where a function lies that is called with so many positional arguments.

    Raises Unfit for what cannot be found again by its name, and for one that takes others.
    """
    if isinstance(function, str):
        return _by_name(function, takes, source)
    at = f" ({line})" if (line := line_of(function)) else ""
    name, module = getattr(function, "__qualname__", ""), getattr(function, "__module__", "")
    if not callable(function) or not name or not isinstance(module, str):
        kind = type(function).__name__
        raise Unfit("contributions", f'must be a function or its "module:name", not a {kind}.')
    if getattr(sys.modules.get(module), name, None) is not function:
        what = "a lambda" if name.endswith("<lambda>") else f"{name or 'it'!r}"
        raise Unfit(
            "contributions",
            f"cannot be {what}{at}: the worker process finds functions by their names, so it must"
            " be one that stands by itself in a module, with def.",
        )
    try:
        signature = inspect.signature(function)
        signature.bind(*takes)
    except (TypeError, ValueError):
        raise _takes_others(name, at, takes) from None
    found = {one.name: one.default for one in signature.parameters.values()}
    return Located(f"{module}:{name}", _plain(found))


def _by_name(text: str, takes: tuple[str, ...], source: Candidate) -> Located:
    module, colon, name = text[:_LONGEST].partition(":")
    if not colon or not all(part.isidentifier() for part in (*module.split("."), name)):
        raise Unfit("contributions", f'must be "module:name", not {text[:_LONGEST]!r}.')
    file = module_file(source.folder, module)
    if file is None:
        raise Unfit("contributions", f"names {text!r}, but the folder holds no {module}.py.")
    package = source.package if module == "__init__" else f"{source.package}.{module}"
    path = f"{package}:{name}"
    try:
        if file.stat().st_size > _LARGEST:
            raise Unfit("contributions", f"names {text!r}, but {file.name} is too large.")
        tree = ast.parse(file.read_bytes(), file.name)
    except SyntaxError as error:
        raise Unfit(
            "contributions",
            f"names {text!r}, but {file.name}, line {error.lineno} is no Python: {error.msg}.",
        ) from None
    except (OSError, ValueError, RecursionError, MemoryError):
        raise Unfit("contributions", f"names {text!r}, but {file.name} cannot be read.") from None
    return Located(path, _in_source(tree, name, takes, text, file.name))


def _in_source(
    tree: ast.Module, name: str, takes: tuple[str, ...], text: str, file: str
) -> MappingProxyType[str, Any]:
    """The keywords of what stands at the top of a module; it is read there, not imported.

    Whatever is not written with def may be anything, and has none.
    """
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            _check_written(node, takes, file)
            return _plain(_defaults(node.args))
        if name in _bound(node):
            return MappingProxyType({})
    raise Unfit("contributions", f"names {text!r}, but {file} has no {name!r} at its top.")


def _bound(node: ast.stmt) -> set[str]:
    """The names that a statement at the top of a module binds."""
    if isinstance(node, ast.ClassDef | ast.AsyncFunctionDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return {inner.id for one in targets for inner in ast.walk(one) if isinstance(inner, ast.Name)}


def _check_written(node: ast.FunctionDef, takes: tuple[str, ...], file: str) -> None:
    names = [*node.args.posonlyargs, *node.args.args]
    required = len(names) - len(node.args.defaults)
    open_ended = node.args.vararg is not None
    lacks = any(default is None for default in node.args.kw_defaults)
    if lacks or required > len(takes) or (len(names) < len(takes) and not open_ended):
        raise _takes_others(node.name, f" ({file}, line {node.lineno})", takes)


def _takes_others(name: str, at: str, takes: tuple[str, ...]) -> Unfit:
    given = f"({', '.join(takes)})" if takes else "no arguments"
    return Unfit(
        "contributions",
        f"is {name!r}{at}, which must take {given}; all others need defaults.",
    )


def _defaults(arguments: ast.arguments) -> dict[str, Any]:
    named = [*arguments.posonlyargs, *arguments.args]
    last = named[len(named) - len(arguments.defaults) :]
    pairs = [*zip(last, arguments.defaults, strict=True)]
    pairs += [
        (one, value)
        for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if value is not None
    ]
    return {one.arg: _literal(value) for one, value in pairs}


def _literal(node: ast.expr) -> Any:
    """The value of a default as it is written; infinity by its usual names."""
    last = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    if last == "inf":
        return math.inf
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return inspect.Parameter.empty


def _plain(defaults: dict[str, Any]) -> MappingProxyType[str, Any]:
    """Those that are numbers or None."""
    fits = {
        name: value
        for name, value in defaults.items()
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool))
    }
    return MappingProxyType(fits)
