"""The project's folder, its .venv, and the launcher's notes in there."""

import errno
import hashlib
import json
import os
import shutil
import sys
import sysconfig
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from launcher.lock import MARKER_VALUES, RUNTIME_LOCK, TEST_LOCK
from launcher.words import say


class State(NamedTuple):
    """What is in .venv; `done` is its digest, empty from an install's first step to its last."""

    torch_index: str = ""
    tests: bool = False
    packages: tuple[str, ...] = ()
    done: str = ""


class Studio(NamedTuple):
    """The folder that holds this file, and what the launcher keeps in it."""

    root: Path
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        folder = Path(self.path("scripts"))
        return folder / ("python.exe" if os.name == "nt" else "python")

    @property
    def site(self) -> Path:
        return Path(self.path("purelib"))

    @property
    def log(self) -> Path:
        return self.venv / "install.log"

    def path(self, kind: str) -> str:
        base = str(self.venv)
        return sysconfig.get_path(kind, "venv", {"base": base, "platbase": base})

    def lock(self, tests: bool) -> str:
        """The text of the lock. The test lock holds the runtime lock's packages too."""
        return (self.root / (TEST_LOCK if tests else RUNTIME_LOCK)).read_text(encoding="utf-8")

    def read_state(self) -> State:
        try:
            return State(**json.loads((self.venv / "launch.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return State()

    def write_state(self, state: State) -> None:
        fresh = self.venv / "launch.json.new"
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(state._asdict(), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.venv / "launch.json")


def digest(studio: Studio, wish: State) -> str:
    """Names one content of .venv: same digest, nothing to install."""
    parts = [sys.implementation.cache_tag, sysconfig.get_platform(), wish.torch_index]
    return hashlib.sha256(json.dumps([*parts, studio.lock(wish.tests)]).encode()).hexdigest()


def venv_problem(studio: Studio) -> str:
    """Why .venv cannot be used as it is; empty when it can. Starts no process."""
    try:
        text = (studio.venv / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return "is not complete"
    facts = dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)
    if not facts.get("command", "").endswith(" " + str(studio.venv)):
        return "was made for another place"
    if not studio.python.exists() or not Path(facts.get("home", "")).is_dir():
        return "has lost the Python that it was made with"
    version = ".".join(facts.get("version", "").split(".")[:2])
    if version != MARKER_VALUES["python_version"]:
        return f"is of Python {version}, and this is {MARKER_VALUES['python_version']}"
    return ""


def child_environment(studio: Studio) -> dict[str, str]:
    """The environment for programs in .venv: nothing from outside it gets imported."""
    env = dict(os.environ, PYTHONNOUSERSITE="1", VIRTUAL_ENV=str(studio.venv))
    for name in ("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__"):
        env.pop(name, None)
    env["PATH"] = studio.path("scripts") + os.pathsep + env.get("PATH", "")
    return env


@contextmanager
def alone(path: Path) -> Generator[None]:
    """One launcher at a time. pip inherits the lock: a killed launcher's pip still holds it."""
    with path.open("a+b") as handle:
        os.set_inheritable(handle.fileno(), True)
        told = False
        while not try_lock(handle.fileno()):
            if not told:
                say("Another launcher is installing here; waiting until it is done...")
                told = True
            time.sleep(0.2)
        yield


def try_lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Anything but "taken" means that this disk knows no locks: go on without.
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
    return True
