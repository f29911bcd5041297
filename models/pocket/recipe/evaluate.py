"""`python -m recipe.evaluate`: samples fixed prompts with plain diffusers and measures them."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import DPMSolverMultistepScheduler, EulerDiscreteScheduler, StableDiffusionPipeline
from PIL import Image, ImageDraw

from . import judge, measure
from .captions import plain_caption
from .objects import OBJECTS
from .painter import POSITIONS, SIZES, Scene, paint
from .palette import COLOURS
from .places import PLACES, TIMES
from .settings import MODEL_FOLDER, WORK_FOLDER

SAMPLERS = {"dpm++2m": DPMSolverMultistepScheduler, "euler": EulerDiscreteScheduler}
BATCH = 8
LABEL = 24  # pixels under each picture of the contact sheet


def fixed_scenes(count: int) -> list[Scene]:
    """The demo prompt first; then every object, colour, place and time in turn, never by chance."""
    scenes = [Scene("boat", "red", "sea", "day", "medium", "centre", 0)]
    for i in range(1, count):
        scenes.append(
            Scene(
                object=_turn(OBJECTS, i),
                colour=_turn(COLOURS, i * 3 + i // 8),
                place=_turn(PLACES, i * 2),
                time=_turn(TIMES, i + i // 8),
                size=_turn(SIZES, 1 + i // 2),
                position=_turn(POSITIONS, 1 + i // 3),
                seed=i,
            )
        )
    return scenes


def prompt(scene: Scene) -> str:
    """What the model is asked: the demo prompt in its own words, the rest with all said."""
    return plain_caption(scene) if scene.seed else "a red boat on the sea"


def load(folder: Path, sampler: str) -> StableDiffusionPipeline:
    """The pocket model as anybody would load it, with the sampler asked for."""
    pipeline = StableDiffusionPipeline.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, low_cpu_mem_usage=False
    )
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = SAMPLERS[sampler].from_config(pipeline.scheduler.config)
    return pipeline


def sample(
    pipeline: StableDiffusionPipeline, prompts: list[str], steps: int, cfg: float
) -> list[Image.Image]:
    """One picture per prompt; each has its own seed, so the batch size changes nothing."""
    images: list[Image.Image] = []
    for start in range(0, len(prompts), BATCH):
        part = prompts[start : start + BATCH]
        seeds = [torch.Generator().manual_seed(start + i) for i in range(len(part))]
        images += pipeline(
            part, num_inference_steps=steps, guidance_scale=cfg, generator=seeds
        ).images
    return images


def scores(work: Path, scenes: list[Scene], images: list[Image.Image]) -> dict[str, list[bool]]:
    """For each measured property, whether each picture has what was asked for."""
    seen = [measure.place_and_time(image) for image in images]
    return {
        "colour": [measure.colour(i, s) == s.colour for s, i in zip(scenes, images, strict=True)],
        "object": judge.right_objects(work, scenes, images),
        "position": [
            measure.position(i, s) == s.position for i, s in zip(images, scenes, strict=True)
        ],
        "place": [place == s.place for s, (place, _) in zip(scenes, seen, strict=True)],
        "time": [time_ == s.time for s, (_, time_) in zip(scenes, seen, strict=True)],
    }


def contact_sheet(scenes: list[Scene], images: list[Image.Image], path: Path) -> None:
    """All pictures with their prompts below, eight in a row."""
    side, columns = images[0].width, 8
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * side, rows * (side + LABEL)), "white")
    draw = ImageDraw.Draw(sheet)
    for i, (scene, image) in enumerate(zip(scenes, images, strict=True)):
        x, y = i % columns * side, i // columns * (side + LABEL)
        sheet.paste(image, (x, y))
        words = (f"{scene.size} {scene.colour} {scene.object}", f"{scene.place} {scene.time} ")
        draw.text((x + 2, y + side), words[0], "black", font_size=10)
        draw.text((x + 2, y + side + 11), words[1] + scene.position, "black", font_size=10)
    sheet.save(path)


def table(
    scenes: list[Scene], result: dict[str, list[bool]], by: Callable[[Scene], str]
) -> list[str]:
    """One line per value of `by` with the share of right pictures in each property."""
    lines = []
    for value in dict.fromkeys(by(s) for s in scenes):
        chosen = [i for i, s in enumerate(scenes) if by(s) == value]
        shares = [sum(r[i] for i in chosen) / len(chosen) for r in result.values()]
        lines.append(f"{value:10}" + "".join(f"{share:9.2f}" for share in shares))
    return lines


def main() -> None:
    """Prints the table for the model and for the painter, and writes the contact sheet."""
    parser = argparse.ArgumentParser(prog="python -m recipe.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER)
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--sampler", choices=SAMPLERS, default="dpm++2m")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--cfg", type=float, default=3.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, default=WORK_FOLDER)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    scenes = fixed_scenes(options.count)
    pipeline = load(options.model, options.sampler)
    began = time.time()
    images = sample(pipeline, [prompt(s) for s in scenes], options.steps, options.cfg)
    print(f"{options.sampler}, {options.steps} steps, cfg {options.cfg}: ", end="")
    print(f"{(time.time() - began) / len(scenes):.2f} s a picture")
    contact_sheet(scenes, images, options.work / "contact-sheet.png")
    if not (options.work / "judge.safetensors").exists():
        judge.train_judge(options.work)
    result = scores(options.work, scenes, images)
    ceiling = scores(options.work, scenes, [paint(s).image for s in scenes])
    print(f"{'':10}" + "".join(f"{name:>9}" for name in result))
    print("\n".join(table(scenes, ceiling, lambda _scene: "painter")))
    print("\n".join(table(scenes, result, lambda _scene: "model")))
    print("\n".join(table(scenes, result, lambda scene: scene.object)))


def _turn(values: dict[str, object], i: int) -> str:
    return list(values)[i % len(values)]


if __name__ == "__main__":
    main()
