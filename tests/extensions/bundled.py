"""The extensions that we ship, loaded as the program loads them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
from numpy import typing as npt
from PIL import Image

import webui.builtin
from webui.extension.loading import load
from webui.extension.registry import Found, Registry
from webui.generating import follow
from webui.inline_studio import inline_studio
from webui.request import parse
from webui.service import LOCAL_OWNER, DatedFiles, Studio
from webui.settings import Settings

EXTENSIONS = Path(__file__).resolve().parents[2] / "extensions"


def loaded(host: Literal["web", "worker"] = "web") -> Registry:
    """All of ours, and what is built in."""
    return load([EXTENSIONS], host=host, builtin=webui.builtin)


def ready(registry: Registry, id: str) -> Found:
    """One of ours; a test fails with its problem where it is not ready."""
    found = registry.extension(id)
    assert found is not None, id
    assert found.status == "ready", found.problem
    return found


def module(registry: Registry, id: str, name: str = "") -> ModuleType:
    """A module of one of ours."""
    package = ready(registry, id).package
    return import_module(f"{package}.{name}" if name else package)


@dataclass(frozen=True)
class Room:
    """The whole studio in this process, with the shipped model and all of ours."""

    studio: Studio

    def draw(self, **fields: Any) -> list[npt.NDArray[np.float64]]:
        """The pictures of a request, [height, width, 3] in 0 to 255."""
        base = {"kind": "text_to_image", "checkpoint": "pocket", "steps": 12, "seed": 7}
        job = self.studio.submit(parse({**base, **fields}), LOCAL_OWNER)
        ended = follow(self.studio, job.id, quiet=True)
        paths = [self.studio.image(image.id, LOCAL_OWNER) for image in ended.images]
        return [np.asarray(Image.open(path).convert("RGB"), np.float64) for path in paths]

    def one(self, prompt: str, **fields: Any) -> npt.NDArray[np.float64]:
        """The picture of a prompt."""
        return self.draw(prompt=prompt, **fields)[0]

    def keep(self, picture: npt.NDArray[Any], folder: Path) -> str:
        """The reference of a picture to begin with."""
        path = folder / f"{picture.sum():.0f}.png"
        Image.fromarray(picture.astype(np.uint8)).save(path)
        return self.studio.sources.keep(path, LOCAL_OWNER, path.name).sha256


@contextmanager
def open_room(outputs: Path) -> Generator[Room]:
    """Open the studio; it is closed at the end."""
    with inline_studio(Settings(outputs=outputs), DatedFiles(outputs)) as studio:
        yield Room(studio)
