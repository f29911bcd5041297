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
from ..device import half_precision, pick_device
from ..diffusion import stratified_times
from ..networks import new_scheduler
from ..painter import Scene, paint
from ..text_warmup import tokenize
from ..vae import to_tensor

BATCH = 32
THING_WEIGHT = 3.0  # extra loss weight where things are: what is new is mostly a thing


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
            network = network.to(device, memory_format=torch.channels_last)
            return network.requires_grad_(False).eval()

        return cls(
            CLIPTokenizer.from_pretrained(folder / "tokenizer"),
            part(CLIPTextModel, "text_encoder"),
            part(UNet2DConditionModel, "unet", low_cpu_mem_usage=False),
            part(AutoencoderKL, "vae", low_cpu_mem_usage=False),
            DDPMScheduler.from_config(new_scheduler().config),
        )


@dataclass(frozen=True)
class Lesson:
    """Scenes, their latents (n, 4, 16, 16), and where things are (n, 16, 16) in 0..1."""

    scenes: list[Scene]
    latents: torch.Tensor
    things: torch.Tensor

    @classmethod
    @torch.no_grad()
    def paint(cls, base: Base, scenes: list[Scene]) -> Lesson:
        """Paints and encodes."""
        latents, things = [], []
        for start in range(0, len(scenes), 64):
            paintings = [paint(scene) for scene in scenes[start : start + 64]]
            pictures = to_tensor(np.stack([np.asarray(p.image) for p in paintings]))
            latents.append(base.vae.encode(pictures.to(base.vae.device)).latent_dist.mode())
            side = latents[-1].shape[2:]
            things += [
                np.max([np.asarray(mask.resize(side)) for mask in p.masks], 0) for p in paintings
            ]
        where = torch.from_numpy(np.stack(things)).to(base.vae.device).float() / 255
        return cls(scenes, torch.cat(latents) * base.vae.config.scaling_factor, where)


@dataclass(frozen=True)
class Batch:
    """Noisy latents, their times, what the UNet should answer, and the captions' states."""

    chosen: list[int]
    noisy: torch.Tensor
    times: torch.Tensor
    target: torch.Tensor
    context: torch.Tensor
    things: torch.Tensor

    def loss(self, predicted: torch.Tensor) -> torch.Tensor:
        """Mean squared error of the velocity, things counting more."""
        weight = 1 + THING_WEIGHT * self.things
        error = (predicted.float() - self.target).square().mean(1)
        return (error * weight).sum() / weight.sum()


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
        with half_precision(base.unet.device):
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
        lesson.things[chosen],
    )
