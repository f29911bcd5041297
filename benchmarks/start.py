"""Time to ready, time to the first picture, peak memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.server import studio


def measure_start() -> dict[str, float]:
    """The first start ever measures the network; the second one is what people meet each day."""
    results: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("first start", "later start"):
            start = time.perf_counter()
            with studio(Path(folder)) as server:
                results[f"{name}: seconds to ready"] = server.ready
                server.finish(server.submit(seed=1))
                seconds = time.perf_counter() - start
                results[f"{name}: seconds to the first picture"] = seconds
    begun = time.perf_counter()
    alone()
    results["diffusers script: seconds to the first picture"] = time.perf_counter() - begun
    return results


def alone() -> tuple[float, float, float]:
    """Run the reference in a process of its own: loading, first picture, peak memory."""
    command = [sys.executable, "-m", "benchmarks.diffusers_alone"]
    out = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    loading, first, peak = map(float, out.split())
    return loading, first, peak


def measure_memory() -> dict[str, float]:
    """Resident memory after a picture, MiB."""
    with studio() as server:
        server.finish(server.submit(seed=1))
        ours = server.worker().memory_info().rss
        web = sum(p.memory_info().rss for p in (server.worker().parent(),) if p)
    theirs = alone()[2]
    mib = 1 << 20
    return {
        "worker, MiB": ours / mib,
        "web process, MiB": web / mib,
        "diffusers script, MiB": theirs / mib,
        "worker / diffusers": ours / theirs,
    }
