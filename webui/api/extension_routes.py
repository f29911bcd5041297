"""Routes about extensions: which there are, switching them, and their settings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from webui.api.owner import Owner
from webui.service import ExtensionView, Studio

_Text = Annotated[str, Field(max_length=4000)]


class Switch(BaseModel):
    """Whether an extension is on."""

    model_config = ConfigDict(extra="forbid", strict=True)

    on: bool
    for_all: bool = Field(
        default=False, description="For the machine from its next start on, not for you at once."
    )


def extension_routes(studio: Studio) -> APIRouter:
    """All routes about extensions themselves; theirs lie below /extensions."""
    router = APIRouter(prefix="/api/v1", tags=["extensions"])

    @router.get("/extensions")
    def extensions(owner: Owner) -> tuple[ExtensionView, ...]:
        """Every extension that was found, with its status and the reason where it does not work."""
        return studio.extensions(owner)

    @router.put("/extensions/{extension}")
    def switch(extension: str, wanted: Switch, owner: Owner) -> ExtensionView:
        """Switch an extension on or off."""
        return studio.switch_extension(extension, owner, is_on=wanted.on, for_all=wanted.for_all)

    @router.put("/extensions/{extension}/settings")
    def settings(
        extension: str, values: dict[str, bool | int | float | _Text], owner: Owner
    ) -> ExtensionView:
        """Set what an extension can be set to; it acts from the next start on."""
        return studio.set_extension(extension, owner, values)

    return router
