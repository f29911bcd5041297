"""Trains text encoder and UNet together on cached latents; can be stopped and resumed."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer

from .captions import caption
from .dataset import Dataset
from .device import half_precision
from .networks import new_scheduler
from .object_maps import KINDS, PAINTS, ObjectMaps, class_maps
from .pictures import shuffled_batches
from .settings import Plan
from .text_warmup import tokenize

EMA_DECAY = 0.998
DECAY_FROM = 0.6  # of the time: then the learning rate falls linearly to nothing


class Trainer:
    """The networks in training, their running averages and the clock of the schedule."""

    def __init__(
        self, text: CLIPTextModel, unet: UNet2DConditionModel, tokenizer: CLIPTokenizer, plan: Plan
    ) -> None:
        self.plan, self.tokenizer, self.device = plan, tokenizer, unet.device
        self.networks = nn.ModuleDict({"text": text, "unet": unet})
        self.networks.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.networks).requires_grad_(False)
        self.maps = ObjectMaps(unet).to(self.device)
        self.parameters = [*self.networks.parameters(), *self.maps.parameters()]
        self.optimizer = torch.optim.AdamW(
            self.parameters, plan.learning_rate, betas=(0.9, 0.99), fused=True
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
            "maps": self.maps.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "clock": [self.step, self.seconds, self.loss],
        }
        draft = path.with_suffix(".part")
        torch.save(state, draft)
        draft.replace(path)

    def resume(self, path: Path) -> None:
        """Goes on from a checkpoint of `save`."""
        state = torch.load(path, weights_only=True, map_location=self.device)
        self.networks.load_state_dict(state["networks"])
        self.average.load_state_dict(state["average"])
        self.maps.load_state_dict(state["maps"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.loss = state["clock"]
        self.rng = random.Random(self.plan.seed + self.step)

    def _train_step(self, data: Dataset, indices: np.ndarray) -> float:
        texts = [caption(data.scenes[i], self.rng) for i in indices]
        latents = torch.from_numpy(data.latents[indices]).to(self.device).float()
        masks = data.masks[indices]
        share = torch.from_numpy(masks).to(self.device).float().amax(1) / 255
        weight = 1 + self.plan.object_weight * share
        t = stratified_times(len(indices), self.noise.config.num_train_timesteps).to(self.device)
        noise = torch.randn_like(latents)
        noisy = self.noise.add_noise(latents, noise, t).to(memory_format=torch.channels_last)
        target = self.noise.get_velocity(latents, noise, t)
        with half_precision(self.device):
            tokens = tokenize(self.tokenizer, texts).to(self.device)
            context = self.networks["text"](tokens).last_hidden_state
            predicted = self.networks["unet"](noisy, t, context).sample
        error = (predicted.float() - target).square().mean(1)
        loss = (error * weight).sum() / weight.sum()
        kinds = class_maps(masks, data.kinds[indices], len(KINDS)).to(self.device)
        paints = class_maps(masks, data.paints[indices], len(PAINTS)).to(self.device)
        self._update(loss + self.plan.map_weight * self.maps.loss(kinds, paints))
        return error.detach().mean().item()

    def _update(self, loss: torch.Tensor) -> None:
        warm, fall = min(1.0, (self.step + 1) / 200), (1 - self.share) / (1 - DECAY_FROM)
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.learning_rate * min(warm, max(0.0, min(1.0, fall)))
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        keep = min(EMA_DECAY, (1 + self.step) / (10 + self.step))
        averages, currents = list(self.average.parameters()), list(self.networks.parameters())
        with torch.no_grad():
            torch._foreach_lerp_(averages, currents, 1 - keep)


def stratified_times(count: int, steps: int) -> torch.Tensor:
    """Uniform time steps, one from each of `count` equal slices: less noise in the gradient."""
    slices = (torch.arange(count) + torch.rand(count)) / count
    return (slices * steps).long().clamp_max(steps - 1)
