"""Any diffusers scheduler as a sampler."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from webui.sampling.moves import steps
from webui.sampling.protocol import Ask, Noise, Sampler, Sampling
from webui.sampling.sigmas import TrainedSigmas

if TYPE_CHECKING:
    from diffusers.schedulers.scheduling_utils import SchedulerMixin

_SAME_LEVEL = 1e-3
"""Levels that differ by no more than this part count as equal: tables are rounded differently."""


def wrap_scheduler(make: Callable[[], SchedulerMixin]) -> Sampler:
    """Turn a diffusers scheduler into a sampler. `make` builds a fresh one for every run.

    Serves the schedulers of diffusion checkpoints (those with a table `alphas_cumprod`; not the
    flow matching ones) with any prediction type. What it does with `sigmas` depends on how the
    scheduler keeps its levels:

    - One per step (Euler, Euler a, LMS, DPM-Solver, UniPC, DEIS, SA-Solver): it is given the
      schedule and follows it; the spacing it is configured with has no effect. Those that stop
      short of 0 (DEIS, SA-Solver) hand the last step, if it is one to 0, to us: one ask for x0.
    - By timesteps or in pairs (DDIM, DDPM, PNDM, LCM, TCD; Heun, KDPM2, DPMSolverSDE): it walks
      timesteps of its own, as many steps as the schedule has, and always to its end. If that
      begins above `sigmas[0]` (image to image) it takes the end of a longer walk instead, from
      the lowest level there is at or above `sigmas[0]`, and x gets the little noise it lacks.
      If it begins below, x is scaled to the variance that belongs there.

    A stochastic scheduler draws from generators of its own, one per image, seeded from `noise`;
    the Brownian path of DPMSolverSDE comes from `noise` itself. Configure `clip_sample=False` for
    latents: DDIM and DDPM clip by default.
    """

    def sampler(x: Tensor, sigmas: Sequence[float], noise: Noise, /) -> Sampling:
        count = len(steps(sigmas))
        stepper = _Stepper(make(), noise)
        if stepper.scheduler.order == 1 and hasattr(stepper.scheduler, "sigmas"):
            return (yield from _follow(stepper, x, sigmas, count))
        return (yield from _walk(stepper, x, sigmas, count))

    return sampler


class _Stepper:
    """A scheduler, spoken to in x, sigma and x0 in place of its sample, timestep and prediction."""

    def __init__(self, scheduler: Any, noise: Noise) -> None:
        name = type(scheduler).__name__
        config = scheduler.config
        if not hasattr(scheduler, "alphas_cumprod") or config.get("use_flow_sigmas"):
            raise ValueError(f"{name} keeps no table of alphas and cannot be wrapped.")
        if config.prediction_type not in ("epsilon", "v_prediction", "sample"):
            raise ValueError(f"{name} predicts {config.prediction_type}, which is unknown here.")
        self.scheduler = scheduler
        self.noise = noise
        self.trained = TrainedSigmas.from_alphas_cumprod(scheduler.alphas_cumprod.tolist())
        # The schedulers whose sample has unit variance start from unit noise, the others from
        # sigma_max times as much. Ask before the schedule is set: it depends on it.
        self._unit_variance = float(scheduler.init_noise_sigma) == 1.0
        self._extra: dict[str, object] = {}
        if "generator" in inspect.signature(scheduler.step).parameters:
            self._extra["generator"] = _generators(noise)

    def scale(self, sigma: float) -> float:
        """What x at this level is multiplied by to be the scheduler's sample."""
        return 1 / sqrt(1 + sigma**2) if self._unit_variance else 1.0

    def level(self, index: int, timestep: Tensor) -> float:
        """The noise level at entry `index` of the timesteps, given what was stepped so far."""
        halfway = not getattr(self.scheduler, "state_in_first_order", True)
        if halfway or not hasattr(self.scheduler, "sigmas"):
            return self.trained.t_to_sigma(float(timestep))
        return float(self.scheduler.sigmas[index])

    def step(self, sample: Tensor, timestep: Tensor, sigma: float) -> Sampling:
        """One model call: one ask, and the sample after it."""
        x = sample / self.scale(sigma)
        self.scheduler.scale_model_input(sample, timestep)  # unused; some count their steps here
        x0 = yield Ask(x, sigma)
        prediction = self._prediction(x, x0, sigma)
        return self.scheduler.step(prediction, timestep, sample, **self._extra).prev_sample

    def _prediction(self, x: Tensor, x0: Tensor, sigma: float) -> Tensor:
        """What a network of the scheduler's prediction type would have said to mean x0."""
        kind = self.scheduler.config.prediction_type
        if kind == "sample":
            return x0
        eps = (x - x0) / sigma
        return eps if kind == "epsilon" else (eps - x0 * sigma) / sqrt(1 + sigma**2)


