"""A small studio behind a real web server: a scripted engine, a database in memory, no torch."""

from __future__ import annotations

import itertools
import json
import socket
import threading
from dataclasses import dataclass, field
from types import SimpleNamespace

import httpx
import uvicorn
from fastapi import FastAPI

from tests.conftest import TINY
from tests.service.cards_shelf import cards_of
from webui import builtin
from webui.api.card_routes import card_routes
from webui.api.control_routes import control_routes
from webui.api.desk_routes import desk_routes
from webui.api.docs_page import docs_routes
from webui.api.errors import add_error_handlers
from webui.api.extension_routes import extension_routes
from webui.api.guard import Guard
from webui.api.native import health_routes, native_routes
from webui.api.route_table import RouteTable
from webui.api.routes import ROUTES
from webui.api.source_routes import source_routes
from webui.builtin import SAMPLERS, SCHEDULES
from webui.builtin.core import load_function
from webui.builtin.preprocessors import PREPROCESSORS
from webui.engine import EngineStatus
from webui.events import Cancelled, Done, Failed, PictureReady, Preview, Progress, Started
from webui.extension import house as extension_house
from webui.extension.loading import load
from webui.extension.switches import FILE, Switches
from webui.pipelines import Hashes, Shelf
from webui.request import BrokenFile, Choices, FileUsed, Here
from webui.request.choices import ControlInfo
from webui.service import (
    LOCAL_OWNER,
    Database,
    DatedFiles,
    Desk,
    Inputs,
    Naming,
    Rows,
    Studio,
    Surroundings,
    Words,
)

HOSTS = ("127.0.0.1", "localhost", "[::1]")
BROKEN = BrokenFile("text.safetensors", "text.safetensors is not a safetensors file.")
EDGES = ControlInfo("edges", "Edges", "controlnet")
CHOICES = Choices(
    SAMPLERS,
    SCHEDULES,
    (TINY,),
    (BROKEN,),
    preprocessors=PREPROCESSORS,
    controls=(EDGES,),
    broken_controls=(BrokenFile("half", "half is not a whole file."),),
)
SOON = 20
"""Seconds within which what must happen has happened, on the slowest machine."""


class ScriptedEngine:
    """Does nothing of itself: the test says what happens to each job."""

    def __init__(self, listener, note):
        self.listener = listener
        self.note = note
        self.submitted = []
        self.cancelled = []
        self.watched = {}
        self.changed = threading.Condition()
        self.now = EngineStatus("ready", "fake")

    def submit(self, job_id, owner, request, skip=()):
        self.submitted.append((job_id, owner, request, tuple(skip)))

    def cancel(self, job_id):
        self.cancelled.append(job_id)
        self.listener(Cancelled(job_id))

    def watch(self, job_id, watched):
        with self.changed:
            self.watched[job_id] = watched
            self.changed.notify_all()

    def status(self):
        return self.now

    def close(self):
        pass

    def until_watched(self, job_id, watched):
        with self.changed:
            assert self.changed.wait_for(lambda: self.watched.get(job_id) is watched, SOON)

    def start(self, job_id):
        self.listener(Started(job_id))

    def step(self, job_id, step=1):
        self.listener(Progress(job_id, step, 4, step / 4, 2.0))

    def preview(self, job_id):
        self.listener(Preview(job_id, 0, 1, 1, 1, b"rgb"))

    def picture(self, job_id, index=0, size=(2, 1)):
        width, height = size
        pixels = bytes(width * height * 3)
        self.listener(PictureReady(job_id, index, width, height, {"device": "fake"}, pixels))

    def done(self, job_id):
        self.listener(Done(job_id, 0.5))

    def fail(self, job_id, message, field_=None):
        self.listener(Failed(job_id, message, field_))

    def make(self, job_id):
        """A whole job of one picture, of four steps."""
        self.start(job_id)
        for step in range(1, 5):
            self.step(job_id, step)
        self.picture(job_id)
        self.done(job_id)


@dataclass
class House:
    """A studio with its engine and its two residents' doors."""

    studio: Studio
    engine: ScriptedEngine
    rows: Rows
    around: SimpleNamespace
    door: FastAPI = field(init=False)

    def __post_init__(self):
        self.door = FastAPI(title="Darkroom", docs_url=None, redoc_url=None)
        add_error_handlers(self.door)
        for router in (
            native_routes(self.studio),
            desk_routes(self.studio),
            source_routes(self.studio),
            card_routes(self.studio),
            control_routes(self.studio),
            extension_routes(self.studio),
            health_routes(self.studio),
            docs_routes(),
        ):
            self.door.include_router(router)

    def guarded(self, owner=LOCAL_OWNER):
        return Guard(self.door, RouteTable(ROUTES), HOSTS, owner)

    def until_saved(self):
        """Wait until everything that the engine said so far is written down."""
        told = threading.Event()
        self.studio._events.put(_Marker(told))
        assert told.wait(SOON)


