"""The engine in a process of its own: what happens when that process dies."""

from __future__ import annotations

import os
import queue
import signal
import sys
from collections.abc import Iterator

import pytest

from tests.engine.fakes import a_request
from webui.engine import EngineStatus, LocalEngine
from webui.events import Event, Failed, PictureReady

COMMAND = [sys.executable, "-m", "tests.engine.fake_worker"]
PATIENCE = 60


class Heard:
    """Everything an engine said."""

    def __init__(self, command: list[str]) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.statuses: queue.SimpleQueue[EngineStatus] = queue.SimpleQueue()
        self.engine = LocalEngine(command, self.events.put, self.statuses.put)

    def until(self, job: str, *kinds: str) -> list[Event]:
        """Events of a job up to one of these kinds."""
        heard: list[Event] = []
        while not heard or heard[-1].kind not in kinds:
            event = self.events.get(timeout=PATIENCE)
            if event.job == job:
                heard.append(event)
        return heard

    def kill(self) -> None:
        pid = self.engine.status().pid
        assert pid
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard(COMMAND)
    heard.statuses.get(timeout=PATIENCE)
    yield heard
    heard.engine.close()


def test_job_runs_in_the_worker(heard: Heard) -> None:
    heard.engine.submit("a", "ann", a_request(batch_count=2))
    assert [e.kind for e in heard.until("a", "done")] == ["started", "picture", "picture", "done"]


def test_worker_that_is_killed_costs_nobody_a_picture(heard: Heard) -> None:
    heard.engine.submit("held", "ann", a_request(prompt="hold"))
    heard.until("held", "started")
    heard.engine.submit("next", "bob", a_request())
    heard.until("next", "done")
    heard.kill()
    assert heard.until("held", "started")
    assert heard.engine.status().restarts == 1
    heard.engine.cancel("held")
    heard.until("held", "cancelled")


def test_pictures_made_before_the_death_are_not_made_again(heard: Heard) -> None:
    heard.engine.submit("a", "ann", a_request(prompt="die after the first", batch_count=3))
    events = heard.until("a", "done", "failed")
    made = [event.index for event in events if isinstance(event, PictureReady)]
    assert made == [0, 1, 2]


def test_job_that_kills_the_worker_each_time_is_given_up_and_others_go_on(heard: Heard) -> None:
    heard.engine.submit("poison", "ann", a_request(prompt="die"))
    failed = heard.until("poison", "failed")[-1]
    assert isinstance(failed, Failed)
    assert "3 times" in failed.message
    heard.engine.submit("fine", "bob", a_request())
    heard.until("fine", "done")


def test_job_cancelled_while_the_worker_is_dead_does_not_come_back(heard: Heard) -> None:
    heard.engine.submit("held", "ann", a_request(prompt="hold"))
    heard.until("held", "started")
    heard.kill()
    heard.engine.cancel("held")
    heard.until("held", "cancelled")
    heard.engine.submit("b", "ann", a_request())
    assert [event.kind for event in heard.until("b", "done")].count("done") == 1


def test_worker_that_cannot_even_start_is_given_up_with_a_message() -> None:
    heard = Heard([sys.executable, "-c", "raise SystemExit(3)"])
    heard.engine.submit("a", "ann", a_request())
    failed = heard.until("a", "failed")[-1]
    assert isinstance(failed, Failed)
    while heard.engine.status().state != "stopped":
        heard.engine.submit("b", "ann", a_request())
        assert heard.until("b", "failed")
    heard.engine.close()


def test_closing_ends_the_process(heard: Heard) -> None:
    pid = heard.engine.status().pid
    assert pid
    heard.engine.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
