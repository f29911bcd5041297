"""Making pictures from the command line: the studio without a server, in memory."""

from __future__ import annotations

import queue
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from webui.errors import WebuiError
from webui.inline_studio import inline_studio
from webui.request import parse
from webui.service import LOCAL_OWNER, JobView, NamedFiles, Told
from webui.settings import Settings


def generate_pictures(
    fields: dict[str, Any], target: Path, settings: Settings, *, quiet: bool = True
) -> list[tuple[Path, int]]:
    """Paths and seeds of the pictures made. Raises WebuiError in plain words."""
    request = parse(fields)
    with inline_studio(settings, NamedFiles(target.absolute())) as studio:
        told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        job = studio.submit(request, LOCAL_OWNER)
        studio.subscribe(LOCAL_OWNER, job.id, None, told.put, previews=False)
        _follow(told, quiet=quiet)
        ended = studio.job(job.id, LOCAL_OWNER)
        if ended.error:
            raise WebuiError(ended.error.message, field=ended.error.field)
        return [(studio.image(image.id, LOCAL_OWNER), image.seed) for image in ended.images]


def _follow(told: queue.SimpleQueue[Told], *, quiet: bool) -> None:
    """Show a bar until the job has ended."""
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
