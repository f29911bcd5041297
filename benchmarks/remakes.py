"""How many saved pictures come out equal when they are made again: python -m benchmarks.remakes.

Pictures of every sampler, many schedules, sizes, seeds, options and ways to write a prompt are
saved; then each is made again from its PNG alone, in another studio, and compared pixel by pixel.
"""

from __future__ import annotations

import argparse
import queue
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from webui.builtin import SAMPLERS, SCHEDULES
from webui.inline_studio import inline_studio
from webui.request import parse
from webui.service import LOCAL_OWNER, DatedFiles, JobView, Studio, Told
from webui.settings import Settings

_PROMPTS = (
    "a red house in a field by day",
    "a (blue boat:1.2) on the sea at night",
    "a __colour__ __thing__ __place__",
    "a red [boat:house:0.5]",
    "a green tree :0.7 AND a tree in the snow :0.6",
    "a {yellow|pink} star, [day|night]",
)


def wishes(count: int) -> list[dict[str, Any]]:
    """Requests that leave little out."""
    random, found = Random(0), list[dict[str, Any]]()
    for number in range(count):
        sampler = SAMPLERS[number % len(SAMPLERS)]
        asked: dict[str, Any] = {
            "prompt": random.choice(_PROMPTS),
            "negative_prompt": random.choice(("", "", "night", "star")),
            "sampler": sampler.id,
            "schedule": random.choice(("auto", random.choice(SCHEDULES).id)),
            "steps": random.choice((4, 8, 11)),
            "cfg_scale": random.choice((1.0, 2.5, 3.5, 6.0)),
            "width": random.choice((64, 128, 136)),
            "height": random.choice((64, 128)),
            "seed": random.randrange(2**32),
            "noise_source": random.choice(("cpu", "nv")),
            "variation_strength": random.choice((0.0, 0.0, 0.3)),
            "clip_skip": random.choice((1, 1, 2)),
            "cfg_rescale": random.choice((0.0, 0.5)),
            "guidance_end": random.choice((1.0, 0.6)),
            "seed_delta": random.choice((0, 31337)),
            "emphasis": random.choice(("original", "no_norm", "ignore")),
            "batch_count": random.choice((1, 1, 2)),
        }
        if "eta" in dict(sampler.options):
            asked["eta"] = random.choice((None, 0.4))
        found.append(asked)
    return found


def make(settings: Settings, folder: Path, count: int) -> list[Path]:
    """At least so many saved pictures; the first ones count."""
    with inline_studio(settings, DatedFiles(folder)) as studio:
        jobs = [studio.submit(parse(asked), LOCAL_OWNER).id for asked in wishes(count)]
        ended = _wait(studio, jobs)
    for job in ended:
        if job.error:
            print(f"not made ({job.request.sampler}): {job.error.message}")
    return sorted(folder.glob("*/*.png"))[:count]


def remake(settings: Settings, folder: Path, pictures: Sequence[Path]) -> list[JobView]:
    """The jobs that made each again."""
    with inline_studio(settings, DatedFiles(folder)) as studio:
        return _wait(studio, [studio.remake(path, LOCAL_OWNER).id for path in pictures])


def _wait(studio: Studio, jobs: Sequence[str]) -> list[JobView]:
    told: queue.SimpleQueue[Told] = queue.SimpleQueue()
    for job in jobs:
        studio.subscribe(LOCAL_OWNER, job, None, told.put, previews=False)
    ended: set[str] = set()
    while len(ended) < len(jobs):
        event = told.get()
        if event.kind == "job" and JobView.model_validate(event.data).is_finished:
            ended.add(event.job)
    return [studio.job(job, LOCAL_OWNER) for job in jobs]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.remakes", description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        # One state for both: the number format is measured once for a machine and kept there.
        settings = Settings(outputs=root)
        pictures = make(settings, root / "first", count)
        again = remake(settings, root / "second", pictures)
    equal = sum(bool(job.remade and job.remade.equal) for job in again)
    for job in again:
        if not (job.remade and job.remade.equal):
            print(job.request.sampler, job.request.schedule, job.remade or job.error)
    print(f"{len(pictures)} pictures made again, {equal} equal")


if __name__ == "__main__":
    main()
