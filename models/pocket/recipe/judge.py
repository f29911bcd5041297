"""A small classifier of the painted object; what else a picture shows, `measure` reads by rule.

It is trained on painter pictures, shrunk so that the VAE's softness matters little, and checked on
held-out ones before anybody believes it.
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from .objects import OBJECTS
from .painter import SIZE, Scene, paint, random_scene
from .pictures import load_pixels, load_scenes, shuffled_batches
from .vae import to_tensor

SIDE = 32
STEPS = 1500
BATCH = 64
RATE = 2e-3


def new_judge() -> nn.Sequential:
    """Four convolutions and a linear layer, 0.1 M parameters."""
    layers: list[nn.Module] = []
    for inputs, outputs, stride in ((3, 24, 1), (24, 48, 2), (48, 64, 2), (64, 64, 2)):
        layers += [
            nn.Conv2d(inputs, outputs, 3, stride, 1),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 16, len(OBJECTS)))


def train_judge(work: Path, seed: int = 1) -> None:
    """Trains on the drawn pictures and writes judge.safetensors."""
    torch.manual_seed(seed)
    pictures = torch.cat([_shrink(to_tensor(part)) for part in _parts(load_pixels(work))])
    kinds = list(OBJECTS)
    wanted = torch.tensor([kinds.index(scene.object) for scene in load_scenes(work)])
    judge = new_judge()
    optimizer = torch.optim.AdamW(judge.parameters(), RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, STEPS)
    for _, indices in zip(range(STEPS), shuffled_batches(len(pictures), BATCH, seed), strict=False):
        chosen = torch.from_numpy(indices)
        noisy = pictures[chosen] + 0.08 * torch.randn(BATCH, 3, SIDE, SIDE)
        loss = nn.functional.cross_entropy(judge(noisy), wanted[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    save_file(judge.state_dict(), work / "judge.safetensors")
    rng = random.Random(seed + 1)
    scenes = [random_scene(rng) for _ in range(400)]
    right = right_objects(work, scenes, [paint(s).image for s in scenes])
    print(f"judge: {sum(right) / len(right):.3f} of the objects on held-out pictures", flush=True)


@torch.no_grad()
def right_objects(work: Path, scenes: list[Scene], images: list[Image.Image]) -> list[bool]:
    """Whether the judge sees in each picture the object of its scene."""
    judge = new_judge()
    judge.load_state_dict(load_file(work / "judge.safetensors"))
    pixels = np.stack([np.asarray(image.convert("RGB")) for image in images])
    answers = judge.eval()(_shrink(to_tensor(pixels))).argmax(1)
    kinds = list(OBJECTS)
    return [kinds[answer] == s.object for answer, s in zip(answers, scenes, strict=True)]


def _shrink(pictures: torch.Tensor) -> torch.Tensor:
    return nn.functional.avg_pool2d(pictures, SIZE // SIDE)


def _parts(pixels: np.ndarray) -> list[np.ndarray]:
    return np.array_split(pixels, max(1, len(pixels) // 500))
