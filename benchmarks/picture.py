"""Seconds a picture at width 1, ours through the engine beside the diffusers pipeline."""

from __future__ import annotations

import queue
import time
from statistics import median

import torch

from benchmarks import diffusers_alone
from webui.engine.inline import InlineEngine
from webui.events import Done, Event, Failed
from webui.opening import surroundings
from webui.request import parse, resolve
from webui.settings import Settings
from webui.worker import build_runner, registry_of

ROUNDS = 9


def measure_picture() -> dict[str, float]:
    """Alternating, in one process, with the same threads, so that both meet the same weather."""
    settings = Settings()
    registry = registry_of(settings, "worker")
    heard: queue.SimpleQueue[Event] = queue.SimpleQueue()
    engine = InlineEngine(
        lambda listen, tell: build_runner(settings, registry, listen, tell),
        heard.put,
        lambda status: None,
    )
    around = surroundings(settings, registry)
    pipe = diffusers_alone.load()

    def ours(seed: int) -> float:
        fields = {
            "prompt": diffusers_alone.PROMPT,
            "steps": diffusers_alone.STEPS,
            "cfg_scale": diffusers_alone.SCALE,
            "sampler": "dpmpp_2m",
            "schedule": "karras",
            "width": 128,
            "height": 128,
            "seed": seed,
        }
        request = resolve(parse(fields), around.choices(), around.here)
        start = time.perf_counter()
        engine.submit(f"job {seed}", "me", request)
        while not isinstance(event := heard.get(), Done):
            if isinstance(event, Failed):
                raise SystemExit(event.message)
        return time.perf_counter() - start

    def theirs(seed: int) -> float:
        start = time.perf_counter()
        diffusers_alone.picture(pipe, seed)
        return time.perf_counter() - start

    ours(0)
    theirs(0)
    pairs = [(ours(seed), theirs(seed)) for seed in range(1, ROUNDS + 1)]
    threads = torch.get_num_threads()
    engine.close()
    return {
        "threads": threads,
        "Darkroom, seconds a picture": median(pair[0] for pair in pairs),
        "diffusers, seconds a picture": median(pair[1] for pair in pairs),
        "Darkroom / diffusers (median of ratios)": median(a / b for a, b in pairs),
    }
