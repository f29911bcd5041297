"""Routes for LoRAs and embeddings: cards, their notes and pictures, and the truth about files."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from webui.api.owner import Owner
from webui.request.limits import Name, Prompt
from webui.service import CardsView, CardView, Studio, TruthView
from webui.service.cards import Kind, Sort

_Text = Annotated[str, Field(max_length=20_000)]
_Search = Annotated[str, Query(max_length=200)]
_Offset = Annotated[int, Query(ge=0, le=10_000_000)]
_Limit = Annotated[int, Query(ge=1, le=200)]


class CardNotes(BaseModel):
    """What is written down about a file. What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    notes: _Text | None = None
    trigger: _Text | None = None
    negative: _Text | None = None
    weight: float | None = Field(default=None, ge=-100, le=100, description="0 is none.")


class Preview(BaseModel):
    """A picture of yours for a card."""

    model_config = ConfigDict(extra="forbid")

    image: Name


class TruthAsked(BaseModel):
    """A prompt, and the checkpoint that its LoRAs are held to; without one, the default."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt
    checkpoint: Name = ""


def card_routes(studio: Studio) -> APIRouter:
    """All routes about LoRAs and embeddings."""
    router = APIRouter(prefix="/api/v1", tags=["cards"])
    # Names may hold all that a file's name may, so the longer addresses come first.
    _preview_routes(router, studio)
    _note_routes(router, studio)

    @router.get("/cards/{kind}")
    def cards(
        kind: Kind,
        owner: Owner,
        search: _Search = "",
        sort: Sort = "name",
        offset: _Offset = 0,
        limit: _Limit = 60,
    ) -> CardsView:
        """Cards whose name or folder has all words of `search`, a page at a time."""
        return studio.cards.page(kind, search, sort, offset, limit)

    @router.get("/cards/{kind}/{name:path}")
    def card(kind: Kind, name: str, owner: Owner) -> CardView:
        """One card."""
        return studio.cards.card(kind, name)

    @router.post("/loras/truth")
    def truth(asked: TruthAsked, owner: Owner) -> tuple[TruthView, ...]:
        """Whether each LoRA of a prompt fits a checkpoint, by the headers of the files."""
        return studio.cards.truths(asked.prompt, asked.checkpoint)

    return router


def _preview_routes(router: APIRouter, studio: Studio) -> None:
    @router.get(
        "/cards/{kind}/{name:path}/preview",
        response_class=FileResponse,
        responses={200: {"content": {"image/*": {}}, "description": "The picture."}},
    )
    def preview(kind: Kind, name: str, owner: Owner, of: _Search = "") -> FileResponse:
        """The picture beside the file. `of` is its age, as the card's address has it."""
        kept = "max-age=31536000, immutable" if of else "no-cache"
        headers = {"Cache-Control": f"private, {kept}"}
        return FileResponse(studio.cards.preview(kind, name), headers=headers)

    @router.put("/cards/{kind}/{name:path}/preview")
    def take_preview(kind: Kind, name: str, wanted: Preview, owner: Owner) -> CardView:
        """Show one of your pictures on the card."""
        return studio.cards.take_preview(kind, name, studio.image(wanted.image, owner))


def _note_routes(router: APIRouter, studio: Studio) -> None:
    @router.put("/cards/{kind}/{name:path}/notes")
    def note(kind: Kind, name: str, written: CardNotes, owner: Owner) -> CardView:
        """Write down what you know about the file; it is kept beside it, as in A1111."""
        return studio.cards.note(
            kind,
            name,
            notes=written.notes,
            weight=written.weight,
            trigger=written.trigger,
            negative=written.negative,
        )
