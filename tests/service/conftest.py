"""A studio over a real database and an engine that does what the test says."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy import typing as npt

from webui.engine import EngineStatus, Listener
from webui.events import Done, PictureReady, Started
from webui.pipelines import Hashes, Shelf, UpscalerFiles
from webui.request import (
    CheckpointInfo,
    Choices,
    Defaults,
    Here,
    Input,
    ResolvedRequest,
    SamplerInfo,
)
from webui.request import ScheduleInfo as Schedule
from webui.service import (
    Database,
    DatedFiles,
    Desk,
    Inputs,
    Naming,
    Rows,
    Studio,
    Surroundings,
    Told,
    Upscaling,
    Words,
)

CHOICES = Choices(
    samplers=(SamplerInfo("euler", "Euler", "x:y"), SamplerInfo("heun", "Heun", "x:y")),
    schedules=(Schedule("normal", "Normal", "x:y"), Schedule("karras", "Karras", "x:y")),
    checkpoints=(
        CheckpointInfo("pocket", "Pocket", "sd1", 1, Defaults("euler", "karras", 5, 3.0, 16, 16)),
    ),
)
PATIENCE = 30


@dataclass
class ScriptedEngine:
    """Notes what it is asked; says what the test tells it to say."""

    listener: Listener
    note: Callable[[EngineStatus], None]
    submitted: list[tuple[str, str, ResolvedRequest, tuple[int, ...]]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    watched: dict[str, bool] = field(default_factory=dict)
    closed: bool = False

    def submit(
        self, job_id: str, owner: str, request: ResolvedRequest, skip: Sequence[int] = ()
    ) -> None:
        self.submitted.append((job_id, owner, request, tuple(skip)))

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    def watch(self, job_id: str, watched: bool) -> None:
        self.watched[job_id] = watched

    def status(self) -> EngineStatus:
        return EngineStatus("ready", "fake")

    def close(self) -> None:
        self.closed = True

    def finish(self, job_id: str, pictures: int = 1) -> None:
        """Everything that a job says when all goes well."""
        self.listener(Started(job_id))
        for index in range(pictures):
            self.picture(job_id, index)
        self.listener(Done(job_id, 1.0))

    def picture(self, job_id: str, index: int) -> None:
        self.draw(job_id, index, np.full((16, 16, 3), index + 1, np.uint8))

    def draw(self, job_id: str, index: int, pixels: npt.NDArray[np.uint8]) -> None:
        """A picture of these pixels is ready."""
        height, width, _ = pixels.shape
        made_with = {"device": "fake"}
        self.listener(PictureReady(job_id, index, width, height, made_with, pixels.tobytes()))


@dataclass
class House:
    """Folders that outlive a studio, so that it can be opened again."""

    root: Path
    clock: Callable[[], float]
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    engine: ScriptedEngine = field(init=False)

    @property
    def words(self) -> Words:
        return Words(self.root / "models")

    @property
    def inputs(self) -> Inputs:
        return Inputs(self.root / "inputs")

    @property
    def outputs(self) -> Path:
        return self.root / "outputs"

    def open(self, other_inputs: Callable[[str, str], Input] | None = None) -> Studio:
        def make(listener: Listener, note: Callable[[EngineStatus], None]) -> ScriptedEngine:
            self.engine = ScriptedEngine(listener, note)
            return self.engine

        around = Surroundings(
            choices=lambda: CHOICES,
            here=Here(
                sha256_of=lambda info: "ab" * 32,
                choose_seed=lambda: 11,
                word=self.words.word,
                draw=self.words.draw,
                named=Naming(Shelf(self.words.folder, Hashes(None))),
                upscaler=Upscaling(UpscalerFiles(self.words.folder, Hashes(None))),
            ),
            desk=Desk(self.words, lambda: CHOICES, lambda name: None),
            inputs=self.inputs,
            version="test",
            other_inputs=other_inputs,
            clock=self.clock,
            new_id=lambda: f"{next(self.ids):032x}",
        )
        rows = Rows(Database(self.root / "studio.db"))
        return Studio(rows, DatedFiles(self.outputs), around, make)

    def pictures(self) -> list[Path]:
        return sorted(self.outputs.rglob("*.png"))


class Ear:
    """Listens as an owner."""

    def __init__(self, studio: Studio, owner: str = "local", job: str | None = None) -> None:
        self.told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self.subscription = studio.subscribe(owner, job, None, self.told.put)

    def until(self, kind: str, **wanted: object) -> Told:
        """The next event of this kind with these values."""
        while True:
            told = self.told.get(timeout=PATIENCE)
            if told.kind == kind and all(told.data.get(k) == v for k, v in wanted.items()):
                return told


@pytest.fixture
def house(tmp_path: Path) -> House:
    times = itertools.count(1_700_000_000)
    return House(tmp_path, lambda: float(next(times)))


@pytest.fixture
def studio(house: House) -> Iterator[Studio]:
    studio = house.open()
    yield studio
    studio.close()
