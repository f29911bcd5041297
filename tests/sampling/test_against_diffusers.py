"""The same numbers as diffusers' schedulers, which are an independent reading of the same papers.

`by_diffusers` runs a scheduler the way a pipeline does. It shares no code with `wrap_scheduler`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import sqrt
from typing import Any

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    DPMSolverSDEScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    KDPM2AncestralDiscreteScheduler,
    KDPM2DiscreteScheduler,
    LCMScheduler,
    LMSDiscreteScheduler,
    PNDMScheduler,
)
from torch import Tensor

from webui.sampling import (
    ImageNoise,
    Sampler,
    Schedule,
    ddim,
    ddim_uniform,
    ddpm,
    dpm_2,
    dpm_2_ancestral,
    dpmpp_2m,
    dpmpp_2m_sde,
    dpmpp_sde,
    euler,
    euler_ancestral,
    exponential,
    heun,
    karras,
    lcm,
    lms,
    normal,
    plms,
)

from .drive import SD, drive, toy

# diffusers reads torch tensors with np.array, in the way that numpy 2 deprecates
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning",
    "ignore:__array_wrap__ must accept:DeprecationWarning",
)

SHAPE, SEEDS, STEPS = (4, 8, 8), [3, 7], 20
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
LINSPACE = {**BETAS, "timestep_spacing": "linspace"}


def x0_to_eps(x: Tensor, sigma: float) -> Tensor:
    return (x - toy(x, sigma)) / sigma


def by_sigmas(scheduler: Any, x: Tensor, generators: list[torch.Generator]) -> Tensor:
    """A scheduler with x = x0 + sigma * eps; the network's input tells sigma, as it is scaled."""
    scheduler.set_timesteps(STEPS)
    one = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    for timestep in scheduler.timesteps:
        scale = float(scheduler.scale_model_input(one, timestep))
        sigma = sqrt(1 / scale**2 - 1)
        extra = {"generator": generators} if draws(scheduler) else {}
        x = scheduler.step(x0_to_eps(x, sigma), timestep, x, **extra).prev_sample
    return x


def by_timesteps(
    scheduler: Any, x: Tensor, generators: list[torch.Generator], **options: float
) -> Tensor:
    """A scheduler with unit variance; its levels are in `sigmas`, or found by the timestep."""
    scheduler.set_timesteps(STEPS)
    alphas = scheduler.alphas_cumprod
    for index, timestep in enumerate(scheduler.timesteps):
        if hasattr(scheduler, "sigmas"):
            sigma = float(scheduler.sigmas[index])
        else:
            sigma = float(((1 - alphas) / alphas).sqrt()[timestep])
        scale = sqrt(1 + sigma**2)
        if index == 0:
            x = x / scale
        eps = x0_to_eps(x * scale, sigma)
        extra = {"generator": generators} if draws(scheduler) else {}
        x = scheduler.step(eps, timestep, x, **extra, **options).prev_sample
    return x


def draws(scheduler: Any) -> bool:
    return "generator" in scheduler.step.__code__.co_varnames


def both(
    reference: Callable[[Tensor, list[torch.Generator]], Tensor],
    sampler: Sampler,
    sigmas: tuple[float, ...],
) -> tuple[Tensor, Tensor]:
    """The picture by diffusers and by us, from the same noise and the same draws after it."""
    noise = ImageNoise(SEEDS, SHAPE)
    x = noise.draw() * sigmas[0]
    generators = [torch.Generator().manual_seed(seed) for seed in SEEDS]
    for generator in generators:
        torch.randn(SHAPE, generator=generator)
    return reference(x, generators), drive(sampler(x, sigmas, noise), toy)


def difference(pair: tuple[Tensor, Tensor]) -> float:
    return float((pair[0] - pair[1]).abs().max())


@pytest.mark.parametrize(
    ("flags", "schedule"),
    [
        ({}, normal),
        ({"use_karras_sigmas": True}, karras),
        ({"use_exponential_sigmas": True}, exponential),
    ],
)
@pytest.mark.parametrize(
    ("scheduler", "sampler", "tolerance"),
    [
        (EulerDiscreteScheduler, euler, 1e-4),
        (HeunDiscreteScheduler, heun, 1e-4),
        (KDPM2DiscreteScheduler, dpm_2, 1e-4),
        (LMSDiscreteScheduler, lms, 1e-4),
        (KDPM2AncestralDiscreteScheduler, dpm_2_ancestral, 5e-4),
    ],
)
def test_samplers_over_sigmas(
    scheduler: Any, sampler: Sampler, tolerance: float, flags: dict[str, bool], schedule: Schedule
) -> None:
    reference = partial(by_sigmas, scheduler(**LINSPACE, **flags))
    assert difference(both(reference, sampler, schedule(STEPS, SD))) < tolerance


