"""The engine's loop: collect pending calls, choose, run one forward, advance the jobs.

One thread calls everything here. Each forward and each advance stands in its own `try`: a job
that fails ends alone, with a message for its owner.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Protocol

import torch

from webui.calls import (
    Call,
    Decode,
    Denoise,
    Detect,
    EncodeImage,
    EncodePrompt,
    Enlarge,
    Keep,
    ReadInput,
    Recall,
)
from webui.engine.company import ALONE, Pack, asked, made_with, read_company
from webui.engine.job import Job, Picture, Work
from webui.engine.journal import Journal, digest
from webui.engine.kept import KeptLatents
from webui.engine.order import Order
from webui.engine.packing import WIDEST, Widths, key_of, pack
from webui.engine.watchdog import FORWARDS
from webui.errors import BadFile, OutOfMemory, WebuiError
from webui.events import Cancelled, Done, Event, Failed, PictureReady, Preview, Progress, Started
from webui.request import ResolvedRequest
from webui.request.limits import Dtype

_PREVIEW_SHARE = 0.03
_PREVIEW_PAUSE = 0.25
_UNKNOWN_STEP = 0.05
"""Seconds assumed for one row of a step of which nothing was measured yet."""

_LOOK_AHEAD = 64
"""Pictures that are considered for one forward. Others are not even begun."""


class Lent(Protocol):
    """What the loop needs of a pipeline."""

    tiled_decode: bool

    @property
    def made_with(self) -> dict[str, str]: ...

    def answer(self, calls: Sequence[Call]) -> list[Any]: ...

    def preview(self, x0: Any) -> tuple[int, int, bytes]: ...


class Manager(Protocol):
    """What the loop needs of the pipeline manager."""

    def facts(self, name: str) -> Any: ...

    def lease(
        self, name: str, sha256: str | None = None, dtype: Dtype | None = None
    ) -> contextlib.AbstractContextManager[Any]: ...


class PlanLike(Protocol):
    """A plan as recipes make it."""

    @property
    def asks(self) -> int: ...

    @property
    def rows(self) -> int: ...

    @property
    def shape(self) -> tuple[int, int, int]: ...

    @property
    def start(self) -> Callable[[int, Callable[[Any], None]], Any]: ...


_ASIDE = (ReadInput, Recall, Keep)
_STEPS = (Denoise, Enlarge)
"""Calls that count as progress."""


class Watching(Protocol):
    """What runs within it is a job's own code, perhaps an extension's, which may hang."""

    def __call__(
        self, job_id: str, request: ResolvedRequest, times: float = 1.0
    ) -> contextlib.AbstractContextManager[None]: ...


def unwatched(
    job_id: str, request: ResolvedRequest, times: float = 1.0
) -> contextlib.AbstractContextManager[None]:
    """Where nobody watches."""
    return contextlib.nullcontext()


def _no_inputs(sha256: str) -> Any:
    raise BadFile("This engine was started without a place for inputs.")


@dataclass(frozen=True, slots=True)
class _Turn:
    """A picture whose pending call may be computed now."""

    job: Job
    picture: Picture
    call: Call

    @property
    def work(self) -> Work:
        return self.picture.work


def _digest(turn: _Turn) -> bytes:
    """Of the call that waits; reckoned once."""
    if turn.picture.digest is None:
        turn.picture.digest = digest(turn.work.weights, turn.call)
    return turn.picture.digest


class EngineLoop:
    """Jobs, order and packing over one device. `tick` runs one forward."""

    def __init__(  # noqa: PLR0913 - each is one thing that the app hands in and tests replace
        self,
        manager: Manager,
        plan: Callable[[ResolvedRequest, Any], PlanLike],
        emit: Callable[[Event], None],
        *,
        widths: Widths | None = None,
        clock: Callable[[], float] = time.monotonic,
        read_input: Callable[[str], Any] = _no_inputs,
        kept: KeptLatents | None = None,
        watching: Watching = unwatched,
    ) -> None:
        self._read_input = read_input
        self._watching = watching
        self._kept = kept or KeptLatents()
        self._manager = manager
        self._plan = plan
        self._emit = emit
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._order = Order()
        self._number = 0
        self._times: dict[str, float] = {}
        self._step_seconds = 0.0
        self._preview_seconds = 0.0
        self.widths = widths or Widths()
        self.settled = False

    # --- what others ask of the loop ---

    def submit(
        self, job_id: str, owner: str, request: ResolvedRequest, skip: Sequence[int] = ()
    ) -> None:
        """Take a job. `skip` are pictures that exist already. A bad one is answered by Failed."""
        with self._isolated(job_id), self._watching(job_id, request):
            works = self._works(request)
            first = {work.weights: index for index, work in reversed(list(enumerate(works)))}
            # Pictures of one checkpoint follow each other: a switch may take seconds.
            todo = [index for index in range(request.pictures) if index not in skip]
            todo.sort(key=lambda index: (first[works[index].weights], index))
            self._number += 1
            journal = Journal() if request.each else None
            now, company = self._clock(), read_company(request.company)
            job = Job(job_id, owner, request, works, todo, self._number, now, journal, company)
            self._order.arrive(owner, {job.owner for job in self._jobs.values()})
            self._jobs[job_id] = job
            if job.is_finished:
                self._finish(job)

    def _works(self, request: ResolvedRequest) -> list[Work]:
        """What each picture takes; one for all where they differ in nothing but their seed."""
        if not request.each:
            return [self._work(request)] * request.pictures
        return [self._work(request.alone(index)) for index in range(request.pictures)]

    def _work(self, request: ResolvedRequest) -> Work:
        file = request.checkpoint_file
        plan = self._plan(request, self._manager.facts(request.checkpoint) if file else None)
        return Work(
            request.checkpoint,
            file.sha256 if file else "",
            request.dtype,
            max(1, request.drawn_steps),
            plan.asks,
            plan.rows,
            plan.shape,
            plan.start,
            "" if file else request.upscaler,
        )

    def cancel(self, job_id: str) -> None:
        """Stop a job before its next call. Unknown ids are ignored: it may just have ended."""
        job = self._jobs.get(job_id)
        if job:
            self._end(job, Cancelled(job.id))

    def watch(self, job_id: str, watched: bool) -> None:
        """Make previews for this job, or stop making them."""
        if job_id in self._jobs:
            self._jobs[job_id].watched = watched

    def warm(self, checkpoint: str) -> None:
        """Load a checkpoint before anyone asks. Failing costs nothing: a job will tell."""
        with contextlib.suppress(WebuiError), self._manager.lease(checkpoint):
            pass

    def standing(self) -> list[tuple[str, float]]:
        """(job id, predicted seconds until its end) of all jobs, next first."""
        ranked = self._order.rank(list(self._jobs.values()), self._seconds_left, self._clock())
        return [(job.id, self._eta(job)) for job in ranked]

    @property
    def is_idle(self) -> bool:
        return not self._jobs

    def close(self) -> None:
        """Unwind every recipe without a word."""
        for job in self._jobs.values():
            for picture in job.open:
                picture.recipe.close()
        self._jobs.clear()

    # --- one turn ---

    def tick(self) -> bool:
        """Run one forward. False when there was nothing to do."""
        ranked = self._order.rank(list(self._jobs.values()), self._seconds_left, self._clock())
        turns = list(islice(self._turns(ranked), _LOOK_AHEAD))
        if turns:
            now = turns[0].work
            alike = [turn for turn in turns if turn.work.weights == now.weights]
            aside = next(filter(partial(_is_aside, turns[0].job), alike[:WIDEST]), None)
            known = None if aside else next(filter(None, map(self._known, alike)), None)
            if aside:
                self._answer_aside(aside)
            elif known:
                self._replay(*known)
            else:
                self._run(self._choose(turns))
        return bool(turns)

    def _answer_aside(self, turn: _Turn) -> None:
        """Answer what needs no network: inputs, and latents that were kept.

        What the recipe then does with an input may take seconds, and is charged like a forward.
        """
        try:
            # Nobody is charged for the loading of a checkpoint: not here, and not by forwards.
            with self._lease(turn.work) as pipeline, self._charging(turn.job):
                self._advance(turn, self._looked_up(turn, pipeline), ALONE, pipeline)
        except Exception as error:  # noqa: BLE001 - an input that is gone ends this job only
            self._fail(turn.job.id, error)

    @contextlib.contextmanager
    def _charging(self, job: Job) -> Generator[None]:
        """What is done meanwhile is charged to the job's owner, however it ends."""
        start = self._clock()
        try:
            yield
        finally:
            spent = self._clock() - start
            job.device_seconds += spent
            self._order.charge(job.owner, spent)

    def _looked_up(self, turn: _Turn, pipeline: Lent) -> Any:
        call, picture = turn.call, turn.picture
        if isinstance(call, ReadInput):
            return self._read_input(call.sha256)
        assert isinstance(call, Recall | Keep)
        # Other weights, devices, number formats and versions of torch make other latents.
        facts = pipeline.made_with
        around = (facts.get(name, "") for name in ("device", "dtype", "torch"))
        key = "-".join((call.key, turn.work.sha256[:16], *around))
        if isinstance(call, Keep):
            self._kept.put(key, call.latents, picture.packs, picture.answered)
            return None
        # What shall be made again exactly is really made.
        kept = None if turn.job.request.exact else self._kept.get(key)
        if kept is None:
            return None
        picture.recall(kept.packs, kept.asks)
        return kept.latents

    def _known(self, turn: _Turn) -> tuple[_Turn, Any] | None:
        """A turn and its answer, if another picture of the same job has had it."""
        # What texts became is kept by the pipeline itself, for all jobs.
        if turn.job.journal is None or isinstance(turn.call, EncodePrompt):
            return None
        answer = turn.job.journal.get(_digest(turn))
        return None if answer is None else (turn, answer)

    def _replay(self, turn: _Turn, known: tuple[Any, Pack]) -> None:
        """Answer a call without a forward."""
        try:
            with self._lease(turn.work) as pipeline:
                self._advance(turn, *known, pipeline)
        except Exception as error:  # noqa: BLE001 - a checkpoint that is gone ends this job only
            self._fail(turn.job.id, error)

    def _turns(self, ranked: Sequence[Job]) -> Iterator[_Turn]:
        """Pending calls in order of their turn. Pictures are begun only when they are reached."""
        for job in ranked:
            self._open(job)
            for picture in sorted(job.open, key=lambda p: (p.remaining, p.index)):
                if picture.pending is not None:
                    yield _Turn(job, picture, picture.pending)

    def _open(self, job: Job) -> None:
        """Begin pictures up to the batch size, each with its first call."""
        with self._isolated(job.id), self._watching(job.id, job.request):
            while job.todo and len(job.open) < job.request.batch_size:
                picture = job.begin_next()
                index = 0 if job.request.each else picture.index
                picture.recipe = picture.work.start(index, picture.see)
                picture.wait_for(next(picture.recipe))

    def _choose(self, turns: list[_Turn]) -> list[_Turn]:
        """The first turn, and those that join it."""
        first = turns[0]
        if first.job.request.exact or isinstance(first.call, EncodeImage | Enlarge | Detect):
            return [first]
        key = key_of(first.work.weights, first.call)
        widest = self.widths.widest(key)
        own = [
            t
            for t in turns
            if t.work.weights == first.work.weights and not isinstance(t.call, _ASIDE)
        ]
        # Who could join is prepared first: many small forwards become few wide ones.
        unprepared = [t for t in own[:widest] if isinstance(t.call, EncodePrompt | EncodeImage)]
        if unprepared:
            return unprepared[:1]
        others = (
            (t, key_of(t.work.weights, t.call))
            for t in own[1:]
            if not t.job.request.exact and t.work.sha256 == first.work.sha256
        )
        return pack(first, _once(first, others), key, widest)

    def _run(self, turns: list[_Turn]) -> None:
        """One forward for all turns; if it fails, one for each, so that only the guilty ends."""
        work = turns[0].work
        key = key_of(work.weights, turns[0].call)
        self._order.serve(work.weights, self._clock())
        try:
            with self._lease(work) as pipeline:
                calls, packs = self._in_company(turns)
                # Upscalers and networks of extensions run within the forward itself.
                with self._watched_forward(turns):
                    answers, seconds = self._forward(pipeline, calls)
        except Exception as error:  # noqa: BLE001 - the forward ends this job, not the engine
            if len(turns) == 1:
                self._fail(turns[0].job.id, error)
                return
            if is_out_of_memory(error):
                self.widths.narrow(key, len(turns))
            # The error holds the tensors of the failed forward: let go before trying again.
            del error
        else:
            self._account(turns, key, seconds, len(calls))
            for turn, pack in zip(turns, packs, strict=True):
                self._advance(turn, answers[pack[1]], pack, pipeline)
            self._previews(turns, pipeline)
            return
        for turn in turns:
            self._run([turn])

    def _watched_forward(self, turns: list[_Turn]) -> contextlib.AbstractContextManager[None]:
        """By the first of the jobs that an extension has a hand in, if there is one."""
        job = next((turn.job for turn in turns if turn.job.request.used), turns[0].job)
        return self._watching(job.id, job.request, FORWARDS)

    def _in_company(self, turns: list[_Turn]) -> tuple[list[Call], list[Pack]]:
        """The calls of a forward, and the pack of each turn. Copies stand in for others' calls."""
        first = turns[0]
        if len(turns) > 1 or isinstance(first.call, EncodePrompt):
            packs = [(len(turns), place) for place in range(len(turns))]
            return [turn.call for turn in turns], packs
        width, place = asked(first.job.company, first.picture.packs)
        return [first.call] * width, [(width, place)]

    def _lease(self, work: Work) -> contextlib.AbstractContextManager[Any]:
        return self._manager.lease(work.checkpoint, work.sha256, work.dtype)

    def _forward(self, pipeline: Lent, calls: list[Call]) -> tuple[list[Any], float]:
        start = self._clock()
        try:
            answers = pipeline.answer(calls)
        except (MemoryError, RuntimeError) as error:
            alone = len(calls) == 1 and isinstance(calls[0], Decode | EncodeImage)
            if not alone or pipeline.tiled_decode or not is_out_of_memory(error):
                raise
            pipeline.tiled_decode = True
            answers = pipeline.answer(calls)
        return answers, self._clock() - start

    def _account(self, turns: list[_Turn], key: str, seconds: float, calls: int) -> None:
        if not isinstance(turns[0].call, EncodePrompt):
            self.settled |= self.widths.observe(key, calls, seconds)
            self._times.clear()
        share = seconds / len(turns)
        for turn in turns:
            turn.job.device_seconds += share
            self._order.charge(turn.job.owner, share)
        if isinstance(turns[0].call, _STEPS):
            self._step_seconds += seconds

    def _advance(self, turn: _Turn, answer: Any, pack: Pack, pipeline: Lent) -> None:
        """Send one answer in. The only place where recipes run on."""
        job, picture = turn.job, turn.picture
        if job.id not in self._jobs:
            return  # another picture of the same job has just ended it
        if not job.started:
            job.started = True
            self._emit(Started(job.id))
        with self._isolated(job.id):
            if not isinstance(turn.call, EncodePrompt | ReadInput | Recall | Keep):
                picture.packs.append(pack)
                if job.journal:
                    job.journal.put(_digest(turn), answer, pack)
            pixels = None
            try:
                with self._watching(job.id, job.request):
                    picture.wait_for(picture.recipe.send(answer))
            except StopIteration as end:
                pixels = end.value
            if isinstance(turn.call, _STEPS):
                picture.answered += 1
                self._progress(job)
            if pixels is not None:
                self._picture_ready(job, picture, pixels, pipeline)

    @contextlib.contextmanager
    def _isolated(self, job_id: str) -> Generator[None]:
        """Whatever a job's own code raises ends that job and nothing else."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a job's code may raise anything
            self._fail(job_id, error)

    # --- what jobs hear ---

    def _picture_ready(self, job: Job, picture: Picture, pixels: Any, pipeline: Lent) -> None:
        job.open.remove(picture)
        _, height, width, _ = pixels.shape
        data = pixels.numpy().tobytes()
        facts = made_with(pipeline.made_with, picture.packs)
        self._emit(PictureReady(job.id, picture.index, width, height, facts, data))
        if job.is_finished:
            self._finish(job)

    def _progress(self, job: Job) -> None:
        done = job.total - job.remaining
        steps = job.request.all_steps
        fraction = done / max(1, job.total)
        step = round(steps * fraction)
        self._emit(Progress(job.id, step, steps, round(fraction, 4), round(self._eta(job), 2)))

    def _previews(self, turns: list[_Turn], pipeline: Lent) -> None:
        """Within 3 % of the step time, the first one of a job at once, only for who watches."""
        for turn in turns:
            job, picture = turn.job, turn.picture
            if not job.watched or job.id not in self._jobs or picture.seen is None:
                continue
            now = self._clock()
            if job.previewed is not None and (
                now - job.previewed < _PREVIEW_PAUSE
                or self._preview_seconds > _PREVIEW_SHARE * self._step_seconds
            ):
                continue
            is_first, job.previewed = job.previewed is None, now
            try:
                width, height, pixels = pipeline.preview(picture.seen)
            except RuntimeError:  # no memory to spare: the picture matters, its preview does not
                job.watched = False
                continue
            step = round(picture.work.steps * picture.answered / max(1, picture.work.asks))
            self._emit(Preview(job.id, picture.index, step, width, height, pixels))
            if not is_first:
                self._preview_seconds += self._clock() - now

    def _finish(self, job: Job) -> None:
        self._end(job, Done(job.id, round(job.device_seconds, 3)))

    def _fail(self, job_id: str, error: Exception) -> None:
        """End a job with a message. A job that was refused at the door is only told so."""
        event = Failed(job_id, *words(error), getattr(error, "extension", ""))
        if job_id in self._jobs:
            self._end(self._jobs[job_id], event)
        else:
            self._emit(event)

    def _end(self, job: Job, event: Event) -> None:
        del self._jobs[job.id]
        recipes = [picture.recipe for picture in job.open]
        job.open.clear()
        self._emit(event)
        for recipe in recipes:
            # The job has ended; a recipe that fails while it unwinds has nobody left to tell.
            with contextlib.suppress(Exception):
                recipe.close()

    # --- predictions ---

    def _step_time(self, work: Work) -> float:
        """Predicted seconds of one denoising call of this work, computed alone."""
        if work.step_key not in self._times:
            measured = self.widths.predict_step(work.step_key)
            self._times[work.step_key] = measured or _UNKNOWN_STEP * work.rows
        return self._times[work.step_key]

    def _seconds_left(self, job: Job) -> float:
        return sum(asks * self._step_time(work) for work, asks in job.left())

    def _eta(self, job: Job) -> float:
        """Own work, and what others are served meanwhile: at most as much each (fair share)."""
        own = self._seconds_left(job)
        others: dict[str, float] = {}
        for other in self._jobs.values():
            left = self._seconds_left(other)
            if other.owner != job.owner:
                others[other.owner] = others.get(other.owner, 0.0) + left
            elif other is not job and (left, other.number) < (own, job.number):
                own += left
        return own + sum(min(own, left) for left in others.values())


def _is_aside(next_job: Job, turn: _Turn) -> bool:
    """Whether a call is answered now without a forward. Inputs wait until it is their job's turn:

    they are large, and making them ready takes long.
    """
    if isinstance(turn.call, ReadInput):
        return turn.job is next_job
    return isinstance(turn.call, _ASIDE)


def _once(first: _Turn, others: Iterable[tuple[_Turn, str]]) -> Iterator[tuple[_Turn, str]]:
    """Without those that ask what is asked already: one answer does for all of them."""
    asked = {(first.job.id, _digest(first))} if first.job.journal else set[tuple[str, bytes]]()
    for turn, key in others:
        if turn.job.journal is None:
            yield turn, key
        elif (turn.job.id, _digest(turn)) not in asked:
            asked.add((turn.job.id, _digest(turn)))
            yield turn, key


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the device was too small, in any of the ways that torch says so."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError | OutOfMemory):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)


def words(error: Exception) -> tuple[str, str | None]:
    """A message for the owner of the job, and the field it is about."""
    if isinstance(error, WebuiError):
        return error.message, error.field
    if is_out_of_memory(error):
        return (
            "The device ran out of memory, also with one picture at a time. Choose a smaller"
            " width and height, or a smaller checkpoint.",
            "width",
        )
    return f"This job stopped because a part of it failed: {error or type(error).__name__}", None
