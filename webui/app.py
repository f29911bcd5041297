"""Building the web app: the studio's faces and the guard in front of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from webui.api.card_routes import card_routes
from webui.api.control_routes import control_routes
from webui.api.desk_routes import desk_routes
from webui.api.docs_page import docs_routes
from webui.api.errors import add_error_handlers
from webui.api.extension_routes import extension_routes
from webui.api.extra_routes import add_extra_routes
from webui.api.guard import App, Guard
from webui.api.native import health_routes, native_routes
from webui.api.route_table import RouteTable
from webui.api.routes import ROUTES
from webui.api.source_routes import source_routes
from webui.opening import program_version
from webui.service import LOCAL_OWNER, Studio
from webui.settings import Settings
from webui.ui import mount_ui

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def build_app(studio: Studio, settings: Settings) -> App:
    """The whole web app over one studio, behind the guard. Closing it closes the studio."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        yield
        studio.close()

    app = FastAPI(
        title="Darkroom",
        version=program_version(),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    add_error_handlers(app)
    app.include_router(native_routes(studio))
    app.include_router(desk_routes(studio))
    app.include_router(source_routes(studio))
    app.include_router(control_routes(studio))
    app.include_router(card_routes(studio))
    app.include_router(extension_routes(studio))
    app.include_router(health_routes(studio))
    app.include_router(docs_routes())
    extra = add_extra_routes(app, studio.extra.routes, studio.extra.note)
    mount_ui(app, studio, owner=LOCAL_OWNER)
    table = RouteTable((*extra, *ROUTES))
    return Guard(app, table, {*LOOPBACK, settings.host}, LOCAL_OWNER)
