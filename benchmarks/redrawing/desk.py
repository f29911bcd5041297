"""Who draws, who judges, and over what."""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

from PIL import Image

from benchmarks.redrawing.given import Given, Wish
from models.pocket.recipe.painter import Scene
from webui.evaluating.judge import Judge
from webui.request import parse
from webui.service import LOCAL_OWNER, JobView, Studio, Told

Prompt: TypeAlias = Callable[[Scene], str]
Row: TypeAlias = tuple[str, dict[str, float]]
"""A way of asking, and what came of it."""

Pictures: TypeAlias = list[Image.Image]

_AT_ONCE = 16
"""Jobs that are handed in together, so that they share forwards."""


@dataclass(frozen=True)
class Desk:
    """Makes pictures in a studio."""

    studio: Studio

    def keep(self, picture: Image.Image) -> str:
        file = BytesIO()
        picture.save(file, "PNG")
        return self.studio.sources.keep(file.getvalue(), LOCAL_OWNER).sha256

    def make(self, wishes: Sequence[Wish]) -> Pictures:
        parts = [wishes[start : start + _AT_ONCE] for start in range(0, len(wishes), _AT_ONCE)]
        return [picture for part in parts for picture in self._together(part)]

    def _together(self, wishes: Sequence[Wish]) -> Pictures:
        told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        listening = self.studio.subscribe(LOCAL_OWNER, None, None, told.put, previews=False)
        jobs = [self.studio.submit(parse(wish), LOCAL_OWNER).id for wish in wishes]
        left = set(jobs)
        while left:
            event = told.get()
            if event.kind == "job" and JobView.model_validate(event.data).is_finished:
                left.discard(event.job)
        self.studio.unsubscribe(listening)
        return [self._picture(self.studio.job(job, LOCAL_OWNER)) for job in jobs]

    def _picture(self, job: JobView) -> Image.Image:
        if job.error:
            raise SystemExit(job.error.message)
        with Image.open(self.studio.image(job.images[0].id, LOCAL_OWNER)) as image:
            return image.convert("RGB")


@dataclass(frozen=True)
class Bench:
    """Who draws, who judges, over what, and where contact sheets go, if anywhere."""

    desk: Desk
    judge: Judge
    drawn: list[Given]
    painted: list[Given]
    sheets: Path | None

    def make(self, name: str, wishes: Sequence[Wish]) -> Pictures:
        pictures = self.desk.make(wishes)
        if self.sheets:
            _sheet(pictures).save(self.sheets / f"{name.replace(' ', '_').replace(',', '')}.png")
        return pictures


def _sheet(pictures: Sequence[Image.Image], columns: int = 8) -> Image.Image:
    width, height = (max(side) + 2 for side in zip(*(one.size for one in pictures), strict=True))
    sheet = Image.new("RGB", (columns * width, -(-len(pictures) // columns) * height), "grey")
    for index, picture in enumerate(pictures):
        sheet.paste(picture, (index % columns * width, index // columns * height))
    return sheet
