"""Making pictures from the command line: the studio without a server, in memory."""

from __future__ import annotations

import queue
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from webui.errors import WebuiError
from webui.inline_studio import inline_studio
from webui.opening import surroundings
from webui.request import parse, resolve
from webui.service import LOCAL_OWNER, CostView, JobView, NamedFiles, Studio, Told
from webui.settings import Settings


def generate_pictures(
    fields: dict[str, Any], target: Path, settings: Settings, *, quiet: bool = True
) -> list[tuple[Path, int]]:
    """Paths and seeds of the pictures made. Raises WebuiError in plain words."""
    request = parse(fields)
    with inline_studio(settings, NamedFiles(target.absolute())) as studio:
        job = studio.submit(request, LOCAL_OWNER)
        ended = follow(studio, job.id, quiet=quiet)
        return [(studio.image(image.id, LOCAL_OWNER), image.seed) for image in ended.images]


def cost_of(fields: dict[str, Any], settings: Settings) -> CostView:
    """What a request would take. Raises WebuiError in plain words."""
    around = surroundings(settings)
    resolved = resolve(parse(fields), around.choices(), around.here)
    return CostView(pictures=resolved.pictures, steps=resolved.all_steps, seconds=None)


def follow(studio: Studio, job_id: str, *, quiet: bool) -> JobView:
    """Wait for a job, with a bar. Raises WebuiError when it did not work out."""
    told: queue.SimpleQueue[Told] = queue.SimpleQueue()
    studio.subscribe(LOCAL_OWNER, job_id, None, told.put, previews=False)
    _show(told, quiet=quiet)
    ended = studio.job(job_id, LOCAL_OWNER)
    if ended.error:
        raise WebuiError(ended.error.message, field=ended.error.field)
    return ended


def _show(told: queue.SimpleQueue[Told], *, quiet: bool) -> None:
    """A bar until the job has ended."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        task = bar.add_task("Getting ready", total=1.0)
        while True:
            event = told.get()
            if event.kind == "progress":
                words = f"Developing, step {event.data['step']} of {event.data['steps']}"
                bar.update(task, completed=event.data["progress"], description=words)
            elif event.kind == "job" and JobView.model_validate(event.data).is_finished:
                return
