"""A x2 upscaler for the painter's world, in the "compact" layout that spandrel recognises.

A plain chain of convolutions (SRVGGNetCompact of Real-ESRGAN, arXiv:2107.10833) finds what to add
to the picture enlarged by its nearest pixels. It learns on pictures painted at 256 pixels.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from .device import half_precision, pick_device
from .domain import FULL
from .painter import SIZE, Scene, paint
from .vae import to_tensor

SCALE = 2
CHANNELS, CONVOLUTIONS = 32, 8
BATCH, CROP = 16, 48  # pixels of the small side
RATE = 1e-3
PICTURES = 600
HELD_OUT_SEED = 700_001


class Upscaler(nn.Module):
    """From (n, 3, h, w) in 0..1 to (n, 3, 2h, 2w); the names of its weights are the layout's."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, CHANNELS, 3, 1, 1), nn.PReLU(CHANNELS)]
        for _ in range(CONVOLUTIONS):
            layers += [nn.Conv2d(CHANNELS, CHANNELS, 3, 1, 1), nn.PReLU(CHANNELS)]
        layers.append(nn.Conv2d(CHANNELS, 3 * SCALE**2, 3, 1, 1))
        self.body = nn.ModuleList(layers)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Enlarges."""
        features = pictures
        for layer in self.body:
            features = layer(features)
        return F.pixel_shuffle(features, SCALE) + F.interpolate(pictures, scale_factor=SCALE)


def train_upscaler(out: Path, minutes: float, seed: int) -> dict[str, float]:
    """Trains, writes `out` (fp16 safetensors) and gives dB on held-out pictures."""
    torch.manual_seed(seed)
    device, rng = pick_device(), random.Random(seed)
    large = _large([FULL.random_scene(rng) for _ in range(PICTURES)]).to(device)
    network = Upscaler().to(device)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0)
    began = time.time()
    while (share := (time.time() - began) / (60 * minutes)) < 1:
        optimizer.param_groups[0]["lr"] = RATE * (1 - share)
        wanted = _crops(large, rng)
        with half_precision(device):
            made = network(F.avg_pool2d(wanted, SCALE))
        loss = (made.float() - wanted).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file({n: v.half().cpu() for n, v in network.state_dict().items()}, out)
    return compare(network.cpu())


def compare(network: nn.Module, count: int = 32) -> dict[str, float]:
    """dB of the network and of Lanczos on pictures that the training never saw."""
    rng = random.Random(HELD_OUT_SEED)
    wanted = _large([FULL.random_scene(rng) for _ in range(count)])
    small = F.avg_pool2d(wanted, SCALE)
    with torch.no_grad():
        made = torch.cat([network(part).clamp(0, 1) for part in small.split(8)])
    return {"upscaler": decibels(made, wanted), "lanczos": decibels(lanczos(small), wanted)}


def lanczos(small: torch.Tensor) -> torch.Tensor:
    """What any program does without a network."""
    rows = []
    for picture in small:
        image = Image.fromarray((picture * 255).round().byte().permute(1, 2, 0).numpy())
        large = image.resize((image.width * SCALE, image.height * SCALE), Image.Resampling.LANCZOS)
        rows.append(torch.from_numpy(np.array(large)).permute(2, 0, 1).float() / 255)
    return torch.stack(rows)


def decibels(made: torch.Tensor, wanted: torch.Tensor) -> float:
    """Mean peak signal-to-noise ratio of pictures in 0..1."""
    error = (made - wanted).square().mean(dim=(1, 2, 3)).clamp_min(1e-10)
    return float((-10 * error.log10()).mean())


def _large(scenes: Sequence[Scene]) -> torch.Tensor:
    arrays = [np.asarray(paint(scene, size=SCALE * SIZE).image) for scene in scenes]
    return (to_tensor(np.stack(arrays)) + 1) / 2


def _crops(large: torch.Tensor, rng: random.Random) -> torch.Tensor:
    """Random squares; even corners keep the averaging in step with the painter's pixels."""
    side, parts = SCALE * CROP, []
    for _ in range(BATCH):
        picture = large[rng.randrange(len(large))]
        y, x = (SCALE * rng.randrange((SCALE * SIZE - side) // SCALE + 1) for _ in range(2))
        parts.append(picture[:, y : y + side, x : x + side])
    return torch.stack(parts)
