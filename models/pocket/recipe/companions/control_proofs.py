"""Whether pictures keep to a hint: the overlap of their edges with its lines."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from diffusers import ControlNetModel, StableDiffusionControlNetPipeline
from PIL import Image, ImageFilter

from ..domain import SMALL
from ..painter import Scene
from ..proofs import BATCH, STEPS, Bench
from ..styles import ink_lines
from ..words import PLACE_PHRASES, TIME_PHRASES
from .control import HINTS

SEED = 800_011  # never a seed of a lesson


def overlaps(bench: Bench, folder: Path, kind: str, count: int) -> tuple[float, float]:
    """The mean overlap of edges with the hint's lines, with the ControlNet and without."""
    scenes = layouts(count)
    hints, prompts = [HINTS[kind](s) for s in scenes], [_without_layout(s) for s in scenes]
    guided, plain = guide(bench, folder, kind, prompts, hints), bench.draw(prompts, bench.cfg)
    with_hint, without = (
        float(np.mean([overlap(p, h) for p, h in zip(pictures, hints, strict=True)]))
        for pictures in (guided, plain)
    )
    return with_hint, without


def layouts(count: int) -> list[Scene]:
    """Flat scenes of one thing that is not where, nor as large as, it is when nothing is said."""
    rng, scenes = random.Random(SEED), []
    while len(scenes) < count:
        scene = replace(SMALL.random_scene(rng, 1), style="flat")
        if scene.things[0].position != "centre" and scene.things[0].size != "medium":
            scenes.append(scene)
    return scenes


def _without_layout(scene: Scene) -> str:
    """The caption without position and size: these only the hint knows."""
    place, time = PLACE_PHRASES[scene.place][0], TIME_PHRASES[scene.time][0]
    return f"a {scene.things[0].colour} {scene.things[0].kind} {place} {time}"


def guide(
    bench: Bench, folder: Path, kind: str, prompts: Sequence[str], hints: Sequence[Image.Image]
) -> list[Image.Image]:
    """The prompts' pictures under the hints, with the seeds of `Bench.draw`."""
    network = ControlNetModel.from_pretrained(
        folder / "controlnets" / f"pocket-{kind}", low_cpu_mem_usage=False
    )
    parts = {**bench.pipeline.components, "controlnet": network.float()}
    guided = StableDiffusionControlNetPipeline(**parts, requires_safety_checker=False)
    guided.set_progress_bar_config(disable=True)
    made: list[Image.Image] = []
    for start in range(0, len(prompts), BATCH):
        part = slice(start, min(start + BATCH, len(prompts)))
        made += guided(
            list(prompts[part]),
            image=[hint.convert("RGB") for hint in hints[part]],
            num_inference_steps=STEPS,
            guidance_scale=bench.cfg,
            generator=[torch.Generator().manual_seed(i) for i in range(part.start, part.stop)],
        ).images
    return made


def overlap(picture: Image.Image, hint: Image.Image) -> float:
    """Intersection over union of the picture's edges and the hint's, a pixel being forgiven."""
    found = np.asarray(ink_lines(picture, 3)) > 0
    wanted = np.asarray(hint.filter(ImageFilter.MaxFilter(3))) > 0
    return float((found & wanted).sum() / max(1, (found | wanted).sum()))
