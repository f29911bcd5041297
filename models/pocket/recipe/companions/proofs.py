"""Whether companions do what they were taught, on scenes that no lesson held.

Run as a module it prints what each of them does, or each that is named.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny, DDPMScheduler
from PIL import Image
from safetensors.torch import load_file

from webui.evaluating.judge import Seen

from ..captions import plain_caption
from ..domain import SMALL
from ..painter import paint
from ..proofs import Bench, open_bench
from ..settings import MODEL_FOLDER
from ..upscaler import Upscaler, compare, decibels
from ..vae import to_tensor
from .control import HINTS
from .control_proofs import SEED, overlaps
from .embedding import load_embedding
from .lesson import Base
from .merging import merged

WEIGHTS = (0.0, 0.5, 1.0)
Shows = Callable[[Seen], bool]


@dataclass(frozen=True)
class Trial:
    """What a companion brings, where its file lies, and how the judge tells that it is there."""

    new: dict[str, str]
    file: str
    shows: Shows


def _kind(name: str) -> Shows:
    return lambda seen: any(thing.kind == name for thing in seen.things)


LORAS = {
    "robot": Trial({"kind": "robot"}, "loras/pocket-robot.safetensors", _kind("robot")),
    "crown": Trial({"kind": "crown"}, "loras/pocket-crown.safetensors", _kind("crown")),
    "blueprint": Trial(
        {"style": "blueprint"},
        "loras/pocket-blueprint.safetensors",
        lambda seen: seen.style == "blueprint",
    ),
}
TEAL = Trial(
    {"colour": "teal"},
    "embeddings/teal.safetensors",
    lambda seen: any(thing.colour == "teal" for thing in seen.things),
)


def prompts_for(trial: Trial, count: int) -> list[str]:
    """Captions of scenes of one thing, each with what is new."""
    rng, new = random.Random(SEED), trial.new
    scenes = []
    for _ in range(count):
        scene = SMALL.random_scene(rng, 1)
        thing = replace(scene.things[0], **{k: v for k, v in new.items() if k != "style"})
        scenes.append(replace(scene, things=(thing,), style=new.get("style", scene.style)))
    return [plain_caption(scene) for scene in scenes]


def lora(bench: Bench, folder: Path, trial: Trial, count: int) -> dict[str, str]:
    """The share of pictures with the new thing, and the distance to the base's, by weight."""
    prompts, base, rows = prompts_for(trial, count), base_of(bench), {}
    plain = bench.draw(prompts, bench.cfg)
    for weight in WEIGHTS:
        with merged(base, folder / trial.file, weight):
            made = bench.draw(prompts, bench.cfg)
        found, away = share(bench, made, trial), distance(plain, made)
        rows[f"weight {weight}"] = f"{found:.0%}, {away:.2f} away from the base's"
    same = distance(plain, bench.draw(prompts, bench.cfg)) == 0
    return rows | {"taken off": "equal to the base" if same else "NOT equal to the base"}


def with_and_without(bench: Bench, folder: Path, trial: Trial, count: int) -> tuple[float, float]:
    """The share of pictures in the new colour, without and with the embedding."""
    prompts = prompts_for(trial, count)
    without = share(bench, bench.draw(prompts, bench.cfg), trial)
    word = load_embedding(base_of(bench), folder / trial.file)
    made = share(bench, bench.draw(prompts, bench.cfg), trial)
    word.take_away()
    return without, made


def decoders(bench: Bench, folder: Path, count: int = 64) -> tuple[float, float]:
    """Decibels of the tiny decoder and of the large one, from the large one's latents."""
    rng = random.Random(SEED)
    arrays = [np.asarray(paint(SMALL.random_scene(rng)).image) for _ in range(count)]
    pictures, large = to_tensor(np.stack(arrays)), bench.pipeline.vae
    tiny = AutoencoderTiny.from_pretrained(
        folder / "tiny_vae", dtype=torch.float32, low_cpu_mem_usage=False
    )
    with torch.no_grad():
        latents = large.encode(pictures).latent_dist.mode()
        small = tiny.decode(latents * large.config.scaling_factor).sample
        full = large.decode(latents).sample
    return tuple(
        decibels((made.clamp(-1, 1) + 1) / 2, (pictures + 1) / 2) for made in (small, full)
    )


def upscaler(folder: Path) -> dict[str, str]:
    """Decibels on pictures painted at twice the size."""
    network = Upscaler()
    weights = load_file(folder / "upscalers" / "pocket-x2.safetensors")
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    return {name: f"{value:.2f} dB" for name, value in compare(network).items()}


def _embedding(bench: Bench, folder: Path, count: int) -> dict[str, str]:
    without, made = with_and_without(bench, folder, TEAL, count)
    return {"its colour": f"{made:.0%}, without {without:.0%}"}


def _control(bench: Bench, folder: Path, kind: str, count: int) -> dict[str, str]:
    with_hint, without = overlaps(bench, folder, kind, count)
    times = with_hint / max(without, 1e-9)
    return {"overlap": f"{with_hint:.3f}, without {without:.3f}: {times:.1f} times"}


def _tiny_vae(bench: Bench, folder: Path) -> dict[str, str]:
    small, full = decoders(bench, folder)
    return {"decoder": f"{small:.2f} dB, large {full:.2f} dB"}


def base_of(bench: Bench) -> Base:
    """The parts of the bench's pipeline, to hang companions on."""
    p = bench.pipeline
    noise = DDPMScheduler.from_config(p.scheduler.config)
    return Base(p.tokenizer, p.text_encoder, p.unet, p.vae, noise)


def share(bench: Bench, images: Sequence[Image.Image], trial: Trial) -> float:
    """In which part of the pictures the judge sees what is new."""
    return float(np.mean([trial.shows(seen) for seen in bench.look(images)]))


def distance(first: Sequence[Image.Image], second: Sequence[Image.Image]) -> float:
    """The mean difference of values 0..255."""
    gaps = [
        np.abs(np.asarray(a, float) - np.asarray(b, float)).mean()
        for a, b in zip(first, second, strict=True)
    ]
    return float(np.mean(gaps))


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m models.pocket.recipe.companions.proofs")
    parser.add_argument("names", nargs="*", help="which; else all")
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER)
    parser.add_argument("--folder", type=Path, default=MODEL_FOLDER / "companions")
    parser.add_argument("--cfg", type=float, default=3.5)
    parser.add_argument("--count", type=int, default=96, help="pictures for each")
    options = parser.parse_args()
    bench, folder, count = open_bench(options.model, options.cfg, 1), options.folder, options.count
    proofs: dict[str, Callable[[], dict[str, str]]] = {
        **{name: lambda t=trial: lora(bench, folder, t, count) for name, trial in LORAS.items()},
        "teal": lambda: _embedding(bench, folder, count),
        **{kind: lambda k=kind: _control(bench, folder, k, count // 2) for kind in HINTS},
        "tiny-vae": lambda: _tiny_vae(bench, folder),
        "upscaler": lambda: upscaler(folder),
    }
    for name in options.names or proofs:
        for what, value in proofs[name]().items():
            print(f"{name}: {what}: {value}", flush=True)


if __name__ == "__main__":
    main()
