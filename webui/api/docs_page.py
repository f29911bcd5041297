"""OpenAPI and its page, from files of this machine: no request goes to another host."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Darkroom API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css"></head>
<body><div id="api"></div><script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script></body></html>"""
_START = (
    'SwaggerUIBundle({url: "/openapi.json", dom_id: "#api", validatorUrl: null,'
    " tryItOutEnabled: true});"
)
_ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


def docs_routes() -> APIRouter:
    """`/api/docs` and what it needs."""
    router = APIRouter(prefix="/api/docs", include_in_schema=False)
    folder = Path(str(files("fastapi_offline"))) / "static"

    @router.get("")
    def page() -> HTMLResponse:
        return HTMLResponse(_PAGE)

    # A file of its own: the content policy lets no inline script run.
    @router.get("/start.js")
    def start() -> Response:
        return Response(_START, media_type="text/javascript")

    @router.get("/swagger-ui.css")
    def style() -> FileResponse:
        return FileResponse(folder / "swagger-ui.css", media_type=_ASSETS["swagger-ui.css"])

    @router.get("/swagger-ui-bundle.js")
    def script() -> FileResponse:
        name = "swagger-ui-bundle.js"
        return FileResponse(folder / name, media_type=_ASSETS[name])

    return router
