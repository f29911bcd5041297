"""Drawing many prompts with one checkpoint, several jobs at a time so that they share forwards."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from webui.errors import WebuiError
from webui.inline_studio import inline_studio
from webui.request import Request
from webui.service import LOCAL_OWNER, DatedFiles, JobView, Studio, Told
from webui.settings import Settings

AT_ONCE = 16
"""Jobs handed to the engine together."""


def draw(requests: Sequence[Request], settings: Settings, folder: Path) -> Iterator[Image.Image]:
    """The picture of each request, in their order; files go into `folder`.

    Raises WebuiError in plain words when one cannot be made.
    """
    with inline_studio(settings, DatedFiles(folder)) as studio:
        for start in range(0, len(requests), AT_ONCE):
            yield from _draw_together(studio, requests[start : start + AT_ONCE])


def _draw_together(studio: Studio, requests: Sequence[Request]) -> Iterator[Image.Image]:
    told: queue.SimpleQueue[Told] = queue.SimpleQueue()
    subscription = studio.subscribe(LOCAL_OWNER, None, None, told.put, previews=False)
    jobs = [studio.submit(request, LOCAL_OWNER).id for request in requests]
    open_jobs = set(jobs)
    while open_jobs:
        event = told.get()
        if event.kind == "job" and JobView.model_validate(event.data).is_finished:
            open_jobs.discard(event.job)
    studio.unsubscribe(subscription)
    for job_id in jobs:
        yield _picture(studio, studio.job(job_id, LOCAL_OWNER))


def _picture(studio: Studio, job: JobView) -> Image.Image:
    if job.error:
        raise WebuiError(job.error.message, field=job.error.field)
    with Image.open(studio.image(job.images[0].id, LOCAL_OWNER), formats=("PNG",)) as image:
        return image.convert("RGB")
