"""Routes for words and found pictures: reading metadata, checking prompts, styles, costs."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from webui.api.owner import Owner
from webui.api.request_schema import request_body
from webui.errors import BadFile, RequestRejected
from webui.request import parse_json
from webui.request.choices import Style
from webui.request.limits import Name, Prompt, Steps
from webui.service import CostView, ErrorView, FoundView, JobView, PromptsView, Studio, WordsView

_PICTURE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_PICTURE_OR_TEXT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": {"schema": {"type": "string", "format": "binary"}},
            "text/plain": {"schema": {"type": "string"}},
        },
    }
}


class PromptsAsked(BaseModel):
    """Prompts to look at."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt = ""
    negative_prompt: Prompt = ""
    checkpoint: Name = ""
    steps: Steps | None = None


class StyleView(BaseModel):
    """A style; `{prompt}` in it stands for what is asked."""

    model_config = ConfigDict(from_attributes=True)

    name: Name
    prompt: str
    negative_prompt: str


class StyleWords(BaseModel):
    """What a style puts around prompts."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt = ""
    negative_prompt: Prompt = ""


def desk_routes(studio: Studio) -> APIRouter:
    """All routes that only read or keep words."""
    router = APIRouter(prefix="/api/v1")
    _reading_routes(router, studio)
    _word_routes(router, studio)
    return router


def _reading_routes(router: APIRouter, studio: Studio) -> None:
    @router.post("/metadata", tags=["metadata"], openapi_extra=_PICTURE_OR_TEXT)
    async def metadata(request: Request, owner: Owner) -> FoundView:
        """How a picture was made, by any known tool: send the file, or the text itself."""
        body = await request.body()
        is_text = request.headers.get("content-type", "").startswith(("text/", "application/json"))
        source = _text(body) if is_text else body
        return await asyncio.to_thread(studio.desk.found, source)

    @router.get("/images/{image_id}/metadata", tags=["metadata"])
    def image_metadata(image_id: str, owner: Owner) -> FoundView:
        """How one of your pictures was made."""
        return studio.desk.found(studio.image(image_id, owner))

    @router.get(
        "/images/{image_id}/as/{kind}",
        tags=["images"],
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}, "image/webp": {}}}},
    )
    def image_as(image_id: str, kind: Literal["jpeg", "webp"], owner: Owner) -> Response:
        """One of your pictures as JPEG or WebP, to save, with its metadata."""
        name = f'attachment; filename="{image_id}.{kind}"'
        headers = {"Content-Disposition": name, "Cache-Control": "private, max-age=31536000"}
        body = studio.image_as(image_id, kind, owner)
        return Response(body, media_type=f"image/{kind}", headers=headers)

    @router.post("/images/{image_id}/remake", status_code=202, tags=["metadata"])
    def remake(image_id: str, owner: Owner) -> JobView:
        """Make one of your pictures again, exactly. `remade` of the job says how it compares."""
        return studio.remake_image(image_id, owner)

    @router.post("/remakes", status_code=202, tags=["metadata"], openapi_extra=_PICTURE)
    async def remake_upload(request: Request, owner: Owner) -> JobView:
        """Make a PNG of Darkroom's again, exactly: send the file."""
        body = await request.body()
        return await asyncio.to_thread(studio.remake_upload, body, owner)

    @router.post("/cost", tags=["jobs"], openapi_extra=request_body())
    async def cost(request: Request, owner: Owner) -> CostView:
        """What a request would take, or why it would be refused. Nothing is started."""
        body = await request.body()
        return await asyncio.to_thread(_cost, studio, body, owner)


def _word_routes(router: APIRouter, studio: Studio) -> None:
    @router.post("/prompt/check", tags=["words"])
    def check(asked: PromptsAsked, owner: Owner) -> PromptsView:
        """Tokens of both prompts, and the places that do not do what they seem to."""
        return studio.desk.check(asked.prompt, asked.negative_prompt, asked.checkpoint, asked.steps)

    @router.get("/words", tags=["words"])
    def words(owner: Owner) -> WordsView:
        """Wildcards and styles that prompts may name."""
        return studio.desk.names()

    @router.get("/styles", tags=["words"])
    def styles(owner: Owner) -> list[StyleView]:
        """Every style."""
        return [StyleView.model_validate(style) for style in studio.desk.styles()]

    @router.get("/styles/{name}", tags=["words"])
    def style(name: str, owner: Owner) -> StyleView:
        """One style."""
        return StyleView.model_validate(studio.desk.style(name))

    @router.put("/styles/{name}", status_code=204, tags=["words"])
    def keep_style(name: Name, words: StyleWords, owner: Owner) -> None:
        """Add a style, or replace the one of this name."""
        studio.desk.keep_style(Style(name, words.prompt, words.negative_prompt))

    @router.delete("/styles/{name}", status_code=204, tags=["words"])
    def drop_style(name: str, owner: Owner) -> None:
        """Remove a style."""
        studio.desk.drop_style(name)


def _cost(studio: Studio, body: bytes, owner: str) -> CostView:
    try:
        return studio.cost(parse_json(body), owner)
    except RequestRejected as error:
        return CostView(error=ErrorView(message=error.message, field=error.field))


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadFile("The text is not UTF-8.") from None
