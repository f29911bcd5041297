"""Sharpens the VAE's decoder after the encoder is frozen: the UNet's latents stay what they are.

It looks at pieces around the things, where all detail is, and at latents a little off, as a sampler
leaves them.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from .device import half_precision, pick_device
from .pictures import load_masks, load_pixels
from .vae import CODEC_LAYERS, CODEC_RATE, HELD_OUT, psnr, to_tensor

BATCH = 24
CELLS = 10  # of a piece's side; the outermost miss their neighbours unless the picture ends there
FACTOR = 8
RATE = 5e-4
NOISE = 0.05  # of latents whose spread is 1


def polish_decoder(folder: Path, minutes: float, seed: int) -> AutoencoderKL:
    """Trains folder/vae's decoder on folder/latents.npy for `minutes` and saves it again."""
    torch.manual_seed(seed)
    rng, device = random.Random(seed), pick_device()
    pixels, masks = load_pixels(folder), load_masks(folder).max(1)
    latents = np.load(folder / "latents.npy", mmap_mode="r")
    vae = AutoencoderKL.from_pretrained(folder / "vae", low_cpu_mem_usage=False)
    vae = vae.to(device, memory_format=torch.channels_last)
    held_out = to_tensor(pixels[-HELD_OUT:]).to(device)
    print(f"polish: {psnr(vae, held_out):.2f} dB at the start", flush=True)
    optimizer = _new_optimizer(vae)
    began = time.time()
    step = 0
    while (share := (time.time() - began) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * min(1.0, (step + 1) / 50) * (1 - share)
        chosen = [rng.randrange(len(pixels) - HELD_OUT) for _ in range(BATCH)]
        corners = [_corner(masks[i], rng) for i in chosen]
        coded = np.stack([_piece(latents[i], c, 1) for i, c in zip(chosen, corners, strict=True)])
        wanted = [
            _piece(np.moveaxis(pixels[i], 2, 0), c, FACTOR)
            for i, c in zip(chosen, corners, strict=True)
        ]
        counts = np.stack([_counted(corner, len(masks[0])) for corner in corners])
        loss = _loss(vae, torch.from_numpy(coded).to(device), np.stack(wanted), counts)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.decoder.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 100 == 0:
            print(f"polish: step {step} {psnr(vae, held_out[:64]):.2f} dB", flush=True)
    print(f"polish: {psnr(vae, held_out):.2f} dB after {step} steps", flush=True)
    vae.save_pretrained(folder / "vae")
    return vae


def _new_optimizer(vae: AutoencoderKL) -> torch.optim.Optimizer:
    slow, fast = [], []
    for part in (vae.decoder, vae.post_quant_conv):
        for name, parameter in part.named_parameters():
            is_slow = part is vae.post_quant_conv or any(word in name for word in CODEC_LAYERS)
            (slow if is_slow else fast).append(parameter)
    groups = [{"params": slow, "rate": RATE * CODEC_RATE}, {"params": fast, "rate": RATE}]
    return torch.optim.AdamW(groups, RATE, betas=(0.9, 0.98), weight_decay=0, fused=True)


def _corner(mask: np.ndarray, rng: random.Random) -> tuple[int, int]:
    """The upper left cell of a piece: mostly around a cell with a thing."""
    last = len(mask) - CELLS
    rows, columns = np.nonzero(mask > 60)
    if len(rows) == 0 or rng.random() < 0.3:
        return rng.randint(0, last), rng.randint(0, last)
    at = rng.randrange(len(rows))
    y, x = (int(v) - rng.randrange(2, CELLS - 2) for v in (rows[at], columns[at]))
    return min(max(y, 0), last), min(max(x, 0), last)


def _piece(array: np.ndarray, corner: tuple[int, int], factor: int) -> np.ndarray:
    """The piece of an array (channels, h, w) with `factor` entries to a cell."""
    (y, x), side = (v * factor for v in corner), CELLS * factor
    return array[:, y : y + side, x : x + side]


def _counted(corner: tuple[int, int], cells: int) -> np.ndarray:
    """Which pixels (1, h, w) of a piece count: those whose surroundings are really there."""
    counted = np.ones((1, CELLS * FACTOR, CELLS * FACTOR), np.float32)
    for axis, begin in enumerate(corner, start=1):
        lines = np.moveaxis(counted, axis, 0)
        if begin > 0:
            lines[:FACTOR] = 0
        if begin + CELLS < cells:
            lines[-FACTOR:] = 0
    return counted


def _loss(
    vae: AutoencoderKL, coded: torch.Tensor, wanted: np.ndarray, counts: np.ndarray
) -> torch.Tensor:
    """L1 of values and of their steps, where a pixel counts."""
    latents = coded.float() + NOISE * torch.rand(1, device=coded.device) * torch.randn_like(
        coded, dtype=torch.float32
    )
    with half_precision(coded.device):
        made = vae.decode(latents / vae.config.scaling_factor).sample
    target = torch.from_numpy(wanted).to(coded.device).float() / 127.5 - 1
    weight = torch.from_numpy(counts).to(coded.device)
    error = (made.float() - target) * weight
    steps = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    return (error.abs().mean() + 0.7 * steps) / weight.mean()
