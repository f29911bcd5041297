"""Serving the studio: address rules, the web server, and closing in order."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys

import uvicorn

from webui.errors import WebuiError
from webui.opening import open_studio
from webui.service import sole_use
from webui.settings import Settings


def serve_studio(settings: Settings) -> None:
    """Serve until stopped. Raises WebuiError when it cannot start."""
    check_address(settings)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    with sole_use(settings.state):
        _serve(settings)


def _serve(settings: Settings) -> None:
    studio = open_studio(settings)
    # Imported only now: the worker loads the checkpoint while Gradio is still being imported.
    from webui.app import build_app

    app = build_app(studio, settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        # Faults are logged by the API itself; open pages that are cut off at the end are none.
        log_level="critical",
        server_header=False,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=16 << 10,
    )
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    _Server(config, f"Darkroom is open at http://{host}:{settings.port}").run()


class _Server(uvicorn.Server):
    """Says where it is once it really is there."""

    def __init__(self, config: uvicorn.Config, greeting: str) -> None:
        super().__init__(config)
        self._greeting = greeting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(f"{self._greeting}\n")
            sys.stdout.flush()


def check_address(settings: Settings) -> None:
    """Raises WebuiError for an address that is not of this machine alone, or is taken."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise WebuiError(f"{settings.host!r} is not an address of this machine.") from None
    family, kind, protocol, _, address = found[0]
    if not ipaddress.ip_address(address[0]).is_loopback:
        raise WebuiError(
            f"{settings.host} can be reached from other machines, and this version has no"
            " accounts yet: anyone there could use and delete everything. Listen on 127.0.0.1,"
            " and reach it from elsewhere through an SSH tunnel."
        )
    with socket.socket(family, kind, protocol) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            raise WebuiError(
                f"Port {settings.port} is taken: a studio may be open there already. Choose"
                " another with --port."
            ) from None