def test_euler_ancestral() -> None:
    reference = partial(by_sigmas, EulerAncestralDiscreteScheduler(**LINSPACE))
    assert difference(both(reference, euler_ancestral, normal(STEPS, SD))) < 1e-4


@pytest.mark.parametrize(
    ("flags", "schedule"),
    [({"use_karras_sigmas": True}, karras), ({"use_exponential_sigmas": True}, exponential)],
)
@pytest.mark.parametrize(
    ("options", "sampler"),
    [
        ({}, dpmpp_2m),
        ({"algorithm_type": "sde-dpmsolver++"}, dpmpp_2m_sde),
        (
            {"algorithm_type": "sde-dpmsolver++", "solver_type": "heun"},
            partial(dpmpp_2m_sde, solver="heun"),
        ),
    ],
)
def test_dpm_solver_multistep(
    options: dict[str, str], sampler: Sampler, flags: dict[str, bool], schedule: Schedule
) -> None:
    """The SDE forms draw independent noise there, and so do we for this comparison."""
    sigmas = schedule(STEPS, SD)
    scheduler = DPMSolverMultistepScheduler(**LINSPACE, **options, **flags)

    def independent(x: Tensor, sigmas: tuple[float, ...], noise: ImageNoise, /) -> Any:
        noise.brownian = lambda low, high: lambda start, end: noise.draw()  # type: ignore
        return sampler(x, sigmas, noise)

    assert difference(both(partial(by_timesteps, scheduler), independent, sigmas)) < 2e-4


def test_dpmpp_sde(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over one smooth path, as a Brownian one shows every rounding of a level to float32."""

    def smooth(start: Any, end: Any) -> Tensor:
        ramp = torch.linspace(-3, 3, 256).reshape(1, *SHAPE)
        return torch.sin(ramp * float(start)) + torch.cos(ramp * float(end))

    def sampler(x: Tensor, sigmas: tuple[float, ...], noise: ImageNoise, /) -> Any:
        noise.brownian = lambda low, high: smooth  # type: ignore
        return dpmpp_sde(x, sigmas, noise)

    monkeypatch.setattr(
        "diffusers.schedulers.scheduling_dpmsolver_sde.BrownianTreeNoiseSampler",
        lambda x, low, high, seed: smooth,
    )
    scheduler = DPMSolverSDEScheduler(**LINSPACE, use_karras_sigmas=True)
    assert difference(both(partial(by_sigmas, scheduler), sampler, karras(STEPS, SD))) < 1e-4


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ddim(eta: float) -> None:
    scheduler = DDIMScheduler(**BETAS, steps_offset=1, clip_sample=False, set_alpha_to_one=True)
    reference = partial(by_timesteps, scheduler, eta=eta)
    sampler = partial(ddim, eta=eta)
    assert difference(both(reference, sampler, ddim_uniform(STEPS, SD))) < 1e-4


def test_lcm() -> None:
    scheduler = LCMScheduler(**BETAS)
    scheduler.set_timesteps(STEPS)
    sigmas = (*(SD.sigmas[t] for t in scheduler.timesteps.tolist()), 0.0)
    # its boundary scalings, which need the timestep, differ from 1 by less than 1e-5
    assert difference(both(partial(by_timesteps, scheduler), lcm, sigmas)) < 1e-4


def test_ddpm() -> None:
    scheduler = DDPMScheduler(**BETAS, steps_offset=1, clip_sample=False)
    reference = partial(by_timesteps, scheduler)
    assert difference(both(reference, ddpm, ddim_uniform(STEPS, SD))) < 1e-4


def test_plms() -> None:
    scheduler = PNDMScheduler(**BETAS, steps_offset=1, skip_prk_steps=True, set_alpha_to_one=True)
    reference = partial(by_timesteps, scheduler)
    assert difference(both(reference, plms, ddim_uniform(STEPS, SD))) < 1e-4
