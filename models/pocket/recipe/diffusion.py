"""Trains text encoder and UNet together on cached latents; can be stopped and resumed."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer

from .captions import caption
from .networks import new_scheduler
from .painter import Scene
from .pictures import load_masks, load_pixels, load_scenes, shuffled_batches
from .settings import Plan
from .text_warmup import tokenize
from .vae import to_tensor

EMA_DECAY = 0.998
DECAY_FROM = 0.6  # of the time: then the learning rate falls linearly to nothing


@torch.no_grad()
def cache_latents(folder: Path, vae: AutoencoderKL) -> None:
    """Writes latents.npy: the encoded pictures, scaled as the UNet sees them."""
    pixels = load_pixels(folder)
    vae = vae.to(memory_format=torch.channels_last)
    parts = []
    for start in range(0, len(pixels), 64):
        pictures = to_tensor(pixels[start : start + 64]).to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):  # half the time; the error is far below noise
            latents = vae.encode(pictures).latent_dist.mode()
        parts.append((latents.float() * vae.config.scaling_factor).half().numpy())
    np.save(folder / "latents.npy", np.concatenate(parts))


@dataclass(frozen=True)
class Dataset:
    """Cached latents, the object's share of each latent cell, and the scenes."""

    latents: np.ndarray
    masks: np.ndarray
    scenes: list[Scene]

    @classmethod
    def load(cls, folder: Path) -> Dataset:
        """Reads what `draw_all` and `cache_latents` wrote."""
        return cls(np.load(folder / "latents.npy"), load_masks(folder), load_scenes(folder))


class Trainer:
    """The networks in training, their running averages and the clock of the schedule."""

    def __init__(
        self, text: CLIPTextModel, unet: UNet2DConditionModel, tokenizer: CLIPTokenizer, plan: Plan
    ) -> None:
        self.plan, self.tokenizer = plan, tokenizer
        self.networks = nn.ModuleDict({"text": text, "unet": unet})
        self.networks.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.networks).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(
            self.networks.parameters(), plan.learning_rate, betas=(0.9, 0.99), fused=True
        )
        self.noise = DDPMScheduler.from_config(new_scheduler().config)
        self.rng = random.Random(plan.seed)
        self.step, self.seconds, self.loss = 0, 0.0, 1.0

    @property
    def share(self) -> float:
        """How much of the planned time has passed."""
        return self.seconds / (60 * self.plan.unet_minutes)

    def train(self, data: Dataset, after_step: Callable[[Trainer], None]) -> None:
        """Trains until the planned time is over; `after_step` may save and export."""
        batches = shuffled_batches(len(data.latents), self.plan.batch, self.plan.seed + self.step)
        last = time.time()
        while self.share < 1:
            value = self._train_step(data, next(batches))
            self.loss += (value - self.loss) * max(0.005, 1 / (self.step + 1))
            self.step += 1
            self.seconds, last = self.seconds + time.time() - last, time.time()
            after_step(self)

    def save(self, path: Path) -> None:
        """Writes a checkpoint; an interrupted write leaves the former one in place."""
        state = {
            "networks": self.networks.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "clock": [self.step, self.seconds, self.loss],
        }
        draft = path.with_suffix(".part")
        torch.save(state, draft)
        draft.replace(path)

    def resume(self, path: Path) -> None:
        """Goes on from a checkpoint of `save`."""
        state = torch.load(path, weights_only=True)
        self.networks.load_state_dict(state["networks"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.loss = state["clock"]

    def _train_step(self, data: Dataset, indices: np.ndarray) -> float:
        texts = [caption(data.scenes[i], self.rng) for i in indices]
        latents = torch.from_numpy(data.latents[indices]).float()
        weight = 1 + self.plan.object_weight * torch.from_numpy(data.masks[indices]).float() / 255
        t = stratified_times(len(indices), self.noise.config.num_train_timesteps)
        noise = torch.randn_like(latents)
        noisy = self.noise.add_noise(latents, noise, t).contiguous(
            memory_format=torch.channels_last
        )
        target = self.noise.get_velocity(latents, noise, t)
        context = self.networks["text"](tokenize(self.tokenizer, texts)).last_hidden_state
        predicted = self.networks["unet"](noisy, t, context).sample
        error = (predicted - target).square().mean(1)
        loss = (error * weight).sum() / weight.sum()
        self._update(loss)
        return error.detach().mean().item()

    def _update(self, loss: torch.Tensor) -> None:
        warm, fall = min(1.0, (self.step + 1) / 200), (1 - self.share) / (1 - DECAY_FROM)
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.learning_rate * min(warm, max(0.0, min(1.0, fall)))
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.networks.parameters(), 1.0)
        self.optimizer.step()
        keep = min(EMA_DECAY, (1 + self.step) / (10 + self.step))
        averages, currents = list(self.average.parameters()), list(self.networks.parameters())
        with torch.no_grad():
            torch._foreach_lerp_(averages, currents, 1 - keep)


def stratified_times(count: int, steps: int) -> torch.Tensor:
    """Uniform time steps, one from each of `count` equal slices: less noise in the gradient."""
    slices = (torch.arange(count) + torch.rand(count)) / count
    return (slices * steps).long().clamp_max(steps - 1)
