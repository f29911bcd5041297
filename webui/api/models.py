"""Answers of the API that no other room has."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from webui.request import SamplerInfo, ScheduleInfo
from webui.service import ErrorView


class ErrorAnswer(BaseModel):
    """The one form of every error."""

    error: ErrorView


class ChoiceView(BaseModel):
    """A sampler or a schedule."""

    id: str
    label: str
    aliases: tuple[str, ...]
    help: str

    @classmethod
    def of(cls, choice: SamplerInfo | ScheduleInfo) -> ChoiceView:
        return cls(id=choice.id, label=choice.label, aliases=choice.aliases, help=choice.help)


class DefaultsView(BaseModel):
    """What a checkpoint draws best with."""

    sampler: str
    schedule: str
    steps: int
    cfg_scale: float
    width: int
    height: int


class CheckpointView(BaseModel):
    """A checkpoint. `size` in bytes."""

    model_config = ConfigDict(extra="ignore")

    name: str
    title: str
    family: str
    size: int
    defaults: DefaultsView


class Health(BaseModel):
    """`state`: starting, ready or stopped."""

    state: str
    device: str
    restarts: int
