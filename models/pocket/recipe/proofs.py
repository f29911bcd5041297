"""What the model's card claims beyond following prompts, measured with plain diffusers.

Run as a module it prints each measure: guidance, negative prompts, image-to-image, the VAE, and the
companions that are there.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from PIL import Image

from webui.evaluating.judge import Judge, Seen
from webui.evaluating.prompts import Prompt, read_prompts
from webui.evaluating.scores import scores

from .domain import SMALL
from .painter import paint
from .settings import MODEL_FOLDER
from .vae import psnr, to_tensor

STEPS = 20
BATCH = 16
UNNAMED = ("on the sea at night", "in a field", "in the snow", "at sunset in the desert")


@dataclass(frozen=True)
class Bench:
    """The model, its judge, and how much to draw."""

    pipeline: StableDiffusionPipeline
    judge: Judge
    prompts: tuple[Prompt, ...]
    cfg: float

    def draw(self, prompts: Sequence[str], cfg: float, negative: str = "") -> list[Image.Image]:
        """One picture a prompt, with the seeds 0, 1, 2, …"""
        images: list[Image.Image] = []
        for start in range(0, len(prompts), BATCH):
            part = list(prompts[start : start + BATCH])
            images += self.pipeline(
                part,
                negative_prompt=[negative] * len(part),
                num_inference_steps=STEPS,
                guidance_scale=cfg,
                generator=[torch.Generator().manual_seed(start + i) for i in range(len(part))],
            ).images
        return images

    def look(self, images: Sequence[Image.Image]) -> list[Seen]:
        """What the judge sees."""
        return self.judge.look(images)


def guidance(bench: Bench) -> dict[str, str]:
    """Adherence without guidance and with the default one."""
    rows: dict[str, str] = {}
    for cfg in (1.0, bench.cfg):
        seen = bench.look(bench.draw([p.text for p in bench.prompts], cfg))
        pairs = [(p.wanted, s) for p, s in zip(bench.prompts, seen, strict=True) if p.wanted]
        rows[f"cfg {cfg:g}"] = ", ".join(
            f"{name} {score.share:.0%}" for name, score in scores(pairs).items()
        )
    return rows


def negative_prompt(bench: Bench, count: int = 240) -> dict[str, str]:
    """How many pictures of nothing in particular hold a star, without and with it as negative."""
    prompts = [UNNAMED[i % len(UNNAMED)] for i in range(count)]
    rows: dict[str, str] = {}
    for negative in ("", "star"):
        seen = bench.look(bench.draw(prompts, bench.cfg, negative))
        stars = sum(any(thing.kind == "star" for thing in s.things) for s in seen)
        rows[f"stars with the negative {negative!r}"] = f"{stars} of {count}"
    return rows


def image_to_image(bench: Bench, count: int = 16) -> dict[str, str]:
    """The mean distance (0..255) to the input by strength."""
    rng = random.Random(5)
    inputs = [paint(SMALL.random_scene(rng, 1)).image for _ in range(count)]
    redraw = StableDiffusionImg2ImgPipeline(
        **bench.pipeline.components, requires_safety_checker=False
    )
    redraw.set_progress_bar_config(disable=True)
    rows: dict[str, str] = {}
    for strength in (0.1, 0.5, 0.9):
        made = redraw(
            ["a red boat on the sea"] * count,
            image=inputs,
            strength=strength,
            num_inference_steps=STEPS,
            guidance_scale=bench.cfg,
            generator=[torch.Generator().manual_seed(i) for i in range(count)],
        ).images
        gaps = [
            np.abs(np.asarray(a, float) - np.asarray(b, float)).mean()
            for a, b in zip(inputs, made, strict=True)
        ]
        rows[f"distance at strength {strength}"] = f"{np.mean(gaps):.1f}"
    return rows


def reconstruction(bench: Bench, count: int = 128) -> dict[str, str]:
    """Decibels of the VAE on pictures that no training saw."""
    rng = random.Random(900_001)
    arrays = [np.asarray(paint(SMALL.random_scene(rng)).image) for _ in range(count)]
    return {"VAE": f"{psnr(bench.pipeline.vae, to_tensor(np.stack(arrays))):.2f} dB"}


def speed(bench: Bench) -> dict[str, str]:
    """Seconds of one picture alone."""
    bench.draw(["a red boat on the sea"], bench.cfg)
    began = time.time()
    bench.draw(["a red boat on the sea"], bench.cfg)
    return {"one picture": f"{time.time() - began:.2f} s, {torch.get_num_threads()} threads"}


PROOFS: dict[str, Callable[[Bench], dict[str, str]]] = {
    "guidance": guidance,
    "negative": negative_prompt,
    "image-to-image": image_to_image,
    "vae": reconstruction,
    "speed": speed,
}


def open_bench(model: Path, cfg: float, count: int) -> Bench:
    """Loads model, judge and `count` of the fixed prompts."""
    pipeline = StableDiffusionPipeline.from_pretrained(
        model, dtype=torch.float32, local_files_only=True, low_cpu_mem_usage=False
    )
    pipeline.set_progress_bar_config(disable=True)
    known = read_prompts(MODEL_FOLDER / "judge" / "prompts.json")
    prompts = tuple(known[i * len(known) // count] for i in range(count))
    return Bench(pipeline, Judge.load(MODEL_FOLDER / "judge"), prompts, cfg)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m models.pocket.recipe.proofs")
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(PROOFS)}; else all")
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER)
    parser.add_argument("--cfg", type=float, default=3.5)
    parser.add_argument("--count", type=int, default=100, help="prompts for guidance")
    options = parser.parse_args()
    bench = open_bench(options.model, options.cfg, options.count)
    for name in options.names or PROOFS:
        for what, value in PROOFS[name](bench).items():
            print(f"{what}: {value}", flush=True)


if __name__ == "__main__":
    main()
