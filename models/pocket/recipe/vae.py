"""Trains the VAE on painter pictures and whitens its latents."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch.nn import functional as F

from .codec_init import start_as_linear_codec
from .device import half_precision, pick_device
from .pictures import load_masks, load_pixels, shuffled_batches

LEARNING_RATE = 6e-4
# The layers that carry the linear codec's level and colour: a full step of Adam would upset them.
CODEC_LAYERS = ("shortcut", "samplers", "conv_in", "conv_out", "conv_norm_out", "quant_conv")
CODEC_RATE = 0.06
HELD_OUT = 256  # the last pictures of the set are never trained on by the VAE


def new_vae() -> AutoencoderKL:
    """8 pixels to a latent, no mid attention (so any size works), four levels."""
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(24, 48, 64, 96),
        layers_per_block=1,
        norm_num_groups=8,
        latent_channels=4,
        sample_size=128,
        mid_block_add_attention=False,
    )


def to_tensor(pixels: np.ndarray) -> torch.Tensor:
    """Bytes (n, h, w, 3) to channels-last floats (n, 3, h, w) in -1..1."""
    return torch.from_numpy(np.array(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1


def train_vae(folder: Path, minutes: float, batch: int, seed: int) -> AutoencoderKL:
    """Trains for `minutes`, folds the latent statistics in and saves to folder/vae.

    Goes on from folder/vae_unfolded if an earlier run left one.
    """
    torch.manual_seed(seed)
    device = pick_device()
    pixels, masks = load_pixels(folder), load_masks(folder).max(1)
    held_out = to_tensor(pixels[-HELD_OUT:]).to(device)
    vae = _begin(folder / "vae_unfolded", pixels).to(device, memory_format=torch.channels_last)
    print(f"vae: {psnr(vae, held_out[:64]):.2f} dB at the start", flush=True)
    optimizer = _new_optimizer(vae)
    began, step = time.time(), 0
    for indices in shuffled_batches(len(pixels) - HELD_OUT, batch, seed):
        share = (time.time() - began) / (60 * minutes)
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * min(1.0, (step + 1) / 100) * (1 - share)
        weight = 1 + torch.from_numpy(masks[indices]).to(device).float()[:, None] / 255
        loss = _loss(vae, to_tensor(pixels[indices]).to(device), weight)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 100 == 0:
            quality = psnr(vae, held_out[:64])
            print(f"vae: step {step} loss {loss.item():.4f} {quality:.2f} dB", flush=True)
            vae.save_pretrained(folder / "vae_unfolded")
    fold_statistics(vae, to_tensor(pixels[:512]).to(device))
    print(f"vae: {psnr(vae, held_out):.2f} dB on held-out pictures after {step} steps", flush=True)
    vae.save_pretrained(folder / "vae")
    return vae


def _begin(unfinished: Path, pixels: np.ndarray) -> AutoencoderKL:
    if unfinished.exists():
        return AutoencoderKL.from_pretrained(unfinished, low_cpu_mem_usage=False)
    vae = new_vae()
    start_as_linear_codec(vae, to_tensor(pixels[:64]))
    return vae


def _new_optimizer(vae: AutoencoderKL) -> torch.optim.Optimizer:
    slow, fast = [], []
    for name, parameter in vae.named_parameters():
        (slow if any(part in name for part in CODEC_LAYERS) else fast).append(parameter)
    groups = [
        {"params": slow, "rate": LEARNING_RATE * CODEC_RATE},
        {"params": fast, "rate": LEARNING_RATE},
    ]
    return torch.optim.AdamW(groups, LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0, fused=True)


def _loss(vae: AutoencoderKL, pictures: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """L1 of values (things counting more) and of gradients, and a little KL divergence."""
    pictures = pictures.contiguous(memory_format=torch.channels_last)
    with half_precision(pictures.device):
        posterior = vae.encode(pictures).latent_dist
        output = vae.decode(posterior.sample()).sample
    error = output.float() - pictures
    values = (error.abs() * F.interpolate(weight, size=pictures.shape[-1])).mean()
    across = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    kl = posterior.kl().mean() / posterior.mean[0].numel()
    return values + 0.5 * across + 1e-4 * kl


@torch.no_grad()
def psnr(vae: AutoencoderKL, pictures: torch.Tensor) -> float:
    """Mean peak signal-to-noise ratio of the reconstructions in dB, for pictures in -1..1."""
    values = []
    for part in pictures.split(32):
        output = vae.decode(vae.encode(part).latent_dist.mode()).sample.clamp(-1, 1)
        error = ((output - part) / 2).square().mean(dim=(1, 2, 3)).clamp_min(1e-10)
        values.append(-10 * error.log10())
    return torch.cat(values).mean().item()


@torch.no_grad()
def fold_statistics(vae: AutoencoderKL, pictures: torch.Tensor) -> None:
    """Makes each latent channel times `scaling_factor` white, without changing any reconstruction.

    Else channels differ several times in spread and the diffusion loss is unbalanced.
    """
    latents = torch.cat([vae.encode(p).latent_dist.mode() for p in pictures.split(32)])
    mean = latents.mean(dim=(0, 2, 3))
    spread = latents.std(dim=(0, 2, 3)) * vae.config.scaling_factor
    channels = len(mean)
    quant, post = vae.quant_conv, vae.post_quant_conv
    quant.weight[:channels] /= spread[:, None, None, None]
    quant.bias[:channels] = (quant.bias[:channels] - mean) / spread
    quant.bias[channels:] -= 2 * spread.log()
    post.bias += (post.weight[:, :, 0, 0] * mean).sum(1)
    post.weight *= spread[None, :, None, None]
