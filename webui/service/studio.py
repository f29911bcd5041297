"""The studio: the only door for the faces. Accepts, remembers, saves and tells."""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from webui.engine import Engine, EngineStatus, Listener
from webui.errors import NotFound, RequestRejected, WebuiError
from webui.events import Event, Progress
from webui.request import (
    Choices,
    Here,
    Input,
    PictureMetadata,
    Request,
    ResolvedRequest,
    read_png,
    resolve,
)
from webui.request.choices import PreprocessorInfo
from webui.request.limits import ExtensionInputs
from webui.request.make_map import MakeMap
from webui.request.png import Format
from webui.request.resolve import Extended
from webui.service.cards import Cards
from webui.service.control_views import ControlsView, controls_view
from webui.service.desk import Desk
from webui.service.extending import Extensions, ExtensionView, NoExtensions
from webui.service.files import PictureFiles, remove_file
from webui.service.hub import Hub, Live, Subscription, Told
from webui.service.inputs import Inputs
from webui.service.maps import Maps, Preprocess
from webui.service.reading import in_format
from webui.service.remaking import Remaking, plan_remaking
from webui.service.rows import JobRow, Rows
from webui.service.scribe import Scribe
from webui.service.sources import Sources
from webui.service.views import CostView, ErrorView, ImageView, InputView, JobView

LOCAL_OWNER = "local"
_MOST_WAITING = 500
"""Unfinished jobs of one owner. More is a mistake of a program, not a wish."""

_OBSERVERS = 5.0
"""Seconds that extensions have at the end to hear of the last pictures."""

_LONGEST_REQUEST = 4 << 20
"""Bytes of a resolved request with all that its pictures have for themselves."""

MakeEngine = Callable[[Listener, Callable[[EngineStatus], None]], Engine]


