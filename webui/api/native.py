"""The native REST API, `/api/v1`: jobs, events, pictures and what there is to choose from."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from webui.api.models import CheckpointView, ChoiceView, ErrorAnswer, Health
from webui.api.owner import Owner
from webui.api.request_schema import request_body
from webui.api.stream import event_stream
from webui.request import parse_json
from webui.service import ImageView, JobView, Studio

_ERRORS: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer, "description": "Not there, or not yours."},
    422: {"model": ErrorAnswer, "description": "Says field, value and what is allowed."},
}
Limit = Annotated[int, Query(ge=1, le=200)]


def native_routes(studio: Studio) -> APIRouter:
    """All routes of the native API over one studio."""
    router = APIRouter(prefix="/api/v1", responses=_ERRORS)
    _job_routes(router, studio)
    _image_routes(router, studio)
    _choice_routes(router, studio)
    return router


def _job_routes(router: APIRouter, studio: Studio) -> None:
    @router.post("/jobs", status_code=202, openapi_extra=request_body(), tags=["jobs"])
    async def submit(request: Request, response: Response, owner: Owner) -> JobView:
        """Accept a request. The answer comes at once; the work is followed by its events."""
        body = await request.body()
        job = await asyncio.to_thread(lambda: studio.submit(parse_json(body), owner))
        response.headers["Location"] = f"/api/v1/jobs/{job.id}"
        return job

    @router.get("/jobs", tags=["jobs"])
    def jobs(owner: Owner, limit: Limit = 50, before: str | None = None) -> list[JobView]:
        """Your jobs, newest first; those older than the job `before`."""
        return studio.jobs(owner, limit, before)

    @router.get("/jobs/{job_id}", tags=["jobs"])
    def job(job_id: str, owner: Owner) -> JobView:
        """One of your jobs."""
        return studio.job(job_id, owner)

    @router.delete("/jobs/{job_id}", tags=["jobs"])
    def cancel(job_id: str, owner: Owner) -> JobView:
        """Stop a job within one step. Pictures that are finished stay."""
        return studio.cancel(job_id, owner)

    @router.get("/jobs/{job_id}/events", tags=["jobs"], response_class=StreamingResponse)
    async def job_events(
        job_id: str,
        owner: Owner,
        last_event_id: Annotated[str | None, Header()] = None,
        previews: bool = True,
    ) -> StreamingResponse:
        """Server-sent events of one job until it ends: job, progress, place, preview, image.

        Previews are made only while somebody wants them; say `previews=false` if you do not.
        """
        return await event_stream(studio, owner, job_id, last_event_id, previews=previews)

    @router.get("/events", tags=["jobs"], response_class=StreamingResponse)
    async def events(
        owner: Owner,
        last_event_id: Annotated[str | None, Header()] = None,
        previews: bool = True,
    ) -> StreamingResponse:
        """Server-sent events of all your jobs, for as long as you listen."""
        return await event_stream(studio, owner, None, last_event_id, previews=previews)


def _image_routes(router: APIRouter, studio: Studio) -> None:
    @router.get("/images", tags=["images"])
    def images(owner: Owner, limit: Limit = 50, before: str | None = None) -> list[ImageView]:
        """Your pictures, newest first; those older than the picture `before`."""
        return studio.images(owner, limit, before)

    @router.get(
        "/images/{image_id}",
        tags=["images"],
        response_class=FileResponse,
        responses={200: {"content": {"image/png": {}}, "description": "The PNG file."}},
    )
    def image(image_id: str, owner: Owner, download: bool = False) -> FileResponse:
        """The PNG, with its metadata. `download` asks the browser to save it."""
        path = studio.image(image_id, owner)
        return FileResponse(
            path,
            media_type="image/png",
            filename=path.name,
            content_disposition_type="attachment" if download else "inline",
            headers={"Cache-Control": "private, max-age=31536000, immutable"},
        )

    @router.delete("/images/{image_id}", status_code=204, tags=["images"])
    def delete_image(image_id: str, owner: Owner) -> None:
        """Delete a picture and its file."""
        studio.delete_image(image_id, owner)


def _choice_routes(router: APIRouter, studio: Studio) -> None:
    @router.get("/checkpoints", tags=["choices"])
    def checkpoints(owner: Owner) -> list[CheckpointView]:
        """The checkpoints that can be used, the default first, and their own defaults."""
        return [CheckpointView.model_validate(asdict(c)) for c in studio.choices().checkpoints]

    @router.get("/samplers", tags=["choices"])
    def samplers(owner: Owner) -> list[ChoiceView]:
        """The samplers; the checkpoint's own is used for "auto"."""
        return [ChoiceView.of(sampler) for sampler in studio.choices().samplers]

    @router.get("/schedules", tags=["choices"])
    def schedules(owner: Owner) -> list[ChoiceView]:
        """The schedules; "auto" is the one that fits the sampler."""
        return [ChoiceView.of(schedule) for schedule in studio.choices().schedules]


def health_routes(studio: Studio) -> APIRouter:
    """`/healthz`, for whoever watches over the program."""
    router = APIRouter()

    @router.get("/healthz", tags=["health"])
    def health(response: Response) -> Health:
        """200 while pictures can be made; 503 with the reason otherwise."""
        status = studio.status()
        response.status_code = 503 if status.state == "stopped" else 200
        return Health(state=status.state, device=status.device, restarts=status.restarts)

    return router
