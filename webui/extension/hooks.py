"""The hooks of extensions: what may be contributed, changed and watched.

An extension writes functions of these names with `@hook` above them. A hook takes only those
arguments that it names, so that more can be added here later. Contributors return lists and are
called once at the start; transformers are called for every picture of a request that names the
extension (or of every request, where the manifest says `acts = "always"`).

`inputs` and `settings` map the fields of the manifest to values that were checked against it:
`inputs` belong to the request and are kept with the picture, `settings` to this machine.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from webui.extension.contributions import (
    ControlMethod,
    Format,
    Panel,
    Preprocessor,
    Route,
    Sampler,
    Schedule,
    Tab,
    Upscaler,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy import typing as npt

    from webui.request import Request, ResolvedRequest

PROJECT = "webui"
hook = pluggy.HookimplMarker(PROJECT)
"""Marks a function of an extension as a hook."""

_spec = pluggy.HookspecMarker(PROJECT)


@dataclass(frozen=True, slots=True)
class SavedImage:
    """A picture that was saved: `path` of its file, `request` with nothing left open."""

    id: str
    owner: str
    path: Path
    request: ResolvedRequest


@_spec
def samplers() -> Sequence[Sampler]:  # pyright: ignore[reportReturnType]
    """Samplers to choose from."""


@_spec
def schedules() -> Sequence[Schedule]:  # pyright: ignore[reportReturnType]
    """Schedules to choose from."""


@_spec
def families() -> Sequence[Any]:  # pyright: ignore[reportReturnType]
    """Architectures of checkpoints, as `webui.families.Family`."""


@_spec
def lora_formats() -> Sequence[Format]:  # pyright: ignore[reportReturnType]
    """Formats of LoRA files."""


@_spec
def preprocessors() -> Sequence[Preprocessor]:  # pyright: ignore[reportReturnType]
    """Preprocessors for control units."""


@_spec
def upscalers() -> Sequence[Upscaler]:  # pyright: ignore[reportReturnType]
    """Upscalers to choose from."""


@_spec
def control_methods() -> Sequence[ControlMethod]:  # pyright: ignore[reportReturnType]
    """Ways to steer with further kinds of files."""


@_spec
def tabs() -> Sequence[Tab]:  # pyright: ignore[reportReturnType]
    """Tabs of the page. Called in the web process only."""


@_spec
def panels() -> Sequence[Panel]:  # pyright: ignore[reportReturnType]
    """Panels beside the extension's inputs. Called in the web process only."""


@_spec
def routes() -> Sequence[Route]:  # pyright: ignore[reportReturnType]
    """Routes of the web server. Called in the web process only."""


@_spec
def transform_request(  # pyright: ignore[reportReturnType]
    request: Request, inputs: Mapping[str, Any], settings: Mapping[str, Any]
) -> Request | None:
    """Change a request before it is resolved. In the web process.

    Returns a request of the same type, `request.model_copy(update={...})`; None leaves it. A
    failure rejects the request, by the extension's name.
    """


@_spec
def wrap_sampling(  # pyright: ignore[reportReturnType]
    sampling: Generator[Any, Any, Any],
    request: ResolvedRequest,
    inputs: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> Generator[Any, Any, Any] | None:
    """Stand between a sampler and the network. In the worker, once for each loop over a picture.

    `sampling` yields asks (`ask.x`, `ask.sigma`), is sent clean latents x0 and returns the last x;
    so does what is returned here. None leaves it. A failure fails the job, by name.
    """


@_spec
def wrap_recipe(  # pyright: ignore[reportReturnType]
    recipe: Generator[Any, Any, Any],
    request: ResolvedRequest,
    inputs: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> Generator[Any, Any, Any] | None:
    """Stand between a whole recipe and the engine. In the worker, once for each picture.

    `recipe` yields calls (`webui.calls`), is sent their answers and returns a picture, uint8
    tensor [1, height, width, 3]; so does what is returned here. None leaves it. A failure fails
    the job, by name.
    """


@_spec
def transform_image(  # pyright: ignore[reportReturnType]
    pixels: npt.NDArray[np.uint8],
    request: ResolvedRequest,
    inputs: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> npt.NDArray[np.uint8] | None:
    """Change a finished picture, uint8 array [height, width, 3], also its size. In the worker.

    None leaves it. A failure fails the job, by name.
    """


@_spec
def image_saved(image: SavedImage, settings: Mapping[str, Any]) -> None:
    """Hear of a picture that was saved. In the web process; a failure is logged, no more."""


CONTRIBUTORS = (
    "samplers",
    "schedules",
    "families",
    "lora_formats",
    "preprocessors",
    "upscalers",
    "control_methods",
    "tabs",
    "panels",
    "routes",
)
"""Hooks that return lists, in the order in which they are asked."""

OF_THE_PAGE = ("tabs", "panels", "routes")
"""Contributors that only the web process asks."""

TRANSFORMERS = (
    "transform_request",
    "wrap_sampling",
    "wrap_recipe",
    "transform_image",
    "image_saved",
)
"""Hooks that are called while pictures are made."""
