"""The drawn pictures as the UNet sees them: encoded once, with their scenes and masks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from .device import half_precision
from .object_maps import classes_of
from .painter import Scene
from .pictures import MOST_THINGS, load_masks, load_pixels, load_scenes
from .vae import to_tensor

ENCODE_BATCH = 128


@torch.no_grad()
def cache_latents(folder: Path, vae: AutoencoderKL) -> None:
    """Writes latents.npy: the encoded pictures, scaled as the UNet sees them."""
    pixels = load_pixels(folder)
    parts = []
    for start in range(0, len(pixels), ENCODE_BATCH):
        pictures = to_tensor(pixels[start : start + ENCODE_BATCH]).to(vae.device)
        with half_precision(vae.device):
            latents = vae.encode(pictures).latent_dist.mode()
        parts.append((latents.float() * vae.config.scaling_factor).half().cpu().numpy())
    np.save(folder / "latents.npy", np.concatenate(parts))


@dataclass(frozen=True)
class Dataset:
    """Latents (n, 4, 16, 16), masks (n, things, 16, 16), and who the things are (n, things)."""

    latents: np.ndarray
    masks: np.ndarray
    kinds: np.ndarray
    paints: np.ndarray
    scenes: list[Scene]

    @classmethod
    def load(cls, folder: Path) -> Dataset:
        """Reads what `draw_all` and `cache_latents` wrote."""
        scenes = load_scenes(folder)
        classes = classes_of(scenes, MOST_THINGS)
        return cls(np.load(folder / "latents.npy"), load_masks(folder), *classes, scenes)
