"""Schedules: where the noise levels of a run of so many steps lie.

Each takes the number of steps and the checkpoint's training sigmas and gives steps + 1 levels that
descend to 0. The names and values are those that A1111, ComfyUI and k-diffusion users know.
"""

from __future__ import annotations

from math import exp, log
from typing import Protocol

from webui.sampling.sigmas import TrainedSigmas


class Schedule(Protocol):
    """Any schedule."""

    def __call__(self, steps: int, trained: TrainedSigmas, /) -> tuple[float, ...]: ...


def normal(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """Timesteps evenly from the last trained one to the first, then 0."""
    last = len(trained.sigmas) - 1
    return (*(trained.t_to_sigma(t) for t in _ramp(last, 0, steps)), 0.0)


def sgm_uniform(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """Timesteps evenly from the last trained one, stopping one step short of the first, then 0.

    Called "trailing" in Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed",
    https://arxiv.org/abs/2305.08891; what few-step distilled checkpoints expect.
    """
    last = len(trained.sigmas) - 1
    ramp = _ramp(last, last / max(steps, 1), steps)
    return (*(trained.t_to_sigma(t) for t in ramp), 0.0)


def ddim_uniform(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """Every k-th timestep counted from 1 upwards, then 0.

    The spacing of DDIM (Song et al., https://arxiv.org/abs/2010.02502), called "leading" elsewhere.
    It never reaches the highest trained level, and with one step it starts almost at 0: give it
    ten steps or more.
    """
    if not 0 < steps < len(trained.sigmas):
        raise ValueError(f"This schedule takes 1 to {len(trained.sigmas) - 1} steps, not {steps}.")
    stride = len(trained.sigmas) // steps
    return (*(trained.sigmas[step * stride + 1] for step in reversed(range(steps))), 0.0)


def karras(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """Ever smaller steps: even in sigma ** (1/7).

    Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", equation 5,
    https://arxiv.org/abs/2206.00364.
    """
    rho = 7.0
    ramp = _ramp(trained.sigma_max ** (1 / rho), trained.sigma_min ** (1 / rho), steps)
    return (*(root**rho for root in ramp), 0.0)


def exponential(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """Each level the same fraction of the one before, then 0."""
    ramp = _ramp(log(trained.sigma_max), log(trained.sigma_min), steps)
    return (*(exp(level) for level in ramp), 0.0)


def _ramp(start: float, end: float, count: int) -> list[float]:
    """`count` evenly spaced values with both ends; a single one is the start."""
    if count < 1:
        raise ValueError(f"A schedule needs at least one step, not {count}.")
    return [start + (end - start) * (step / max(count - 1, 1)) for step in range(count)]
