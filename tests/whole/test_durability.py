"""What was accepted is finished, whatever dies."""

from __future__ import annotations

import random
import sqlite3

from tests.whole.conftest import Program
from webui.request import read_png


def test_twenty_jobs_survive_a_kill_of_everything(program: Program) -> None:
    jobs = [program.submit(prompt="a red boat", steps=6, seed=seed) for seed in range(20)]
    made = random.Random(4).randrange(2, 12)
    program.wait(lambda: len(program.pictures()) >= made)
    program.kill_everything()
    assert len(program.pictures()) < 20
    program.start()
    program.wait(lambda: all(job["state"] == "done" for job in program.get("/api/v1/jobs")))
    assert {job["id"] for job in program.get("/api/v1/jobs")} == set(jobs)
    seeds = [read_png(path).pairs["Seed"] for path in program.pictures()]
    assert sorted(map(int, seeds)) == list(range(20))
    assert program.parts() == []
    assert len(program.get("/api/v1/images")) == 20


def test_worker_that_is_killed_in_the_middle_costs_nobody_a_picture(program: Program) -> None:
    long = program.submit(prompt="a blue house", steps=150, seed=1)
    short = program.submit(prompt="a red boat", steps=5, seed=2)
    program.wait(lambda: program.get(f"/api/v1/jobs/{long}")["step"] > 3)
    program.kill_worker()
    program.wait(lambda: program.get(f"/api/v1/jobs/{short}")["state"] == "done")
    program.wait(lambda: program.get(f"/api/v1/jobs/{long}")["state"] == "done")
    assert len(program.pictures()) == 2
    assert program.get("/healthz")["restarts"] == 1


def test_closing_in_order_leaves_a_sound_database(program: Program) -> None:
    job = program.submit(prompt="a red boat", steps=150, seed=1)
    program.wait(lambda: program.get(f"/api/v1/jobs/{job}")["step"] > 1)
    program.stop()
    database = sqlite3.connect(program.outputs / ".darkroom" / "studio.db")
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert database.execute("SELECT state FROM jobs").fetchall() == [("running",)]
    database.close()


def test_draft_does_not_wait_for_a_long_job(program: Program) -> None:
    long = program.submit(prompt="a blue house", steps=60, batch_count=4, seed=1)
    program.wait(lambda: program.get(f"/api/v1/jobs/{long}")["step"] > 3)
    draft = program.submit(prompt="a red boat", steps=4, seed=2)
    program.wait(lambda: program.get(f"/api/v1/jobs/{draft}")["state"] == "done")
    assert program.get(f"/api/v1/jobs/{long}")["state"] == "running"
