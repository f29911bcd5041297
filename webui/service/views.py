"""What the faces show of jobs and pictures. The API answers with exactly these."""

from __future__ import annotations

from typing import Any, Literal

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


class RemadeView(BaseModel):
    """How a picture that was made again compares to the one it was made from."""

    model_config = ConfigDict(frozen=True)

    equal: bool
    pixels: int
    different: int = Field(description="Pixels that differ.")
    largest: int = Field(description="By how much at most, of 255.")
    reasons: tuple[str, ...] = Field(description="What else may explain it, in plain words.")
    words: str = Field(description="All of it in a sentence or two.")


class CostView(BaseModel):
    """What a request will take, told before it is sent; or why it would be refused."""

    model_config = ConfigDict(frozen=True)

    pictures: int = 0
    steps: int = Field(default=0, description="Over all pictures; shared ones count for each.")
    seconds: float | None = Field(
        default=None, description="Of the device, by what was measured lately; null if nothing was."
    )
    error: ErrorView | None = None


class MissingView(BaseModel):
    """Something a picture was made with that is not on this machine."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    kind: str
    name: str
    hash: str = ""


class FoundView(BaseModel):
    """What a picture or a text says of how it was made."""

    model_config = ConfigDict(frozen=True)

    tool: str = Field(description="The program that made it; empty where nothing tells.")
    fields: dict[str, Any] = Field(description="Fields of a text-to-image request.")
    shown: tuple[tuple[str, str], ...] = Field(description="The same as labels and values.")
    unmapped: tuple[tuple[str, str], ...] = Field(description="What could not be carried over.")
    missing: tuple[MissingView, ...]
    notes: tuple[str, ...]
    remakes: bool = Field(description="Whether it can be made again exactly.")
    is_empty: bool
    error: ErrorView | None = Field(default=None, description="Why it cannot be read, if so.")


class ProblemView(BaseModel):
    """A place in a prompt that does not do what it seems to. `pointed` shows it with a caret."""

    model_config = ConfigDict(frozen=True)

    at: int
    length: int
    message: str
    pointed: str


class PromptView(BaseModel):
    """What a prompt is to the text encoder."""

    model_config = ConfigDict(frozen=True)

    tokens: int | None = Field(description="Null where the checkpoint's tokenizer is not known.")
    limit: int | None = Field(description="How many the windows that it fills can hold.")
    windows: int | None
    problems: tuple[ProblemView, ...]


class PromptsView(BaseModel):
    """Both prompts of a request."""

    model_config = ConfigDict(frozen=True)

    prompt: PromptView
    negative_prompt: PromptView


class WordsView(BaseModel):
    """What prompts may name."""

    model_config = ConfigDict(frozen=True)

    wildcards: tuple[str, ...]
    styles: tuple[str, ...]
    loras: tuple[str, ...]
    embeddings: tuple[str, ...]


class InputView(BaseModel):
    """A picture that was sent, to begin with. Requests name it by its sha256."""

    model_config = ConfigDict(frozen=True)

    sha256: str = Field(description="Of what is in the picture, whatever kind of file it was.")
    url: str
    width: int
    height: int
    has_alpha: bool
    notes: tuple[str, ...] = Field(default=(), description="What was left out or changed.")


class ParentView(BaseModel):
    """What a picture came from: an input, or another picture."""

    model_config = ConfigDict(frozen=True)

    role: str = Field(description="init, mask, or origin for what it is only a version of.")
    sha256: str
    input: InputView | None
    image: ImageView | None = Field(description="The own picture that this input is, if it is one.")


class LineageView(BaseModel):
    """Where a picture stands: what it came from, and what came from it."""

    model_config = ConfigDict(frozen=True)

    parents: tuple[ParentView, ...]
    children: tuple[ImageView, ...]


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
    notes: tuple[str, ...] = Field(
        default=(), description="What its owner should know: odd masks, changed programs."
    )
    remade: RemadeView | None = Field(
        default=None, description="For a picture made again: how it compares, once it is there."
    )

    @property
    def is_finished(self) -> bool:
        return self.state in ("done", "failed", "cancelled")
