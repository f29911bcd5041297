"""The engine in a thread of this process: for the command line and for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from webui.engine.protocol import EngineStatus, Listener
from webui.engine.runner import Runner
from webui.request import ResolvedRequest

MakeRunner = Callable[[Listener, Callable[[EngineStatus], None]], Runner]


class InlineEngine:
    """Makes and runs the loop in one daemon thread. A crash there is a crash here."""

    def __init__(
        self,
        make: MakeRunner,
        listener: Listener,
        on_status: Callable[[EngineStatus], None],
    ) -> None:
        self._status = EngineStatus("starting")
        self._on_status = on_status
        self._runner = make(listener, self._note)
        self._thread = threading.Thread(target=self._runner.run, name="engine", daemon=True)
        self._thread.start()

    def submit(
        self, job_id: str, owner: str, request: ResolvedRequest, skip: Sequence[int] = ()
    ) -> None:
        fields = request.model_dump(mode="json")
        self._send(do="submit", job=job_id, owner=owner, request=fields, skip=list(skip))

    def cancel(self, job_id: str) -> None:
        self._send(do="cancel", job=job_id)

    def watch(self, job_id: str, watched: bool) -> None:
        self._send(do="watch", job=job_id, watched=watched)

    def status(self) -> EngineStatus:
        return self._status

    def close(self) -> None:
        self._send(do="close")
        self._thread.join()

    def _note(self, status: EngineStatus) -> None:
        self._status = status
        self._on_status(status)

    def _send(self, **command: Any) -> None:
        self._runner.commands.put(command)
