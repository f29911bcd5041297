"""The engine's loop with real recipes, over a device that computes by a little arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from tests.engine.fakes import FACTS
from tests.recipes.hand import INIT, a_picture, a_request, simply
from webui.builtin import BuiltinTools
from webui.calls import Call, Denoise
from webui.engine.kept import KeptLatents
from webui.engine.loop import EngineLoop
from webui.engine.packing import Widths
from webui.errors import NotFound
from webui.events import Event, PictureReady
from webui.families import Facts
from webui.recipes import Planner
from webui.recipes.pixels import Levels
from webui.request import FileUsed, ResolvedRequest

UPSCALER = FileUsed(role="upscaler", name="twice", sha256="3" * 64)


@dataclass
class Easel:
    """`forwards`: the calls of each; `facts_of`: what the one checkpoint is like.

    `reading`: seconds that every input takes; `loading`: that every lease takes.
    """

    kept: KeptLatents = field(default_factory=KeptLatents)
    inputs: dict[str, Levels] = field(default_factory=lambda: {INIT: a_picture()})
    facts_of: Facts = FACTS
    made_with: dict[str, str] = field(default_factory=lambda: {"device": "cpu", "torch": "2"})
    each: float = 0.0
    reading: float = 0.0
    loading: float = 0.0
    tiled_decode: bool = False
    now: float = 0.0
    said: list[Event] = field(default_factory=list)
    forwards: list[list[Call]] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    fail: Callable[[Sequence[Call]], Exception | None] = lambda calls: None
    loop: EngineLoop = field(init=False)

    def __post_init__(self) -> None:
        self.loop = EngineLoop(
            self,
            Planner(BuiltinTools()),
            self.said.append,
            widths=Widths(),
            clock=lambda: self.now,
            read_input=self._read_input,
            kept=self.kept,
        )

    def _read_input(self, sha256: str) -> Levels:
        self.held.append(sha256)
        self.now += self.reading
        if sha256 not in self.inputs:
            raise NotFound(f"The input {sha256[:4]} is no longer here. Send it again.")
        return self.inputs[sha256]

    def facts(self, name: str) -> Facts:
        return self.facts_of

    @contextmanager
    def lease(
        self, name: str, sha256: str | None = None, dtype: str | None = None
    ) -> Iterator[Easel]:
        self.now += self.loading
        yield self

    def answer(self, calls: Sequence[Call]) -> list[Any]:
        error = self.fail(calls)
        if error:
            raise error
        self.forwards.append(list(calls))
        self.now += 1.0 + self.each * len(calls)
        return [simply(call, {}) for call in calls]

    def preview(self, x0: Tensor) -> tuple[int, int, bytes]:
        return 1, 1, b"rgb"

    def submit(self, job: str, owner: str = "ann", **changes: Any) -> ResolvedRequest:
        usual = {"prompt": "a boat", "sampler": "euler", "steps": 6, "seed": 5}
        request = a_request(**{**usual, **changes})
        self.loop.submit(job, owner, request)
        return request

    def run(self) -> None:
        while self.loop.tick():
            pass

    def draw(self, job: str, **changes: Any) -> PictureReady:
        """The one picture of a job that is made by itself."""
        self.submit(job, **changes)
        self.run()
        assert self.kinds(job)[-1] == "done", self.last(job)
        return next(e for e in self.said if isinstance(e, PictureReady) and e.job == job)

    def kinds(self, job: str) -> list[str]:
        return [event.kind for event in self.said if event.job == job]

    def last(self, job: str) -> Any:
        return [event for event in self.said if event.job == job][-1]

    def calls(self, kind: type) -> list[Any]:
        """All calls of a kind that were computed, copies in company included."""
        return [call for calls in self.forwards for call in calls if isinstance(call, kind)]

    def rows(self) -> int:
        """Samples that were denoised since the last time this was asked."""
        rows = sum(len(call.x) for call in self.calls(Denoise))
        self.forwards.clear()
        return rows


def an_upscale(init: tuple[int, int] = (64, 64), **changes: Any) -> dict[str, Any]:
    """The fields of a request that only enlarges, an input of this size to twice of it."""
    return {
        "kind": "upscale",
        "prompt": "",
        "checkpoint": "",
        "files": (UPSCALER,),
        "upscaler": "twice",
        "strength": 0.0,
        "steps": 1,
        "cfg_scale": 1.0,
        "init": INIT,
        "init_width": init[0],
        "init_height": init[1],
        "out_width": init[0] * 2,
        "out_height": init[1] * 2,
        "width": 16,
        "height": 16,
        **changes,
    }


def a_redrawing(**changes: Any) -> dict[str, Any]:
    """The fields of a request that draws over the input."""
    return {
        "kind": "image_to_image",
        "init": INIT,
        "init_width": 64,
        "init_height": 64,
        "strength": 0.5,
        **changes,
    }


def some_latents(value: float = 0.5, side: int = 8) -> Tensor:
    return torch.full((1, 4, side, side), value)
