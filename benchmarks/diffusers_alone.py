"""The reference: pocket with plain diffusers, as a person would write it."""

from __future__ import annotations

import sys
import time
from typing import Any

import psutil
import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline

from webui.settings import Settings

PROMPT = "a red boat on the sea"
STEPS, SCALE = 20, 4.0


def load() -> Any:
    pipe = StableDiffusionPipeline.from_pretrained(
        Settings().models / "pocket",
        dtype=torch.float32,
        local_files_only=True,
        low_cpu_mem_usage=False,
    )
    config = dict(pipe.scheduler.config)
    kept = ("beta_start", "beta_end", "beta_schedule", "prediction_type", "num_train_timesteps")
    pipe.scheduler = DPMSolverMultistepScheduler(
        **{key: config[key] for key in kept}, use_karras_sigmas=True
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def picture(pipe: Any, seed: int) -> Any:
    generator = torch.Generator().manual_seed(seed)
    return pipe(
        PROMPT,
        num_inference_steps=STEPS,
        guidance_scale=SCALE,
        width=128,
        height=128,
        generator=generator,
    ).images[0]


def main() -> None:
    """Print: seconds of loading and of the first picture, and the peak of resident memory."""
    start = time.perf_counter()
    pipe = load()
    loaded = time.perf_counter() - start
    picture(pipe, 1)
    first = time.perf_counter() - start
    peak = psutil.Process().memory_info().rss
    sys.stdout.write(f"{loaded} {first} {peak}\n")


if __name__ == "__main__":
    main()
