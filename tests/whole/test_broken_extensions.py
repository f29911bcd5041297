"""A studio whose extensions folder holds every kind of broken extension, and good ones between.

It starts, says who does not work and why, and no job of anybody else is lost or drawn otherwise.
"""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.whole.conftest import Program

ONE_SAMPLER = """
from webui.extension import Sampler, hook
from .methods import method

@hook
def samplers():
    return [Sampler("{id}", "{id}", method)]
"""

GOOD = """
def method(x, sigmas, noise):
    for high, low in zip(sigmas, sigmas[1:]):
        x0 = yield x, high
        x = x0 + (x - x0) * (low / high)
    return x
"""

_BEGINS = "def method(x, sigmas, noise):\n    x0 = yield x, sigmas[0]\n"
AT_WORK = {
    "raises": f'{_BEGINS}    raise KeyError("oh")\n',
    "nan": f'{_BEGINS}    return x0 * float("nan")\n',
    "asks-nan": f'{_BEGINS}    yield x * float("nan"), sigmas[0]\n    return x\n',
    "endless": f"{_BEGINS}    while True:\n        yield x, sigmas[0]\n",
    "no-generator": "def method(x, sigmas, noise):\n    return x\n",
    "no-picture": f'{_BEGINS}    return "done"\n',
}
"""Samplers that go wrong while a picture is made, each ending its own job."""

HANGING = {
    "loops": """
def method(x, sigmas, noise):
    x0 = yield x, sigmas[0]
    while len(x.shape) == 4 and x.shape[-1] > 8:
        pass
    return x0
""",
    "sleeps": """
import time

def method(x, sigmas, noise):
    x0 = yield x, sigmas[0]
    if x.shape[-1] > 8:
        time.sleep(3600)
    return x0
""",
}
"""Samplers that never come back. (They do where they are only counted, on a few pixels.)"""

AT_THE_DOOR = {
    "syntax": ("def broken(:\n", "import"),
    "imports": ("import there_is_no_such_module\n", "import"),
    "exits": ("import sys\nsys.exit(3)\n", "import"),
    "argument": (
        "from webui.extension import hook\n@hook\ndef samplers(wrong): return []\n",
        "hooks",
    ),
    "unknown": ("from webui.extension import hook\n@hook\ndef sampelrs(): return []\n", "hooks"),
    "rubbish": (
        "from webui.extension import hook\n@hook\ndef samplers(): return 7\n",
        "contributions",
    ),
    "taken": (ONE_SAMPLER.format(id="euler"), "contributions"),
}
"""Extensions that cannot be loaded: what is in them, and the stage at which they end."""


def write(folder: Path, id: str, entry: str, method: str = GOOD, more: str = "api = 1") -> None:
    """An extension on disk."""
    folder.mkdir()
    manifest = f'[project]\nname = "{id}"\nversion = "1"\n[tool.webui]\nid = "{id}"\n{more}\n'
    (folder / "pyproject.toml").write_text(manifest)
    (folder / "__init__.py").write_text(entry)
    (folder / "methods.py").write_text(method)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    root = tmp_path_factory.mktemp("extensions")
    for id in ("good", *AT_WORK, *HANGING):
        method = {**AT_WORK, **HANGING}.get(id, GOOD)
        write(root / id, id, ONE_SAMPLER.format(id=f"{id}-sampler"), method)
    for id, (entry, _) in AT_THE_DOOR.items():
        write(root / id, id, entry)
    write(root / "good-again", "good", ONE_SAMPLER.format(id="other"))
    write(
        root / "missing",
        "missing",
        ONE_SAMPLER.format(id="m"),
        more='api = 1\nrequires = ["no-such>9"]',
    )
    write(root / "later", "later", ONE_SAMPLER.format(id="l"), more="api = 2")
    (root / "no-manifest").mkdir()
    words = ["--extensions", str(root), "--patience", "8"]
    program = Program(tmp_path_factory.mktemp("outputs"), words=words)
    program.start()
    yield program
    program.stop()


def ended(program, job: str) -> dict:
    def is_over() -> bool:
        return program.get(f"/api/v1/jobs/{job}")["state"] in ("done", "failed", "cancelled")

    program.wait(is_over)
    return program.get(f"/api/v1/jobs/{job}")


def pixels(program, job: dict) -> bytes:
    url = f"http://127.0.0.1:{program.port}{job['images'][0]['url']}"
    with Image.open(io.BytesIO(httpx.get(url).content)) as picture:
        return picture.tobytes()


def test_the_list_says_who_does_not_work_and_why(program):
    found = {(one["id"], one["version"]): one for one in program.get("/api/v1/extensions")}
    by_id = {one["id"]: one for one in found.values() if one["status"] == "failed"}
    for id, (_, stage) in AT_THE_DOOR.items():
        assert (by_id[id]["stage"], bool(by_id[id]["problem"])) == (stage, True), by_id[id]
    assert by_id["missing"]["stage"] == "requirements"
    assert "no-such" in by_id["missing"]["problem"]
    assert by_id["later"]["stage"] == "manifest"
    ready = {one["id"] for one in program.get("/api/v1/extensions") if one["status"] == "ready"}
    assert {"good", *AT_WORK, *HANGING} <= ready


def test_a_good_sampler_between_them_draws_and_is_named_in_its_picture(program):
    job = ended(program, program.submit(prompt="a red house", sampler="good-sampler", seed=1))
    assert job["state"] == "done", job["error"]
    assert job["request"]["sampler"] == "good-sampler"
    assert [one["id"] for one in job["request"]["used"]] == ["good"]
    told = program.get(f"/api/v1/images/{job['images'][0]['id']}/metadata")
    assert told["fields"]["sampler"] == "good-sampler"


@pytest.mark.parametrize("id", AT_WORK)
def test_a_sampler_that_goes_wrong_ends_its_own_job_by_name(program, id):
    job = ended(program, program.submit(prompt="a boat", sampler=f"{id}-sampler", steps=4))
    assert job["state"] == "failed"
    assert job["images"] == []
    assert id in job["error"]["message"]
    assert "Traceback" not in job["error"]["message"]


@pytest.mark.parametrize("id", HANGING)
def test_a_sampler_that_never_comes_back_is_ended_and_others_go_on(program, id):
    alone = ended(program, program.submit(prompt="a house", seed=5, steps=4, exact=True))
    hanging = program.submit(prompt="a boat", sampler=f"{id}-sampler", steps=4)
    other = ended(program, program.submit(prompt="a house", seed=5, steps=4, exact=True))
    job = ended(program, hanging)
    assert job["state"] == "failed"
    assert id in job["error"]["message"]
    assert other["state"] == "done", other["error"]
    assert pixels(program, other) == pixels(program, alone)
    told = {one["id"]: one["trouble"] for one in program.get("/api/v1/extensions")}
    assert "seconds" in told[id]
