"""Routes for what pictures begin with: sending inputs, upscalers, and lineage."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from webui.api.owner import Owner
from webui.service import InputView, LineageView, Studio

_PICTURE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def source_routes(studio: Studio) -> APIRouter:
    """All routes about inputs."""
    router = APIRouter(prefix="/api/v1")

    @router.post("/inputs", status_code=201, tags=["inputs"], openapi_extra=_PICTURE)
    async def send(request: Request, response: Response, owner: Owner) -> InputView:
        """Send a picture to begin with, or a mask: PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF.

        The same pixels are one input, however often they are sent.
        """
        body = await request.body()
        view = await asyncio.to_thread(studio.sources.keep, body, owner)
        response.headers["Location"] = view.url
        return view

    @router.get(
        "/inputs/{sha256}",
        tags=["inputs"],
        response_class=FileResponse,
        responses={200: {"content": {"image/png": {}}, "description": "The PNG file."}},
    )
    def input_file(sha256: str, owner: Owner) -> FileResponse:
        """An input of yours, as PNG."""
        headers = {"Cache-Control": "private, max-age=31536000, immutable"}
        path = studio.sources.path(sha256, owner)
        return FileResponse(path, media_type="image/png", headers=headers)

    @router.get("/images/{image_id}/lineage", tags=["images"])
    def lineage(image_id: str, owner: Owner) -> LineageView:
        """What one of your pictures came from, and what came from it."""
        return studio.sources.lineage(image_id, owner)

    @router.get("/upscalers", tags=["choices"])
    def upscalers(owner: Owner) -> list[str]:
        """What pictures can be enlarged with: Lanczos, and the files in models/upscalers."""
        return list(studio.choices().upscalers)

    return router
