"""A real studio in a temporary folder, for measuring."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

PATIENCE = 300


@dataclass(frozen=True)
class Server:
    """A running studio. `ready` is the seconds it took from the start to ready."""

    url: str
    process: subprocess.Popen[bytes]
    ready: float

    def submit(self, **fields: Any) -> str:
        body = {"prompt": "a red boat on the sea", "steps": 20, "cfg_scale": 4.0, **fields}
        body = {"sampler": "dpmpp_2m", "schedule": "karras", "width": 128, "height": 128, **body}
        return httpx.post(f"{self.url}/api/v1/jobs", json=body, timeout=60).json()["id"]

    def finish(self, job: str) -> None:
        """Listen until the job has ended: no polling, which would cost time itself."""
        url = f"{self.url}/api/v1/jobs/{job}/events?previews=false"
        with httpx.stream("GET", url, timeout=PATIENCE) as events:
            for _ in events.iter_lines():
                pass

    def worker(self) -> psutil.Process:
        return psutil.Process(self.process.pid).children()[0]


@contextmanager
def studio(state: Path | None = None) -> Generator[Server]:
    """Start, wait for ready, and stop. `state` is an outputs folder that was used before."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        outputs = state or Path(folder)
        command = [sys.executable, "-m", "webui", "serve", "--port", str(port)]
        start = time.perf_counter()
        process = subprocess.Popen([*command, "--outputs", str(outputs)], stdout=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        wait(lambda: httpx.get(f"{url}/healthz").json()["state"] == "ready")
        try:
            yield Server(url, process, time.perf_counter() - start)
        finally:
            process.terminate()
            process.wait(30)


def wait(is_true: Callable[[], bool]) -> None:
    """Ask until it is so."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if is_true():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise TimeoutError("the studio did not become ready")
