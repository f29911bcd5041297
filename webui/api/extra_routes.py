"""Routes that extensions bring, below /extensions/<id>; those that do not fit are left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Protocol

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.requests import ClientDisconnect

from webui.api.errors import error_response
from webui.api.route_table import Access, Rule, rules
from webui.errors import WebuiError

_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE"))
_ID = re.compile(r"[a-z][a-z0-9-]{1,39}\Z")
_PART = re.compile(r"[A-Za-z0-9._~-]{1,100}\Z|\{[a-z_]{1,40}(:(path|int|float|str|uuid))?\}\Z")
_OUTSIDE = "lies outside /extensions/<its id>/, or holds signs that no address may have"


class ExtraRoute(Protocol):
    """What an extension gives. `path` is whole: /extensions/<id>/…"""

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def function(self) -> Callable[..., Any]: ...


Note = Callable[[str, str], None]
"""Is told the id of an extension, and in plain words what is wrong with its routes."""


def add_extra_routes(app: FastAPI, routes: Sequence[ExtraRoute], note: Note) -> tuple[Rule, ...]:
    """Add them to the app, and give the rules that let their owner in.

    All routes of an extension, or none: where one is there already or is none, `note` is told. It
    is also told when one fails while it answers. Nothing is raised. Call this before anything is
    mounted at `/`.
    """
    found: list[Rule] = []
    for extension, own in _by_extension(routes).items():
        ready = None if (wrong := _wrong(app, own)) else _ready(extension, own, note)
        if isinstance(ready, list):
            app.router.routes.extend(ready)
            found += [
                rule
                for one in own
                for rule in rules(Access.OWNER, f"{one.method.upper()} {one.path}")
            ]
        else:
            note(extension, f"Its routes are left out: {wrong or ready}.")
    return tuple(found)


def _by_extension(routes: Sequence[ExtraRoute]) -> dict[str, list[ExtraRoute]]:
    """By the id in the address; in an address without one, by its beginning."""
    found: dict[str, list[ExtraRoute]] = {}
    for route in routes:
        found.setdefault(_owner(route.path) or route.path[:80], []).append(route)
    return found


def _owner(path: str) -> str:
    """The id in the address of a route; nothing for one that is in no extension's place."""
    pieces = path.split("/")
    in_place = len(pieces) > 3 and pieces[:2] == ["", "extensions"] and _ID.match(pieces[2])
    return pieces[2] if in_place else ""


def _is_address(path: str) -> bool:
    return bool(_owner(path)) and all(_PART.match(part) for part in path.split("/")[3:])


def _wrong(app: FastAPI, own: Sequence[ExtraRoute]) -> str:
    """Why these cannot be added, or nothing."""
    taken = list(_taken(app))
    for one in own:
        method = one.method.upper()
        named = f"{method} {one.path[:80]}"
        if method not in _METHODS:
            return f"{named}: a method is one of {', '.join(sorted(_METHODS))}"
        if not _is_address(one.path):
            return f"{named} {_OUTSIDE}"
        if any(method in methods and _is_same(path, one.path) for methods, path in taken):
            return f"{named} is there already"
        taken.append((frozenset((method,)), one.path))
    return ""


def _taken(app: FastAPI) -> Iterator[tuple[frozenset[str], str]]:
    for context in iter_route_contexts(app.routes):
        if methods := getattr(context, "methods", None):
            yield frozenset(methods), str(context.path)


def _is_same(first: str, second: str) -> bool:
    """Whether an address could be meant by both: a parameter may have any value."""
    parts = [path.split("/") for path in (first, second)]
    for one, other in zip(*parts, strict=False):
        if ":path}" in one or ":path}" in other:
            return True
        if one != other and "{" not in one + other:
            return False
    return len(parts[0]) == len(parts[1])


def _ready(extension: str, own: Sequence[ExtraRoute], note: Note) -> list[APIRoute] | str:
    """The routes, or why one of them is none."""
    guarded = _guarded(extension, note)
    made: list[APIRoute] = []
    for one in own:
        try:
            made.append(
                guarded(
                    one.path, one.function, methods=[one.method.upper()], include_in_schema=False
                )
            )
        except (Exception, SystemExit) as error:  # noqa: BLE001 (fastapi asserts on signatures)
            why = str(error).partition("\n")[0][:300] or type(error).__name__
            return f"{one.method.upper()} {one.path} cannot be a route: {why}"
    return made


def _guarded(extension: str, note: Note) -> type[APIRoute]:
    """Routes that answer in plain words when the author's function fails."""

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                try:
                    return await answer(request)
                except (HTTPException, RequestValidationError, WebuiError, ClientDisconnect):
                    raise
                except (Exception, SystemExit) as error:  # noqa: BLE001 (an author's code)
                    why = str(error).partition("\n")[0][:300] or type(error).__name__
                    note(extension, f"{request.method} {self.path} failed: {why}.")
                    words = f"The extension {extension!r} failed here: {why}."
                    return error_response(500, words)

            return guarded

    return Guarded
