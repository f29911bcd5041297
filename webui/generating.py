"""Making pictures from the command line: the studio without a server, in memory."""

from __future__ import annotations

import queue
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from webui.errors import BadFile, WebuiError
from webui.inline_studio import inline_studio
from webui.opening import surroundings
from webui.request import parse, resolve
from webui.service import LOCAL_OWNER, CostView, JobView, NamedFiles, Studio, Told
from webui.settings import Settings


@dataclass(frozen=True, slots=True)
class Made:
    """Paths and seeds of the pictures made, and what there is to say of them."""

    pictures: list[tuple[Path, int]]
    notes: tuple[str, ...] = ()


def generate_pictures(
    fields: dict[str, Any],
    target: Path,
    settings: Settings,
    *,
    sent: Mapping[str, Sequence[Path]] | None = None,
    quiet: bool = True,
) -> Made:
    """Make pictures and wait for them. `sent`: files for the fields that name pictures.

    Raises WebuiError in plain words.
    """
    files = sent or {}
    # What is wrong with the request is told before anything is opened.
    asked = fields
    for name, paths in files.items():
        asked = _with(asked, name, ["0" * 64] * len(paths))
    parse(asked)
    with inline_studio(settings, NamedFiles(target.absolute())) as studio:
        notes: list[str] = []
        for name, paths in files.items():
            kept = [studio.sources.keep(path, LOCAL_OWNER, path.name) for path in paths]
            fields = _with(fields, name, [view.sha256 for view in kept])
            notes += (note for view in kept for note in view.notes)
        job = studio.submit(parse(fields), LOCAL_OWNER)
        ended = follow(studio, job.id, quiet=quiet)
        pictures = [(studio.image(image.id, LOCAL_OWNER), image.seed) for image in ended.images]
        return Made(pictures, (*notes, *job.notes))


def _with(fields: dict[str, Any], name: str, references: list[str]) -> dict[str, Any]:
    """The fields with pictures by their hashes; those of `controls` belong to the units."""
    if name == "controls":
        pairs = zip(fields[name], references, strict=True)
        return {**fields, name: [{**unit, "image": image} for unit, image in pairs]}
    return {**fields, name: references[0] if len(references) == 1 else references}


def picture_files(paths: Sequence[Path]) -> list[Path]:
    """The files, and of folders the pictures in them by name. Raises BadFile for none."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.suffix.lower() in _PICTURES)
            if not inside:
                raise BadFile(f"There is no picture in the folder {path}.")
            found += inside
        else:
            found.append(path)
    return found


_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"}


def cost_of(fields: dict[str, Any], settings: Settings) -> CostView:
    """What a request would take. Raises WebuiError in plain words."""
    around = surroundings(settings)
    request = around.extensions.transformed(parse(fields), frozenset())
    resolved = resolve(request, around.choices(), around.extended_here)
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