def _no_function(maker: PreprocessorInfo) -> tuple[Preprocess, str]:
    raise RequestRejected(f"{maker.label} cannot be used here.", field="preprocessor")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the studio is given from outside, so that tests can give it something else."""

    choices: Callable[[], Choices]
    here: Here
    desk: Desk
    inputs: Inputs
    version: str
    extensions: Extensions = NoExtensions()
    function_of: Callable[[PreprocessorInfo], tuple[Preprocess, str]] = _no_function
    other_inputs: Callable[[str, str], Input] | None = None
    cards: Cards | None = None
    clock: Callable[[], float] = time.time
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex

    @property
    def extended_here(self) -> Here:
        """What is here with all extensions on: for commands, which serve nobody."""

        def extended(request: ResolvedRequest, asked: ExtensionInputs) -> Extended:
            return self.extensions.extended(request, asked, frozenset())

        return replace(self.here, extended=extended)


class Studio:
    """Everything a person can do, by owner. Close it to stop in order."""

    def __init__(
        self, rows: Rows, files: PictureFiles, around: Surroundings, make_engine: MakeEngine
    ) -> None:
        self._rows = rows
        self._files = files
        self._around = around
        self._sources = Sources(rows, files, around.inputs, around.clock, around.other_inputs)
        self._maps = Maps(rows, around.inputs, around.function_of, around.clock)
        self._hub = Hub(epoch=f"{around.clock():.0f}")
        self._scribe = Scribe(rows, files, around, self._hub, self._show, self._stop)
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._saver = threading.Thread(target=self._save, name="saver", daemon=True)
        rows.add_owner(LOCAL_OWNER, "You", around.clock())
        files.sweep()
        if around.other_inputs is None:  # else the folder is another studio's
            self._sources.sweep(around.clock())
        self._saver.start()
        self._engine = make_engine(self._hear, self._note)
        self._put_back()

    # --- what faces ask ---

    def choices(self, owner: str = LOCAL_OWNER) -> Choices:
        """Samplers, schedules, checkpoints and the like, as they are now for this owner."""
        return self._around.extensions.choices(
            self._around.choices(), self._rows.switched_off(owner)
        )

    def submit(self, request: Request, owner: str) -> JobView:
        """Accept a job: from here on it is finished, also after a crash.

        Raises RequestRejected or DiskTrouble; then nothing was accepted.
        """
        changed = self._around.extensions.transformed(request, self._rows.switched_off(owner))
        resolved = resolve(changed, self.choices(owner), self._here(owner))
        return self._accept(resolved, owner, notes=self._sources.notes(resolved))

    def _here(self, owner: str) -> Here:
        """What resolving finds: for everybody, and the inputs and extensions of this owner."""
        off, extensions = self._rows.switched_off(owner), self._around.extensions

        def extended(request: ResolvedRequest, asked: ExtensionInputs) -> Extended:
            return extensions.extended(request, asked, off)

        return replace(self._around.here, look=self._sources.look(owner), extended=extended)

    def extensions(self, owner: str) -> tuple[ExtensionView, ...]:
        """Every extension of this machine, and which of them are on for this owner."""
        return self._around.extensions.views(self._rows.switched_off(owner))

    @property
    def extra(self) -> Extensions:
        """What extensions add to the faces themselves, and where their faults are noted."""
        return self._around.extensions

    def switch_extension(
        self, extension: str, owner: str, *, is_on: bool, for_all: bool = False
    ) -> ExtensionView:
        """Switch one on or off: at once for this owner, or for the machine at its next start.

        Raises NotFound or DiskTrouble.
        """
        self._extension(extension, owner)
        if for_all:
            self._around.extensions.switch(extension, on=is_on)
        else:
            self._rows.set_switch(owner, extension, is_on=is_on)
        return self._extension(extension, owner)

    def set_extension(self, extension: str, owner: str, values: Mapping[str, Any]) -> ExtensionView:
        """Keep settings of one; they act from the next start on.

        Raises NotFound, RequestRejected or DiskTrouble.
        """
        self._around.extensions.set(extension, values)
        return self._extension(extension, owner)

    def _extension(self, extension: str, owner: str) -> ExtensionView:
        for one in self.extensions(owner):
            if one.id == extension:
                return one
        raise NotFound(f"There is no extension {extension!r} here.")

    @property
    def sources(self) -> Sources:
        """What pictures begin with, and came from."""
        return self._sources

    @property
    def cards(self) -> Cards:
        """LoRAs and embeddings as people look for them. Raises NotFound where nobody keeps them."""
        if self._around.cards is None:
            raise NotFound("There are no cards here.")
        return self._around.cards

    def controls(self) -> ControlsView:
        """What control units can be made of, and what is missing for it."""
        choices = self.choices()
        missing = {one.id: self._around.here.missing(one) for one in choices.preprocessors}
        return controls_view(choices, missing)

    def make_map(self, wish: MakeMap, owner: str) -> InputView:
        """The map of one of the owner's pictures, at once. Raises RequestRejected or NotFound."""
        return self._maps.make(wish, self.choices(owner), self._here(owner), owner)

    def cost(self, request: Request, owner: str = LOCAL_OWNER) -> CostView:
        """What a request would take, or why it would be refused."""
        # Nothing is run, so nothing has to be hashed.
        here = replace(self._here(owner), sha256_of=lambda info: "0" * 64)
        try:
            changed = self._around.extensions.transformed(request, self._rows.switched_off(owner))
            resolved = resolve(changed, self.choices(owner), here)
        except WebuiError as error:
            return CostView(error=ErrorView(message=error.message, field=error.field))
        pace = self._rows.pace(resolved.checkpoint)
        alone = (resolved.alone(index) for index in range(resolved.pictures))
        work = sum(one.work for one in alone)
        return CostView(
            pictures=resolved.pictures,
            steps=resolved.all_steps,
            seconds=pace * work if pace and work else None,
        )

    def remake(self, picture: Path, owner: str) -> JobView:
        """Make a saved picture again, exactly; its job tells whether it is equal.

        `picture`: a PNG of ours, which stays where it is. Raises WebuiError where it cannot be
        made again, and says what is missing.
        """
        found = self._plan_remaking(picture.name, read_png(picture), owner)
        return self._accept(found.request, owner, notes=found.warnings, original=picture)

    def _plan_remaking(self, name: str, metadata: PictureMetadata, owner: str) -> Remaking:
        version = self._around.version
        found = plan_remaking(name, metadata, self.choices(owner), self._here(owner), version)
        changed = self._around.extensions.changed(found.request)
        return replace(found, warnings=(*found.warnings, *changed))

    def remake_image(self, image_id: str, owner: str) -> JobView:
        """As `remake`, for a picture of the owner's. Raises NotFound."""
        return self.remake(self.image(image_id, owner), owner)

    def _accept(
        self,
        resolved: ResolvedRequest,
        owner: str,
        *,
        notes: tuple[str, ...] = (),
        original: Path | None = None,
    ) -> JobView:
        around = self._around
        _check_length(resolved)
        self._files.check_space(resolved)
        if len(self._rows.unfinished(owner)) >= _MOST_WAITING:
            raise RequestRejected(
                f"You have {_MOST_WAITING} jobs waiting already. Cancel some, or wait until some"
                " are finished."
            )
        job = JobRow(
            around.new_id(),
            owner,
            "queued",
            resolved,
            around.clock(),
            notes=notes,
            original=original,
        )
        self._rows.add_job(job, self._sources.uses(resolved))
        self._hub.live[job.id] = Live(owner)
        self._publish_job(job)
        self._engine.submit(job.id, owner, resolved)
        self._engine.watch(job.id, self._hub.is_watched(owner, job.id))
        return self._show(job)

    def remake_upload(self, data: bytes, owner: str) -> JobView:
        """As `remake`, for a PNG that was sent. Raises WebuiError."""
        found = self._plan_remaking("The picture", read_png(data), owner)
        kept = self._files.keep_input(data)
        try:
            return self._accept(found.request, owner, notes=found.warnings, original=kept)
        except WebuiError:
            self._files.drop_input(kept)
            raise

    @property
    def desk(self) -> Desk:
        """What is done with words and found pictures."""
        return self._around.desk

    def job(self, job_id: str, owner: str) -> JobView:
        """Raises NotFound."""
        return self._show(self._rows.job(job_id, owner))

    def jobs(self, owner: str, limit: int = 50, before: str | None = None) -> list[JobView]:
        """The owner's jobs, newest first."""
        return [self._show(job) for job in self._rows.jobs(owner, limit, before)]

    def cancel(self, job_id: str, owner: str) -> JobView:
        """Stop a job within one step. One that has ended stays as it is. Raises NotFound."""
        job = self._rows.job(job_id, owner)
        if job.state in ("queued", "running"):
            self._scribe.end(job_id, "cancelled")
            self._engine.cancel(job_id)
        return self.job(job_id, owner)

    def image(self, image_id: str, owner: str) -> Path:
        """The file of a picture. Raises NotFound."""
        path = self._files.absolute(self._rows.image(image_id, owner).path)
        if not path.is_file():
            raise NotFound("The file of this picture is no longer there: it was moved or deleted.")
        return path

    def image_as(self, image_id: str, kind: Format, owner: str) -> bytes:
        """A picture as another kind of file, with its metadata. Raises NotFound or BadFile."""
        return in_format(self.image(image_id, owner), kind)

    def images(self, owner: str, limit: int = 50, before: str | None = None) -> list[ImageView]:
        """The owner's pictures, newest first."""
        return [image.view() for image in self._rows.images(owner, limit, before)]

    def delete_image(self, image_id: str, owner: str) -> None:
        """Delete a picture and its file. Raises NotFound, or DiskTrouble if the file stays."""
        image = self._rows.image(image_id, owner)
        remove_file(self._files.absolute(image.path))
        self._rows.mark_deleted(image_id, self._around.clock())
        self._hub.publish(owner, "deleted", image.job, {"job": image.job, "image": image_id})

    def subscribe(
        self,
        owner: str,
        job_id: str | None,
        after: str | None,
        tell: Callable[[Told], None],
        *,
        previews: bool = True,
    ) -> Subscription:
        """Hear events of one job, or of all of the owner. `tell` must return at once.

        After the event `after`, if it is remembered; else the present state of every unfinished
        job (or of the one asked for) is told first. Raises NotFound.
        """
        if job_id:
            self._rows.job(job_id, owner)
        subscription = Subscription(owner, job_id, tell, previews)
        self._hub.subscribe(subscription, after, lambda: self._snapshot(owner, job_id, previews))
        self._update_watching(owner)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop hearing. Previews nobody sees are no longer made."""
        self._hub.unsubscribe(subscription)
        self._update_watching(subscription.owner)

    def status(self) -> EngineStatus:
        return self._engine.status()

    def close(self) -> None:
        """Stop the engine, save what is finished, keep the rest for the next start."""
        self._engine.close()
        self._events.put(None)
        self._saver.join()
        self._around.extensions.settle(_OBSERVERS)

    # --- what the engine tells ---

    def _hear(self, event: Event) -> None:
        """In the engine's thread: pass on what is light, leave files and rows to the saver."""
        live = self._hub.live.get(event.job)
        if isinstance(event, Progress) and live:
            live.step, live.fraction, live.eta = event.step, event.fraction, event.eta
        self._events.put(event)

    def _save(self) -> None:
        while (event := self._events.get()) is not None:
            self._scribe.write(event)

    def _note(self, status: EngineStatus) -> None:
        """Tell who waits how the queue moves."""
        for place, (job_id, eta) in enumerate(status.standing):
            live = self._hub.live.get(job_id)
            if live is None or (live.place == place and live.eta == eta):
                continue
            moved = live.place != place
            live.place, live.eta = place, eta
            if moved:
                data = {"job": job_id, "place": place, "eta": eta}
                self._hub.publish(live.owner, "place", job_id, data)

    # --- within ---

    def _put_back(self) -> None:
        """Hand every accepted, unfinished job to the engine, oldest first."""
        for job in self._rows.unfinished():
            self._hub.live[job.id] = Live(job.owner)
            done = [image.picture for image in self._rows.images_of(job.id, deleted=True)]
            self._engine.submit(job.id, job.owner, job.request, done)

    def _stop(self, job_id: str) -> None:
        self._engine.cancel(job_id)

    def _update_watching(self, owner: str) -> None:
        for job_id, live in list(self._hub.live.items()):
            if live.owner == owner:
                self._engine.watch(job_id, self._hub.is_watched(owner, job_id))

    def _snapshot(self, owner: str, job_id: str | None, previews: bool) -> list[Told]:
        jobs = [self._rows.job(job_id, owner)] if job_id else self._rows.unfinished(owner)
        told: list[Told] = []
        for job in jobs:
            told.append(Told("", "job", job.id, self._show(job).model_dump(mode="json")))
            live = self._hub.live.get(job.id)
            if live and live.preview and previews:
                told.append(Told("", "preview", job.id, live.preview))
        return told

    def _publish_job(self, job: JobRow) -> None:
        self._hub.publish(job.owner, "job", job.id, self._show(job).model_dump(mode="json"))

    def _show(self, job: JobRow) -> JobView:
        """A row and what is known live, as its owner sees it."""
        images = tuple(image.view() for image in self._rows.images_of(job.id))
        steps = job.request.all_steps
        view = JobView(
            id=job.id,
            state=job.state,
            created=job.created,
            steps=steps,
            images=images,
            error=ErrorView(message=job.message, field=job.field) if job.message else None,
            request=job.request,
            notes=job.notes,
            remade=job.remade,
        )
        if job.state == "done":
            return view.model_copy(update={"progress": 1.0, "step": steps})
        live = self._hub.live.get(job.id)
        if live is None or view.is_finished:
            return view
        return view.model_copy(
            update={
                "progress": live.fraction,
                "step": live.step,
                "eta": live.eta,
                "place": live.place,
            }
        )


def _check_length(request: ResolvedRequest) -> None:
    """Raises RequestRejected for what would burden every message about its job."""
    if len(request.model_dump_json()) > _LONGEST_REQUEST:
        raise RequestRejected(
            "Over all its pictures this request has too many words. Make fewer pictures at once, or"
            " shorten the prompts.",
            field="prompt",
        )
