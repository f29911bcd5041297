"""What the faces show of jobs and pictures. The API answers with exactly these."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from webui.request import ResolvedRequest

JobState = Literal["queued", "running", "done", "failed", "cancelled"]


class ImageView(BaseModel):
    """A finished picture. `url` serves the PNG to its owner."""

    model_config = ConfigDict(frozen=True)

    id: str
    job: str
    url: str
    index: int = Field(description="Which picture of its job, from 0.")
    seed: int
    width: int
    height: int
    created: float = Field(description="Unix time in seconds.")


class ErrorView(BaseModel):
    """Why something did not work, in plain words, and which field it is about."""

    model_config = ConfigDict(frozen=True)

    message: str
    field: str | None = None


class JobView(BaseModel):
    """A job as its owner sees it."""

    model_config = ConfigDict(frozen=True)

    id: str
    state: JobState
    created: float = Field(description="Unix time in seconds.")
    place: int | None = Field(default=None, description="Jobs that are served before this one.")
    progress: float = Field(default=0.0, description="From 0 to 1.")
    step: int = 0
    steps: int = Field(default=0, description="Steps over all pictures of the job.")
    eta: float | None = Field(default=None, description="Predicted seconds until the end.")
    images: tuple[ImageView, ...] = ()
    error: ErrorView | None = None
    request: ResolvedRequest

    @property
    def is_finished(self) -> bool:
        return self.state in ("done", "failed", "cancelled")
