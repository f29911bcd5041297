"""The studio in this very process and in memory: for commands that make pictures and end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from webui.engine import EngineStatus, Listener
from webui.engine.inline import InlineEngine
from webui.opening import surroundings
from webui.service import Database, PictureFiles, Rows, Studio
from webui.settings import Settings
from webui.worker import build_runner, registry_of


@contextmanager
def inline_studio(settings: Settings, files: PictureFiles) -> Generator[Studio]:
    """A studio without a worker process; its jobs are forgotten at the end."""

    registry = registry_of(settings, "worker")

    def make_engine(listener: Listener, note: Callable[[EngineStatus], None]) -> InlineEngine:
        def make(listen: Listener, tell: Callable[[EngineStatus], None]) -> Any:
            return build_runner(settings, registry, listen, tell)

        return InlineEngine(make, listener, note)

    around = surroundings(settings, registry)
    around = replace(around, other_inputs=around.here.look)
    studio = Studio(Rows(Database(None)), files, around, make_engine)
    try:
        yield studio
    finally:
        studio.close()
