"""The real program: a server process with a worker process, the shipped model, real files."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

PATIENCE = 240


@dataclass
class Program:
    """One studio on disk, which can be started, killed and started again."""

    outputs: Path
    port: int = field(default_factory=lambda: free_port())
    words: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "webui", "serve", "--port", str(self.port)]
        command += ["--outputs", str(self.outputs), *self.words]
        self.process = subprocess.Popen(command)
        self.wait(lambda: self.get("/healthz")["state"] == "ready")

    def kill_everything(self) -> None:
        """SIGKILL to the server and to all its children, at once."""
        assert self.process
        family = [self.process.pid, *(child.pid for child in self._children())]
        for pid in family:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def kill_worker(self) -> None:
        for child in self._children():
            child.kill()

    def stop(self) -> int:
        """End in order, as Ctrl+C does."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)

    def _children(self) -> list[psutil.Process]:
        assert self.process
        return psutil.Process(self.process.pid).children(recursive=True)

    def get(self, path: str) -> Any:
        answer = httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE)
        return answer.json()

    def submit(self, **fields: Any) -> str:
        url = f"http://127.0.0.1:{self.port}/api/v1/jobs"
        answer = httpx.post(url, json=fields, timeout=PATIENCE)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def wait(self, is_true: Callable[[], bool]) -> None:
        """Ask again and again; the program has no other way to tell a test that it is up."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process
            assert self.process.poll() is None, "the server ended by itself"
            try:
                if is_true():
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)  # between two questions to another process
        raise AssertionError("waited too long")

    def pictures(self) -> list[Path]:
        return sorted(self.outputs.glob("*/*.png"))

    def parts(self) -> list[Path]:
        return sorted(self.outputs.rglob("*.part"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path / "outputs")
    program.start()
    yield program
    if program.process and program.process.poll() is None:
        program.stop()