def _follow(stepper: _Stepper, x: Tensor, sigmas: Sequence[float], count: int) -> Sampling:
    """Impose the schedule on a scheduler that keeps one level per step."""
    scheduler = stepper.scheduler
    scheduler.set_timesteps(count)
    stops_short = sigmas[-1] == 0 and float(scheduler.sigmas[-1]) > 0
    levels = list(sigmas[:-1] if stops_short else sigmas)
    if len(levels) > 1:
        scheduler.set_timesteps(len(levels) - 1)
        scheduler.sigmas = torch.tensor(levels)
        scheduler.timesteps = torch.tensor([stepper.trained.sigma_to_t(s) for s in levels[:-1]])
        scheduler.set_begin_index(0)
        sample = x * stepper.scale(levels[0])
        for timestep, sigma in zip(scheduler.timesteps, levels[:-1], strict=True):
            sample = yield from stepper.step(sample, timestep, sigma)
        x = sample / stepper.scale(levels[-1])
    if stops_short:
        x = yield Ask(x, levels[-1])
    return x


def _walk(stepper: _Stepper, x: Tensor, sigmas: Sequence[float], count: int) -> Sampling:
    """Let a scheduler walk timesteps of its own, `count` steps of them, down to 0."""
    scheduler = stepper.scheduler
    if sigmas[-1] > 0:
        raise ValueError(f"{type(scheduler).__name__} cannot stop before sigma 0.")
    index, timesteps = _choose(stepper, count, sigmas[0])
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(index)
    if hasattr(scheduler, "noise_sampler"):
        levels = scheduler.sigmas[scheduler.sigmas > 0]
        scheduler.noise_sampler = stepper.noise.brownian(float(levels.min()), float(levels.max()))
    start = stepper.level(index, timesteps[0])
    sample = _moved(x, sigmas[0], start, stepper.noise) * stepper.scale(start)
    for position, timestep in enumerate(timesteps, start=index):
        sigma = stepper.level(position, timestep)
        sample = yield from stepper.step(sample, timestep, sigma)
    return sample


def _choose(stepper: _Stepper, count: int, sigma: float) -> tuple[int, list[Tensor]]:
    """Set the timesteps; give the last `count` steps of them, which begin near `sigma`.

    The more steps the whole walk has, the lower its last `count` of them begin. Wanted is the
    longest walk whose end still begins at or above `sigma`.
    """
    scheduler = stepper.scheduler

    def end_of_walk(total: int) -> tuple[int, list[Tensor]]:
        scheduler.set_timesteps(total)
        return _without(scheduler, total - count)

    def begins_at(total: int) -> float:
        index, timesteps = end_of_walk(total)
        return stepper.level(index, timesteps[0])

    total = count
    if begins_at(count) > sigma * (1 + _SAME_LEVEL):
        config = scheduler.config
        too_long = config.get("original_inference_steps", config.num_train_timesteps) + 1
        while too_long - total > 1:
            middle = (total + too_long) // 2
            if begins_at(middle) >= sigma * (1 - _SAME_LEVEL):
                total = middle
            else:
                too_long = middle
    return end_of_walk(total)


def _without(scheduler: Any, skipped: int) -> tuple[int, list[Tensor]]:
    """The timesteps without the first `skipped` steps, and the index of the first one left."""
    timesteps = list(scheduler.timesteps)
    if skipped == 0 or not hasattr(scheduler, "pndm_order"):
        first = skipped * scheduler.order
        return first, timesteps[first:]
    if not scheduler.config.skip_prk_steps:
        raise ValueError("PNDMScheduler needs skip_prk_steps=True to start below the top.")
    # It asks twice at the second timestep of a run, which is another one now.
    left = timesteps[skipped + 1 :]
    return skipped + 1, [*left[:2], *left[1:]]


def _moved(x: Tensor, sigma: float, level: float, noise: Noise) -> Tensor:
    """`x` of noise level `sigma` brought to `level`."""
    if abs(level - sigma) <= sigma * _SAME_LEVEL:
        return x
    if level > sigma:
        return x + noise.draw() * sqrt(level**2 - sigma**2)
    return x * sqrt((1 + level**2) / (1 + sigma**2))


def _generators(noise: Noise) -> list[torch.Generator]:
    """One generator per image, seeded by the bits of the first number the image draws."""
    seeds = noise.draw().flatten(1)[:, 0].float().contiguous().view(torch.int32)
    return [torch.Generator().manual_seed(int(seed)) for seed in seeds]
