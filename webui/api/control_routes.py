"""Routes for control units: what there is, and maps."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from webui.api.owner import Owner
from webui.request.make_map import MakeMap
from webui.request.parsing import parse_map
from webui.service import ControlsView, InputView, Studio

_WISH: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": MakeMap.model_json_schema()}},
    }
}


def control_routes(studio: Studio) -> APIRouter:
    """All routes about what steers."""
    router = APIRouter(prefix="/api/v1", tags=["control"])

    @router.get("/controls")
    def controls(owner: Owner) -> ControlsView:
        """Models that steer, and preprocessors with their settings."""
        return studio.controls()

    @router.post("/maps", status_code=201, openapi_extra=_WISH)
    async def make_map(request: Request, response: Response, owner: Owner) -> InputView:
        """The map of a picture of yours, at once; it is an input from then on.

        Preprocessors that need a network are refused: send the same as a job.
        """
        body = await request.body()

        view = await asyncio.to_thread(lambda: studio.make_map(parse_map(body), owner))
        response.headers["Location"] = view.url
        return view

    return router
