"""What the service asks of extensions. It knows none of them: whoever opens it hands them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from webui.errors import NotFound
from webui.request import Choices, Request, ResolvedRequest
from webui.request.limits import ExtensionInputs
from webui.request.resolve import Extended, unextended


class FieldView(BaseModel):
    """One input or setting of an extension: its control, its limits and its present value."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: Literal["number", "integer", "switch", "choice", "text"]
    title: str
    help: str
    default: bool | int | float | str
    value: bool | int | float | str = Field(description="As it is now; of inputs the default.")
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()


class ExtensionView(BaseModel):
    """An extension, how far it came, and what may be set."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    version: str
    description: str
    status: Literal["ready", "off", "failed"] = Field(description="On this machine.")
    stage: str = Field(description="Where it ended: manifest, requirements, import, hooks, …")
    problem: str = Field(description="Why it does not work, in plain words; or nothing.")
    trouble: str = Field(default="", description="What it last did wrong in a job.")
    contributes: tuple[str, ...]
    acts: Literal["asked", "always"] = "asked"
    transforms: bool = Field(description="Whether requests can ask it to do something.")
    inputs: tuple[FieldView, ...] = ()
    settings: tuple[FieldView, ...] = ()
    panels: tuple[str, ...] = Field(default=(), description="HTML shown below its inputs.")
    is_on: bool = Field(default=True, description="For you.")
    is_on_here: bool = Field(default=True, description="On this machine, from the next start on.")


@dataclass(frozen=True, slots=True)
class Saved:
    """A picture that was saved, for observers."""

    id: str
    owner: str
    path: Path
    request: ResolvedRequest


class Extensions(Protocol):
    """All extensions of this machine. `off`: ids that the owner has switched off."""

    @property
    def tabs(self) -> Sequence[Any]:
        """What `webui.ui.extra_tabs` shows."""
        ...

    @property
    def routes(self) -> Sequence[Any]:
        """What `webui.api.extra_routes` adds."""
        ...

    def views(self, off: AbstractSet[str]) -> tuple[ExtensionView, ...]: ...

    def choices(self, choices: Choices, off: AbstractSet[str]) -> Choices:
        """Without what those that are off have brought."""
        ...

    def transformed(self, request: Request, off: AbstractSet[str]) -> Request:
        """The request as extensions change it. Raises ExtensionFailed or RequestRejected."""
        ...

    def extended(
        self, request: ResolvedRequest, asked: ExtensionInputs, off: AbstractSet[str]
    ) -> Extended:
        """Whose inputs act, and who has a hand in it. Raises RequestRejected."""
        ...

    def changed(self, request: ResolvedRequest) -> tuple[str, ...]:
        """How those that had a hand in a picture differ from those here, in words.

        Raises WebuiError for one that is not here.
        """
        ...

    def saved(self, image: Saved, off: AbstractSet[str]) -> None:
        """Tell observers."""
        ...

    def settle(self, seconds: float) -> bool:
        """Wait until observers were told; False if that takes longer."""
        ...

    def note(self, extension: str, message: str) -> None:
        """Remember what one did wrong in a job."""
        ...

    def note_tab(self, tab: str, message: str) -> None:
        """Remember what is wrong with a tab, of the extension that brought it."""
        ...

    def switch(self, extension: str, *, on: bool) -> None:
        """On this machine, from the next start on. Raises NotFound or DiskTrouble."""
        ...

    def set(self, extension: str, values: Mapping[str, Any]) -> None:
        """Settings, from the next start on. Raises NotFound, RequestRejected or DiskTrouble."""
        ...


class NoExtensions:
    """Where there are none."""

    tabs: Sequence[Any] = ()
    routes: Sequence[Any] = ()

    def views(self, off: AbstractSet[str]) -> tuple[ExtensionView, ...]:
        return ()

    def choices(self, choices: Choices, off: AbstractSet[str]) -> Choices:
        return choices

    def transformed(self, request: Request, off: AbstractSet[str]) -> Request:
        return request

    def extended(
        self, request: ResolvedRequest, asked: ExtensionInputs, off: AbstractSet[str]
    ) -> Extended:
        return unextended(request, asked)

    def changed(self, request: ResolvedRequest) -> tuple[str, ...]:
        return ()

    def saved(self, image: Saved, off: AbstractSet[str]) -> None:
        """Nobody listens."""

    def settle(self, seconds: float) -> bool:
        return True

    def note(self, extension: str, message: str) -> None:
        """There is nobody to remember it of."""

    def note_tab(self, tab: str, message: str) -> None:
        """There is nobody to remember it of."""

    def switch(self, extension: str, *, on: bool) -> None:
        raise NotFound("There are no extensions here.")

    def set(self, extension: str, values: Mapping[str, Any]) -> None:
        raise NotFound("There are no extensions here.")
