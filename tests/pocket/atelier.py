"""The engine with the shipped model in this process: requests in, pictures and counts out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from PIL import Image

from tests.pocket.conftest import POCKET
from webui.builtin import FAMILIES, BuiltinTools
from webui.builtin.core import choices_of
from webui.calls import Denoise
from webui.engine.loop import EngineLoop
from webui.engine.packing import Widths
from webui.evaluating.judge import Judge, Seen
from webui.events import Event, Failed, PictureReady
from webui.images.content import content_hash
from webui.pipelines import Hashes, Shelf, UpscalerFiles, scan
from webui.pipelines.manager import PipelineManager
from webui.pipelines.tuning import Tunings
from webui.prompting import Wildcards, expand_each
from webui.recipes import Planner
from webui.request import Here, Input, parse, resolve
from webui.service import Naming, Upscaling

WILDCARDS = Wildcards(POCKET.parent / "wildcards")


@dataclass
class Atelier:
    """`rows`: how many samples were denoised since it was set to 0."""

    rows: int = 0
    said: list[Event] = field(default_factory=list)
    inputs: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        self._hashes = Hashes(None)
        self._shelf = Shelf(POCKET.parent, self._hashes)
        device = torch.device("cpu")
        manager = PipelineManager(
            self._look, self._hashes, Tunings(None), self._shelf, device=device
        )
        self.loop = EngineLoop(
            _Counting(manager, self),
            Planner(BuiltinTools()),
            self.said.append,
            widths=Widths(),
            read_input=self.inputs.__getitem__,
        )
        self.judge = Judge.load(POCKET / "judge")

    def _look(self) -> Any:
        return scan(POCKET.parent, FAMILIES)

    def keep(self, picture: Image.Image) -> str:
        """The reference of a picture to begin with."""
        pixels = np.array(picture)
        self.inputs[content_hash(pixels)] = pixels
        return content_hash(pixels)

    def _look_at(self, reference: str, field: str) -> Input:
        height, width, channels = self.inputs[reference].shape
        return Input(reference, width, height, channels == 4)

    def draw(self, prompt: str = "", **fields: Any) -> list[Image.Image]:
        """The pictures of a request, in order."""
        base = {"prompt": prompt, "steps": 12, "checkpoint": "pocket", **fields}
        return self.make(base)

    def make(self, fields: dict[str, Any]) -> list[Image.Image]:
        """The pictures of a request of any kind."""
        listing = self._look()
        here = Here(
            lambda info: self._hashes.of(listing.find(info.name)),
            lambda: 1,
            draw=lambda text, seeds: expand_each(text, WILDCARDS, seeds),
            named=Naming(self._shelf),
            look=self._look_at,
            upscaler=Upscaling(UpscalerFiles(POCKET.parent, self._hashes)),
        )
        request = resolve(parse(fields), choices_of(listing), here)
        self.said.clear()
        self.loop.submit("job", "me", request)
        while self.loop.tick():
            pass
        failed = [event.message for event in self.said if isinstance(event, Failed)]
        assert not failed, failed
        ready = sorted(
            (event for event in self.said if isinstance(event, PictureReady)),
            key=lambda event: event.index,
        )
        return [Image.frombytes("RGB", (one.width, one.height), one.pixels) for one in ready]

    def see(self, prompt: str, pictures: int = 16, **fields: Any) -> list[Seen]:
        """What the judge sees in so many pictures of a prompt."""
        size = {"batch_size": 8, "batch_count": pictures // 8, "seed": 100}
        return self.judge.look(self.draw(prompt, **{**size, **fields}))


@dataclass
class _Counting:
    """Lends pipelines that count what they denoise."""

    manager: PipelineManager
    atelier: Atelier

    def facts(self, name: str) -> Any:
        return self.manager.facts(name)

    def lease(self, name: str, sha256: str | None = None, dtype: Any = None) -> Any:
        lent = self.manager.lease(name, sha256, dtype)
        pipeline = lent.__enter__()
        atelier = self.atelier

        class Lent:
            made_with = pipeline.made_with
            tiled_decode = False

            def __enter__(self) -> Any:
                return self

            def __exit__(self, *error: object) -> None:
                lent.__exit__(None, None, None)

            def answer(self, calls: Any) -> Any:
                atelier.rows += sum(len(call.x) for call in calls if isinstance(call, Denoise))
                return pipeline.answer(calls)

        return Lent()


def share(seen: list[Seen], wanted: Any) -> float:
    """In which part of the pictures something is so."""
    return sum(map(wanted, seen)) / len(seen)


def has(kind: str | None = None, colour: str | None = None) -> Any:
    """Whether a picture shows a thing of this kind and colour."""
    return lambda seen: any(
        kind in (None, thing.kind) and colour in (None, thing.colour) for thing in seen.things
    )
