"""The scribe: turns the engine's events into files, rows and messages. Runs in one thread."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from webui.errors import BadFile, DiskTrouble, NotFound
from webui.events import (
    Cancelled,
    Done,
    Event,
    Failed,
    PictureReady,
    Preview,
    Progress,
    Started,
)
from webui.images import draw_sheet
from webui.request import ResolvedRequest, read_png, write_png
from webui.request.infotext import write_infotext
from webui.service.extending import Saved
from webui.service.files import PictureFiles, write_whole
from webui.service.hub import Hub
from webui.service.remaking import changed_machine, compare
from webui.service.rows import ImageRow, JobRow, Rows
from webui.service.sources import content_of
from webui.service.views import JobState, JobView, RemadeView

if TYPE_CHECKING:
    from webui.service.studio import Surroundings

_LOG = logging.getLogger("webui.service")
_FAULT = (
    "The studio met a fault of its own while it saved this job; the terminal shows it. Make the"
    " picture again, or report it."
)


@dataclass(frozen=True, slots=True)
class _Finished:
    """A picture to keep: its place in the job, width and height, and RGB bytes."""

    index: int
    size: tuple[int, int]
    pixels: bytes


@dataclass(frozen=True, slots=True)
class Scribe:
    """`show` makes the view of a job; `stop` cancels it in the engine."""

    rows: Rows
    files: PictureFiles
    around: Surroundings
    hub: Hub
    show: Callable[[JobRow], JobView]
    stop: Callable[[str], None]

    def write(self, event: Event) -> None:
        """Carry one event out. A disk that fails ends that job with a message."""
        live = self.hub.live.get(event.job)
        if live is None:
            return  # the job has ended for its owner; what is still on its way does not count
        try:
            self._write(event, live.owner)
        except DiskTrouble as error:
            self._give_up(event.job, live.owner, error.message)
        except Exception:  # noqa: BLE001 - a fault here must not end the saving of everybody's pictures
            _LOG.exception("A fault of the program while job %s was saved", event.job)
            self._give_up(event.job, live.owner, _FAULT)

    def _write(self, event: Event, owner: str) -> None:
        match event:
            case Started():
                self.rows.set_running(event.job)
                self._tell_job(event.job, owner)
            case Progress():
                self.hub.publish(owner, "progress", event.job, _progress(event))
            case Preview():
                self._preview(event, owner)
            case PictureReady():
                self._picture(event, owner)
            case Done():
                self._sheet(self.rows.job(event.job, owner))
                self.end(event.job, "done", device_seconds=event.device_seconds)
            case Failed():
                if event.extension:
                    self.around.extensions.note(event.extension, event.message)
                self.end(event.job, "failed", message=event.message, field=event.field)
            case Cancelled():
                self.end(event.job, "cancelled")

    def end(
        self,
        job_id: str,
        state: JobState,
        *,
        message: str | None = None,
        field: str | None = None,
        device_seconds: float | None = None,
    ) -> None:
        """End a job, once, and tell its owner."""
        ended = self.rows.finish(
            job_id,
            state,
            self.around.clock(),
            message=message,
            field=field,
            device_seconds=device_seconds,
        )
        live = self.hub.live.pop(job_id, None)
        if ended and live:
            self.files.drop_input(self.rows.job(job_id, live.owner).original)
            self._tell_job(job_id, live.owner)

    def _picture(self, event: PictureReady, owner: str) -> None:
        job = self.rows.job(event.job, owner)
        picture = _Finished(event.index, (event.width, event.height), event.pixels)
        path = self._keep(job, picture, job.request.alone(event.index), event.made_with)
        if job.original:
            self.rows.set_remade(job.id, _compared(job.original, path, event.made_with))

    def _sheet(self, job: JobRow) -> None:
        """The sheet of a grid, once all of its pictures are there."""
        sheet, index = job.request.sheet, job.request.pictures
        images = {image.picture: image for image in self.rows.images_of(job.id)}
        if sheet is None or index in images or not images:
            return
        cell = (
            max(image.width for image in images.values()),
            max(image.height for image in images.values()),
        )
        pictures = [self._opener(images.get(place)) for place in range(index)]
        drawn = draw_sheet(sheet, cell, pictures)
        self._keep(job, _Finished(index, drawn.size, drawn.tobytes()), job.request, {})

    def _opener(self, image: ImageRow | None) -> Callable[[], Image.Image | None]:
        path = self.files.absolute(image.path) if image else None

        def opened() -> Image.Image | None:
            try:
                with Image.open(path or "", formats=("PNG",)) as picture:
                    return picture.convert("RGB")
            except (OSError, SyntaxError, ValueError):
                return None  # moved, deleted or damaged since

        return opened

    def _keep(
        self,
        job: JobRow,
        picture: _Finished,
        request: ResolvedRequest,
        made_with: dict[str, str],
    ) -> Path:
        """File first, row second: a row always has its file."""
        infotext = write_infotext(request, self.around.choices(), self.around.version)
        made_with = {**made_with, "darkroom": self.around.version}
        path = self.files.place(job.id, job.created, job.request, picture.index)
        write_whole(path, write_png(picture.pixels, picture.size, request, made_with, infotext))
        width, height = picture.size
        image = ImageRow(
            id=self.around.new_id(),
            job=job.id,
            owner=job.owner,
            picture=picture.index,
            seed=request.seed,
            path=self.files.relative(path),
            width=width,
            height=height,
            created=self.around.clock(),
            content=content_of(picture.pixels, picture.size),
        )
        self.rows.add_image(image)
        view = image.view().model_dump(mode="json")
        self.hub.publish(job.owner, "image", job.id, {"job": job.id, "image": view})
        off = self.rows.switched_off(job.owner)
        self.around.extensions.saved(Saved(image.id, job.owner, path, request), off)
        return path

    def _preview(self, event: Preview, owner: str) -> None:
        data = {
            "job": event.job,
            "index": event.index,
            "step": event.step,
            "url": _data_url(event.pixels, (event.width, event.height)),
        }
        live = self.hub.live.get(event.job)
        if live:
            live.preview = data
        self.hub.publish(owner, "preview", event.job, data)

    def _tell_job(self, job_id: str, owner: str) -> None:
        try:
            view = self.show(self.rows.job(job_id, owner))
        except NotFound:
            return
        self.hub.publish(owner, "job", job_id, view.model_dump(mode="json"))

    def _give_up(self, job_id: str, owner: str, message: str) -> None:
        """End a job that cannot be saved; tell its owner even if the row cannot be written."""
        self.stop(job_id)
        try:
            self.end(job_id, "failed", message=message)
        except DiskTrouble:
            self.hub.live.pop(job_id, None)
            data = {"id": job_id, "state": "failed", "error": {"message": message}}
            self.hub.publish(owner, "job", job_id, data)


def _compared(original: Path, path: Path, made_with: dict[str, str]) -> RemadeView:
    """How a picture compares; in words only where the original went away meanwhile."""
    try:
        reasons = changed_machine(read_png(original).made_with, made_with)
        return compare(original, path, reasons)
    except BadFile as error:
        return RemadeView(
            equal=False, pixels=0, different=0, largest=0, reasons=(), words=error.message
        )


def _progress(event: Progress) -> dict[str, Any]:
    return {
        "job": event.job,
        "step": event.step,
        "steps": event.steps,
        "progress": event.fraction,
        "eta": event.eta,
    }


def _data_url(pixels: bytes, size: tuple[int, int]) -> str:
    """A small JPEG as a URL that carries itself. One pixel per latent: the page smooths it."""
    file = io.BytesIO()
    Image.frombytes("RGB", size, pixels).save(file, "JPEG", quality=88, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
