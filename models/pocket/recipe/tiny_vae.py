"""A tiny autoencoder (AutoencoderTiny) that speaks pocket's latents, for previews in no time.

It learns from the large one: its encoder to give the same latents, its decoder the same pictures.
Its latents are scaled as the UNet sees them, as is usual for this class.
"""

from __future__ import annotations

import time
from pathlib import Path

import torch
from diffusers import AutoencoderTiny

from .dataset import Dataset
from .device import half_precision, pick_device
from .pictures import load_pixels, shuffled_batches
from .vae import to_tensor

CHANNELS = (24, 24, 24, 24)
BATCH = 16
RATE = 2e-3


def new_tiny_vae() -> AutoencoderTiny:
    """8 pixels to a latent, a tenth of the large one's work."""
    return AutoencoderTiny(
        encoder_block_out_channels=CHANNELS,
        decoder_block_out_channels=CHANNELS,
        num_encoder_blocks=(1, 1, 1, 1),
        num_decoder_blocks=(1, 1, 1, 1),
        latent_channels=4,
        scaling_factor=1.0,
        latent_magnitude=3,
    )


def train_tiny_vae(work: Path, out: Path, minutes: float, seed: int) -> float:
    """Trains on the drawn pictures, writes the folder `out` in fp16; the last loss."""
    torch.manual_seed(seed)
    device, data, pixels = pick_device(), Dataset.load(work), load_pixels(work)
    tiny = new_tiny_vae().to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(tiny.parameters(), RATE, weight_decay=0)
    began, average = time.time(), 1.0
    for indices in shuffled_batches(len(pixels), BATCH, seed):
        share = (time.time() - began) / (60 * minutes)
        if share >= 1:
            break
        optimizer.param_groups[0]["lr"] = RATE * (1 - share)
        pictures = to_tensor(pixels[indices]).to(device, memory_format=torch.channels_last)
        latents = torch.from_numpy(data.latents[indices]).to(device).float()
        with half_precision(device):
            made, coded = tiny.decode(latents).sample, tiny.encode(pictures).latents
        loss = (made.float() - pictures).abs().mean()
        loss = loss + 0.2 * (coded.float() - latents).square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tiny.parameters(), 1.0)
        optimizer.step()
        average += 0.02 * (loss.item() - average)
    tiny.half().to("cpu").save_pretrained(out)
    return average
