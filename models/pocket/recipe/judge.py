"""Trains the judge of `webui.evaluating` on painter pictures.

It must not be fooled by what a diffusion model does to a picture, so it sees them shifted, blurred
and noisy, too; it is checked on held-out ones before anybody believes it.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from webui.evaluating.judge import NOTHING, Answers, Judge, JudgeNetwork

from .device import half_precision, pick_device
from .domain import DOMAINS, Domain, with_companions
from .objects import OBJECTS
from .painter import SIZES, Scene, paint
from .palette import COLOURS
from .pictures import draw_all, load_pixels, load_scenes, scenes, shuffled_batches
from .places import PLACES, TIMES
from .settings import MODEL_FOLDER, WORK_FOLDER
from .styles import STYLES
from .text_warmup import labels
from .vae import to_tensor

BATCH = 64
RATE = 2e-3
HELD_OUT_SEED = 1_000_003
HELD_OUT = 1000
PICTURES = 30_000

ANSWERS = Answers(
    kinds=(NOTHING, *OBJECTS),
    colours=tuple(COLOURS),
    sizes=tuple(SIZES),
    places=tuple(PLACES),
    times=tuple(TIMES),
    styles=tuple(STYLES),
)


def train_judge(work: Path, out: Path, domain: Domain, epochs: int, seed: int) -> dict[str, float]:
    """Draws into `work`, trains, writes out/judge.* and gives the shares of right answers.

    It learns the domain of the model and what the companions add to it.
    """
    torch.manual_seed(seed)
    work.mkdir(parents=True, exist_ok=True)
    draw_all(work, scenes(with_companions(domain), seed, PICTURES), workers=2)
    device, pixels = pick_device(), load_pixels(work)
    wanted = {name: v.to(device) for name, v in labels(load_scenes(work)).items()}
    network = JudgeNetwork(ANSWERS).to(device, memory_format=torch.channels_last)
    steps = len(pixels) // BATCH * epochs
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps)
    batches = shuffled_batches(len(pixels), BATCH, seed)
    for step, indices in zip(range(1, steps + 1), batches, strict=False):
        chosen = torch.from_numpy(indices).to(device)
        with half_precision(device):
            scores = network(disturbed(to_tensor(pixels[indices]).to(device)))
        loss = sum(
            nn.functional.cross_entropy(
                scores[n].float().flatten(0, -2), wanted[n][chosen].flatten()
            )
            for n in wanted
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 200 == 0:
            print(f"judge: step {step} of {steps} loss {loss.item():.3f}", flush=True)
    save_judge(network, out)
    return check(out, with_companions(domain))


def disturbed(pictures: torch.Tensor) -> torch.Tensor:
    """A little shift, softness and noise, other ones in each batch."""
    pictures = torch.roll(pictures, tuple(np.random.randint(-3, 4, 2)), (2, 3))
    if random.random() < 0.5:
        soft = nn.functional.avg_pool2d(pictures, 3, 1, 1)
        pictures = pictures.lerp(soft, random.random())
    return pictures + 0.1 * random.random() * torch.randn_like(pictures)


def save_judge(network: JudgeNetwork, out: Path) -> None:
    """Writes judge.safetensors (fp16) and judge.json (its words)."""
    out.mkdir(parents=True, exist_ok=True)
    state = {
        name: value.half() if value.is_floating_point() else value
        for name, value in network.state_dict().items()
    }
    save_file({n: v.cpu().contiguous() for n, v in state.items()}, out / "judge.safetensors")
    (out / "judge.json").write_text(json.dumps(asdict(ANSWERS), indent=2) + "\n")


def check(folder: Path, domain: Domain, count: int = HELD_OUT) -> dict[str, float]:
    """The share of right answers on held-out painter pictures, per property."""
    held_out = scenes(domain, HELD_OUT_SEED, count)
    seen = Judge.load(folder).look([paint(scene).image for scene in held_out])
    right: dict[str, list[bool]] = {}
    for scene, got in zip(held_out, seen, strict=True):
        for name in ("place", "time", "style"):
            right.setdefault(name, []).append(getattr(scene, name) == getattr(got, name))
        _compare_things(scene, {thing.position: thing for thing in got.things}, right)
    return {name: sum(values) / len(values) for name, values in right.items()}


def _compare_things(scene: Scene, found: dict, right: dict[str, list[bool]]) -> None:
    """A thing is right where it stands: kind, colour and size are asked of that place."""
    right.setdefault("count", []).append(len(found) == len(scene.things))
    for thing in scene.things:
        got = found.get(thing.position)
        right.setdefault("position", []).append(got is not None)
        for name in ("kind", "colour", "size"):
            same = got is not None and getattr(got, name) == getattr(thing, name)
            right.setdefault(name, []).append(same)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m models.pocket.recipe.judge")
    parser.add_argument("--domain", choices=DOMAINS, default="small")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=WORK_FOLDER / "judge")
    parser.add_argument("--out", type=Path, default=MODEL_FOLDER / "judge")
    options = parser.parse_args()
    domain = DOMAINS[options.domain]
    for name, share in train_judge(
        options.work, options.out, domain, options.epochs, options.seed
    ).items():
        print(f"{name:10} {share:.1%}")


if __name__ == "__main__":
    main()
