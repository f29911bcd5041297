"""The engine in a process of its own: a crash there ends the worker, not the studio."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from webui.engine.frames import FrameWriter, read_frame
from webui.engine.protocol import EngineStatus, Listener
from webui.engine.watchdog import HUNG
from webui.events import Cancelled, Done, Event, Failed, PictureReady, from_parts
from webui.request import ResolvedRequest

_ATTEMPTS = 3
"""A job is put back at most twice: what kills the worker each time is not tried for ever."""

_DEATHS = 6
"""So many deaths without one finished picture between them: the worker cannot work here."""

_PATIENCE = 10.0
"""Seconds that the worker has to end by itself."""


_HOPELESS = (
    "The engine ends as soon as it starts, so no picture can be made. The terminal of the studio"
    " shows why; after mending it, start the studio again."
)


@dataclass(slots=True)
class _Submitted:
    """An unfinished job, so that it can be put back."""

    owner: str
    request: dict[str, Any]
    done: set[int]
    attempts: int = 0
    watched: bool = False
    cancelled: bool = False
    began: bool = False


@dataclass(frozen=True, slots=True)
class _Worker:
    """One life of the worker process."""

    process: subprocess.Popen[bytes]
    writer: FrameWriter


class LocalEngine:
    """Starts `command` as the worker, speaks frames with it, and starts it again when it dies.

    `warm` is a checkpoint to load at once.
    """

    def __init__(
        self,
        command: Sequence[str],
        listener: Listener,
        on_status: Callable[[EngineStatus], None],
        warm: str | None = None,
    ) -> None:
        self._command = list(command)
        self._listener = listener
        self._on_status = on_status
        self._warm = warm
        self._lock = threading.RLock()
        self._jobs: dict[str, _Submitted] = {}
        self._status = EngineStatus("starting")
        self._closing = False
        self._deaths_in_a_row = 0
        self._worker = self._start()

    def submit(
        self, job_id: str, owner: str, request: ResolvedRequest, skip: Sequence[int] = ()
    ) -> None:
        job = _Submitted(owner, request.model_dump(mode="json"), set(skip))
        with self._lock:
            if not self._is_hopeless:
                self._jobs[job_id] = job
                self._hand_over(job_id, job)
                return
        self._listener(Failed(job_id, _HOPELESS))

    def cancel(self, job_id: str) -> None:
        with self._lock:
            job = self._jobs.get(job_id)
            if job:
                job.cancelled = True
                self._send(do="cancel", job=job_id)

    def watch(self, job_id: str, watched: bool) -> None:
        with self._lock:
            job = self._jobs.get(job_id)
            if job and job.watched != watched:
                job.watched = watched
                self._send(do="watch", job=job_id, watched=watched)

    def status(self) -> EngineStatus:
        return self._status

    def close(self) -> None:
        with self._lock:
            self._closing = True
            worker = self._worker
            self._send(do="close")
        try:
            worker.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
        self._reader.join()
        self._status = replace(self._status, state="stopped", standing=())

    # --- the worker's life ---

    def _start(self) -> _Worker:
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl+C in the terminal is for the studio, which then closes the worker in order.
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        worker = _Worker(process, FrameWriter(process.stdin))  # type: ignore[arg-type]
        self._worker = worker
        self._status = replace(self._status, state="starting", pid=process.pid, standing=())
        self._reader = threading.Thread(
            target=self._read, args=(worker, process.stdout), name="engine events", daemon=True
        )
        self._reader.start()
        if self._warm:
            self._send(do="warm", checkpoint=self._warm)
        return worker

    def _read(self, worker: _Worker, file: IO[bytes]) -> None:
        while (frame := read_frame(file)) is not None:  # type: ignore[arg-type]
            message, data = frame
            if message["kind"] == "status":
                self._note(message["status"])
            else:
                self._hear(from_parts(message, data))
        worker.process.wait()
        file.close()
        if worker.process.stdin:
            with contextlib.suppress(OSError):  # what was on its way is sent again
                worker.process.stdin.close()
        with self._lock:
            events = [] if self._closing else self._revive(worker.process.returncode)
        for event in events:
            self._listener(event)

    @property
    def _is_hopeless(self) -> bool:
        return self._deaths_in_a_row >= _DEATHS

    def _note(self, fields: dict[str, Any]) -> None:
        standing = tuple((str(job), float(eta)) for job, eta in fields["standing"])
        self._status = replace(
            self._status,
            state="ready",
            device=fields["device"],
            loaded=fields["loaded"],
            standing=standing,
        )
        self._on_status(self._status)

    def _hear(self, event: Event) -> None:
        with self._lock:
            job = self._jobs.get(event.job)
            if job is None:
                return
            job.began = True
            if isinstance(event, PictureReady):
                job.done.add(event.index)
                self._deaths_in_a_row = 0
            elif isinstance(event, Done | Failed | Cancelled):
                del self._jobs[event.job]
        self._listener(event)

    def _revive(self, code: int) -> list[Event]:
        """Start the worker again and put its jobs back. Returns what jobs are told that are not."""
        self._status = replace(self._status, restarts=self._status.restarts + 1)
        if code == HUNG:
            # The worker ended itself because of one job, which was told; nobody else is to blame.
            self._start()
            return [event for job in list(self._jobs) if (event := self._put_back(job, code))]
        self._deaths_in_a_row += 1
        if self._is_hopeless:
            self._status = replace(self._status, state="stopped", standing=(), pid=None)
            lost = list(self._jobs)
            self._jobs.clear()
            return [Failed(job_id, _HOPELESS) for job_id in lost]
        self._start()
        suspects = [job for job in self._jobs.values() if job.began]
        for job in suspects or list(self._jobs.values())[:1]:
            job.attempts += 1
        return [event for job_id in list(self._jobs) if (event := self._put_back(job_id, code))]

    def _put_back(self, job_id: str, code: int) -> Event | None:
        """Hand a job to the new worker, or say how it ends instead."""
        job = self._jobs[job_id]
        if job.attempts < _ATTEMPTS and not job.cancelled:
            job.began = False
            self._hand_over(job_id, job)
            return None
        del self._jobs[job_id]
        if job.cancelled:
            return Cancelled(job_id)
        message = (
            f"The engine ended {_ATTEMPTS} times while it made this job (exit code {code})."
            " Choose a smaller size or another checkpoint; the other jobs go on."
        )
        return Failed(job_id, message)

    def _hand_over(self, job_id: str, job: _Submitted) -> None:
        skip = sorted(job.done)
        self._send(do="submit", job=job_id, owner=job.owner, request=job.request, skip=skip)
        if job.watched:
            self._send(do="watch", job=job_id, watched=True)

    def _send(self, **command: Any) -> None:
        # If the worker is gone, its reader notices, starts it again and sends all jobs.
        with contextlib.suppress(OSError, ValueError):
            self._worker.writer.write(command)