class _Marker:
    """Stands in the row of events; looked up by the saver like the event of an unknown job."""

    def __init__(self, reached):
        self._reached = reached

    @property
    def job(self):
        self._reached.set()
        return "no such job"


ACTING = """
from webui.extension import hook

@hook
def transform_request(request, inputs):
    return request.model_copy(update={"prompt": request.prompt + inputs["words"]})
"""
MANIFEST = """
[project]
name = "adding"
version = "1.0"
[tool.webui]
id = "adding"
api = 1
[tool.webui.inputs.words]
type = "text"
default = ", sunny"
[tool.webui.settings.loud]
type = "switch"
"""


def extensions_in(folder, state):
    """A good extension and a broken one, loaded."""
    for name, entry in {"adding": ACTING, "broken": "import no_such_module_at_all"}.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "pyproject.toml").write_text(MANIFEST.replace("adding", name))
        (folder / name / "__init__.py").write_text(entry)
    switches = Switches(state / FILE)
    return extension_house.House(load([folder], builtin=builtin), switches)


def build_house(outputs):
    engines = []

    def make_engine(listener, note):
        engines.append(ScriptedEngine(listener, note))
        return engines[0]

    seconds, ids = itertools.count(1_700_000_000), itertools.count(1)
    around = SimpleNamespace(choices=lambda: CHOICES)
    words = Words(outputs / "models")
    naming = Naming(Shelf(outputs / "models", Hashes(None)))
    rows = Rows(Database(None))
    studio = Studio(
        rows,
        DatedFiles(outputs),
        Surroundings(
            choices=lambda: around.choices(),
            here=Here(
                lambda info: "ab" * 32,
                lambda: 77,
                words.word,
                words.draw,
                naming,
                control=lambda name, field: FileUsed(role="control", name=name, sha256="cd" * 32),
                missing=lambda maker: f"{maker.label} lacks its weights." if maker.needs else "",
            ),
            desk=Desk(words, lambda: around.choices(), lambda name: None),
            inputs=Inputs(outputs / ".darkroom" / "inputs"),
            version="1.2",
            cards=cards_of(outputs / "models", lambda: around.choices(), TINY),
            function_of=lambda maker: (load_function(maker.function), "1"),
            extensions=extensions_in(outputs / "extensions", outputs / ".darkroom"),
            clock=lambda: float(next(seconds)),
            new_id=lambda: f"{next(ids):032x}",
        ),
        make_engine,
    )
    rows.add_owner("other", "Somebody else", 0.0)
    return House(studio, engines[0], rows, around)


class Server:
    """A real web server on a free loopback port; `app` may be exchanged between tests."""

    def __init__(self):
        self.app = None
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            self._pass_on,
            interface="asgi3",
            lifespan="off",
            log_level="error",
            server_header=False,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=16 << 10,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()

    async def _pass_on(self, scope, receive, send):
        await self.app(scope, receive, send)

    def client(self):
        return httpx.Client(base_url=self.address, timeout=SOON, trust_env=False)

    def close(self):
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def raw(port, data, *, until_end=True):
    """Send bytes as they are and return the whole answer; what is cut off mid-way is fine."""
    with socket.create_connection(("127.0.0.1", port), timeout=SOON) as line:
        try:
            for part in data if isinstance(data, list) else [data]:
                line.sendall(part)
        except OSError:
            pass  # the server has answered and hung up before it heard everything
        answer = b""
        try:
            while part := line.recv(65536):
                answer += part
                if not until_end:
                    break
        except ConnectionResetError:
            pass
        return answer


def status_of(answer):
    return int(answer.split(b" ", 2)[1])


@dataclass(frozen=True)
class Heard:
    """One server-sent event."""

    id: str
    kind: str
    data: dict


def listen(client, path, after=None):
    """Context: an open event stream, and an iterator over its events."""
    headers = {"Last-Event-ID": after} if after else {}
    return client.stream("GET", path, headers=headers)


def heard(response):
    """The events of a stream, as the HTML standard reads them."""
    found = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(":")
            found[name] = value.removeprefix(" ")
        elif "data" in found:
            yield Heard(found.get("id", ""), found["event"], json.loads(found["data"]))
            found = {}
