"""The guard: one pure ASGI layer in front of everything, Gradio's routes and ours.

Whatever is not in the route table is refused. Requests that a page of another site could have
caused are refused. Bodies are counted. Answers carry strict headers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any, TypeAlias

from starlette.requests import ClientDisconnect

from webui.api.route_table import MAX_BODY, Access, RouteTable

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self';"
    " worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self';"
    " frame-ancestors 'none'"
)
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_REPLACED = {name for name, _ in _HEADERS} | {b"server"}
_SAFE = {"GET", "HEAD"}
_DRAIN_BYTES = 128 << 20
_DRAIN_SECONDS = 5.0


class Guard:
    """`hosts`: names under which the studio may be addressed. `owner`: whose studio it is."""

    def __init__(self, app: App, table: RouteTable, hosts: Iterable[str], owner: str) -> None:
        self._app = app
        self._table = table
        self._hosts = frozenset(host.lower() for host in hosts)
        self._owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        refusal = self._refusal(scope, headers)
        if refusal:
            await _drain(scope, receive)
            await _refuse(scope, send, *refusal)
            return
        scope["darkroom.owner"] = self._owner
        await self._pass_on(scope, receive, send)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        """Status and reason why this request is not let in; None if it is."""
        if _host_name(headers.get("host", "")) not in self._hosts:
            return 421, "This studio is not known under that name. Use the address it printed."
        if _from_elsewhere(scope, headers):
            return 403, "Requests from pages of other sites are refused."
        rule = self._table.rule(scope.get("method", "GET"), scope["path"])
        if rule is None or rule.access is Access.BLOCKED:
            return 404, "There is nothing at this address."
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 15 or int(length) > rule.most:
            return 413, _too_large(rule.most)
        return None

    def _most(self, scope: Scope) -> int:
        rule = self._table.rule(scope.get("method", "GET"), scope["path"])
        return rule.most if rule else MAX_BODY

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = self._most(scope)
        received = 0
        more = True
        started = False

        async def counted() -> Message:
            nonlocal received, more
            message = await receive()
            received += len(message.get("body", b""))
            more = bool(message.get("more_body"))
            # Above the limit the app sees a client that went away, and lets go of what it read.
            return message if received <= most else {"type": "http.disconnect"}

        async def with_headers(message: Message) -> None:
            nonlocal started
            if received > most and not started:
                return
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": _strict(message.get("headers", []))}
            await send(message)

        with suppress(ClientDisconnect):
            await self._app(scope, counted, with_headers)
        if received > most and not started:
            if more:
                await _drain(scope, receive)
            await _refuse(scope, send, 413, _too_large(most))


def _too_large(most: int) -> str:
    return f"The request is too large: at most {most >> 20} MiB are taken."


def _host_name(host: str) -> str:
    """The name of a Host header without its port."""
    name, _, port = host.lower().rpartition(":")
    return name if port.isdecimal() else host.lower()


def _from_elsewhere(scope: Scope, headers: dict[str, str]) -> bool:
    """Whether a page of another site could have caused this request."""
    origin = headers.get("origin")
    own = headers["host"].lower()
    if origin is not None and origin.lower() not in (f"http://{own}", f"https://{own}"):
        return True
    site = headers.get("sec-fetch-site", "none")
    if site in ("none", "same-origin"):
        return False
    is_link = headers.get("sec-fetch-mode") == "navigate" and scope.get("method") in _SAFE
    return not is_link


def _strict(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    kept = [
        (name, value)
        for name, value in headers
        if name.lower() not in _REPLACED and not name.lower().startswith(b"access-control-")
    ]
    return [*kept, *_HEADERS]


async def _drain(scope: Scope, receive: Receive) -> None:
    """Let the sender finish: one that is cut off in the middle never reads the answer."""
    if scope["type"] != "http":
        return
    drained = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while drained < _DRAIN_BYTES:
                message = await receive()
                drained += len(message.get("body", b""))
                if not message.get("more_body"):
                    return


async def _refuse(scope: Scope, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    body = json.dumps({"error": {"message": reason, "field": None}}).encode()
    plain = {"content-type": "application/json", "content-length": str(len(body))}
    pairs = [(name.encode(), value.encode()) for name, value in plain.items()]
    headers = _strict([*pairs, (b"connection", b"close")])
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
