"""A hand to drive samplers with, and data whose denoiser is known exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

from webui.sampling import (
    ImageNoise,
    Sampler,
    Sampling,
    TrainedSigmas,
    ddim,
    ddim_cfgpp,
    ddpm,
    dpm_2,
    dpm_2_ancestral,
    dpm_adaptive,
    dpm_fast,
    dpmpp_2m,
    dpmpp_2m_sde,
    dpmpp_2m_sde_heun,
    dpmpp_2s_ancestral,
    dpmpp_3m_sde,
    dpmpp_sde,
    euler,
    euler_ancestral,
    heun,
    heunpp2,
    ipndm,
    ipndm_v,
    lcm,
    lms,
    plms,
    restart,
)

Denoiser = Callable[[Tensor, float], Tensor]

SD = TrainedSigmas.from_betas()

SAMPLERS: dict[str, Sampler] = {
    sampler.__name__: sampler
    for sampler in (
        ddim,
        ddim_cfgpp,
        ddpm,
        dpm_2,
        dpm_2_ancestral,
        dpm_adaptive,
        dpm_fast,
        dpmpp_2m,
        dpmpp_2m_sde,
        dpmpp_2m_sde_heun,
        dpmpp_2s_ancestral,
        dpmpp_3m_sde,
        dpmpp_sde,
        euler,
        euler_ancestral,
        heun,
        heunpp2,
        ipndm,
        ipndm_v,
        lcm,
        lms,
        plms,
        restart,
    )
}

# name -> asks in a run of n steps that ends at 0
ASKS: dict[str, Callable[[int], int]] = {name: lambda n: n for name in SAMPLERS} | {
    name: lambda n: 2 * n - 1
    for name in ("dpm_2", "dpm_2_ancestral", "dpmpp_2s_ancestral", "dpmpp_sde", "heun", "restart")
}
ASKS["heunpp2"] = lambda n: 3 * n - 3 + (n == 1)
ASKS["plms"] = lambda n: n + (n > 1)
del ASKS["dpm_adaptive"]  # as many as it needs

CLEANS = SAMPLERS.keys() - {"lms", "plms"}
"""Those whose step to 0 goes to the last answer; the others extrapolate."""


def drive(sampling: Sampling, denoise: Denoiser, asked: list[float] | None = None) -> Tensor:
    """Answer every ask with `denoise`; note the asked sigmas in `asked`; return the last x.

    Nothing guides here, so who asks for the unguided answer too gets the same one twice.
    """
    try:
        ask = next(sampling)
        while True:
            if asked is not None:
                asked.append(ask.sigma)
            x0 = denoise(ask.x, ask.sigma)
            ask = sampling.send(torch.cat([x0, x0]) if ask.unguided else x0)
    except StopIteration as end:
        return end.value


@dataclass(frozen=True)
class Gaussian:
    """Data with this mean and standard deviation, where everything has a closed form."""

    mean: float = 0.3
    std: float = 0.7

    def noisy(self, noise: ImageNoise, sigma: float) -> Tensor:
        """A draw of x at this noise level."""
        return self.mean + noise.draw() * sqrt(self.std**2 + sigma**2)

    def denoise(self, x: Tensor, sigma: float) -> Tensor:
        """The mean of x0 given x: what a perfectly trained network answers."""
        return self.mean + (x - self.mean) * (self.std**2 / (self.std**2 + sigma**2))

    def flow(self, x: Tensor, sigma: float, sigma_next: float) -> Tensor:
        """Where the probability flow ODE carries x: what a deterministic sampler approaches."""
        spread = sqrt((self.std**2 + sigma_next**2) / (self.std**2 + sigma**2))
        return self.mean + (x - self.mean) * spread

    def consistency(self, x: Tensor, sigma: float) -> Tensor:
        """Where the ODE ends: what a perfectly distilled consistency model answers."""
        return self.flow(x, sigma, 0.0)


def toy(x: Tensor, sigma: float) -> Tensor:
    """A smooth, not linear, element by element denoiser with answers in about [-1, 1]."""
    scaled = x / sqrt(1 + sigma**2)
    return torch.tanh(scaled * 1.3) * (0.9 / (1 + 0.1 * sigma)) + 0.1 * torch.sin(scaled * 3)


def start(noise: ImageNoise, sigmas: Sequence[float]) -> Tensor:
    """Pure noise to begin a schedule with."""
    return noise.draw() * sigmas[0]
