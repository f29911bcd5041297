"""The frozen base and the pictures of a lesson; one loop teaches every companion."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer

from ..captions import caption
from ..device import pick_device
from ..diffusion import stratified_times
from ..networks import new_scheduler
from ..painter import Scene, paint
from ..text_warmup import tokenize
from ..vae import to_tensor

BATCH = 16


@dataclass(frozen=True)
class Base:
    """The published model, frozen, in float32."""

    tokenizer: CLIPTokenizer
    text: CLIPTextModel
    unet: UNet2DConditionModel
    vae: AutoencoderKL
    noise: DDPMScheduler

    @classmethod
    def load(cls, folder: Path) -> Base:
        """Reads the diffusers folder."""
        device = pick_device()

        def part(kind: type, name: str, **options: bool) -> nn.Module:
            network = kind.from_pretrained(folder / name, dtype=torch.float32, **options)
            return network.to(device).requires_grad_(False).eval()

        return cls(
            CLIPTokenizer.from_pretrained(folder / "tokenizer"),
            part(CLIPTextModel, "text_encoder"),
            part(UNet2DConditionModel, "unet", low_cpu_mem_usage=False),
            part(AutoencoderKL, "vae", low_cpu_mem_usage=False),
            DDPMScheduler.from_config(new_scheduler().config),
        )


@dataclass(frozen=True)
class Lesson:
    """Scenes and their latents (n, 4, 16, 16)."""

    scenes: list[Scene]
    latents: torch.Tensor

    @classmethod
    @torch.no_grad()
    def paint(cls, base: Base, scenes: list[Scene]) -> Lesson:
        """Paints and encodes."""
        parts = []
        for start in range(0, len(scenes), 64):
            arrays = [np.asarray(paint(scene).image) for scene in scenes[start : start + 64]]
            pictures = to_tensor(np.stack(arrays)).to(base.vae.device)
            parts.append(base.vae.encode(pictures).latent_dist.mode())
        return cls(scenes, torch.cat(parts) * base.vae.config.scaling_factor)


@dataclass(frozen=True)
class Batch:
    """Noisy latents, their times, what the UNet should answer, and the captions' states."""

    chosen: list[int]
    noisy: torch.Tensor
    times: torch.Tensor
    target: torch.Tensor
    context: torch.Tensor

    def loss(self, predicted: torch.Tensor) -> torch.Tensor:
        """Mean squared error of the velocity."""
        return (predicted - self.target).square().mean()


def teach(
    base: Base,
    lesson: Lesson,
    parameters: Iterable[nn.Parameter],
    loss_of: Callable[[Batch], torch.Tensor],
    *,
    minutes: float,
    rate: float,
    seed: int,
) -> int:
    """Trains `parameters` for `minutes` with a falling rate; the number of steps."""
    torch.manual_seed(seed)
    rng, trained = random.Random(seed), list(parameters)
    optimizer = torch.optim.AdamW(trained, rate, betas=(0.9, 0.99), weight_decay=0.01)
    began, steps = time.time(), 0
    while (share := (time.time() - began) / (60 * minutes)) < 1:
        optimizer.param_groups[0]["lr"] = rate * min(1.0, (steps + 1) / 20, 2 * (1 - share))
        loss = loss_of(_batch(base, lesson, rng))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        steps += 1
    return steps


def _batch(base: Base, lesson: Lesson, rng: random.Random) -> Batch:
    chosen = rng.choices(range(len(lesson.scenes)), k=BATCH)
    latents = lesson.latents[chosen]
    noise = torch.randn_like(latents)
    times = stratified_times(BATCH, base.noise.config.num_train_timesteps).to(latents.device)
    tokens = tokenize(base.tokenizer, [caption(lesson.scenes[i], rng) for i in chosen])
    return Batch(
        chosen,
        base.noise.add_noise(latents, noise, times).to(memory_format=torch.channels_last),
        times,
        base.noise.get_velocity(latents, noise, times),
        base.text(tokens.to(latents.device)).last_hidden_state,
    )
