"""Wrapped schedulers are samplers like ours: same numbers, same manners."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import diffusers
import pytest
import torch
from torch import Tensor

from webui.sampling import (
    Ask,
    ImageNoise,
    Sampler,
    Schedule,
    ddim,
    ddim_uniform,
    dpm_2,
    dpmpp_2m,
    dpmpp_sde,
    euler,
    euler_ancestral,
    exponential,
    heun,
    karras,
    lcm,
    normal,
    sgm_uniform,
    wrap_scheduler,
)

from .drive import SD, Gaussian, drive, start, toy

# diffusers reads torch tensors with np.array, in the way that numpy 2 deprecates
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning",
    "ignore:__array_wrap__ must accept:DeprecationWarning",
)

SHAPE, DATA = (4, 8, 8), Gaussian()
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}

Options = dict[str, Any]

FOLLOWING: dict[str, Options] = {
    "EulerDiscreteScheduler": {},
    "EulerAncestralDiscreteScheduler": {},
    "LMSDiscreteScheduler": {},
    "DPMSolverMultistepScheduler": {},
    "DPMSolverSinglestepScheduler": {"lower_order_final": True},
    "UniPCMultistepScheduler": {},
    "DEISMultistepScheduler": {},
    "SASolverScheduler": {},
}
WALKING: dict[str, Options] = {
    "DDIMScheduler": {"clip_sample": False, "timestep_spacing": "trailing"},
    "DDPMScheduler": {"clip_sample": False, "timestep_spacing": "trailing"},
    "PNDMScheduler": {"skip_prk_steps": True, "steps_offset": 1},
    "HeunDiscreteScheduler": {},
    "KDPM2DiscreteScheduler": {},
    "KDPM2AncestralDiscreteScheduler": {},
    "DPMSolverSDEScheduler": {},
    "LCMScheduler": {},
    "TCDScheduler": {},
}
ALL = FOLLOWING | WALKING
STOCHASTIC = {
    "EulerAncestralDiscreteScheduler",
    "SASolverScheduler",
    "DDPMScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "DPMSolverSDEScheduler",
    "LCMScheduler",
    "TCDScheduler",
}

each = pytest.mark.parametrize("name", sorted(ALL))


def wrapped(name: str, **options: Any) -> Sampler:
    return wrap_scheduler(partial(getattr(diffusers, name), **BETAS, **ALL[name] | options))


def difference(first: Sampler, second: Sampler, sigmas: tuple[float, ...]) -> float:
    """The greatest difference between the pictures of two samplers."""
    pictures = [
        drive(sampler(start(noise, sigmas), sigmas, noise), toy)
        for sampler in (first, second)
        for noise in [ImageNoise([3, 7], SHAPE)]
    ]
    return float((pictures[0] - pictures[1]).abs().max())


@pytest.mark.parametrize("schedule", [normal, karras, exponential, sgm_uniform])
@pytest.mark.parametrize(
    ("name", "sampler"),
    [
        ("EulerDiscreteScheduler", euler),
        ("EulerAncestralDiscreteScheduler", euler_ancestral),
        ("DPMSolverMultistepScheduler", dpmpp_2m),
    ],
)
def test_a_following_scheduler_takes_any_schedule(
    name: str, sampler: Sampler, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in STOCHASTIC:  # it draws from generators of its own
        monkeypatch.setattr(torch, "randn", lambda shape, **_: torch.full(tuple(shape), 0.5))
    sigmas = schedule(20, SD)
    assert difference(wrapped(name), sampler, sigmas) < 2e-4
    assert difference(wrapped(name), sampler, sigmas[8:]) < 2e-4


@pytest.mark.parametrize(
    ("name", "options", "sampler", "schedule"),
    [
        ("DDIMScheduler", {"timestep_spacing": "leading", "steps_offset": 1}, ddim, ddim_uniform),
        ("HeunDiscreteScheduler", {}, heun, normal),
        ("HeunDiscreteScheduler", {"use_karras_sigmas": True}, heun, karras),
        ("KDPM2DiscreteScheduler", {"use_karras_sigmas": True}, dpm_2, karras),
        ("KDPM2DiscreteScheduler", {}, dpm_2, normal),
    ],
)
def test_a_walking_scheduler_with_our_levels_equals_our_sampler(
    name: str, options: Options, sampler: Sampler, schedule: Schedule
) -> None:
    assert difference(wrapped(name, **options), sampler, schedule(20, SD)) < 2e-4


@pytest.mark.parametrize(
    ("name", "options", "sampler", "schedule"),
    [
        ("HeunDiscreteScheduler", {}, heun, normal),
        ("KDPM2DiscreteScheduler", {}, dpm_2, normal),
        ("DDIMScheduler", {"timestep_spacing": "leading", "steps_offset": 1}, ddim, ddim_uniform),
    ],
)
def test_the_end_of_a_schedule_is_the_end_of_its_walk(
    name: str, options: Options, sampler: Sampler, schedule: Schedule
) -> None:
    assert difference(wrapped(name, **options), sampler, schedule(20, SD)[12:]) < 2e-4


def test_dpm_solver_sde_walks_the_path_of_the_noise() -> None:
    scheduler = diffusers.DPMSolverSDEScheduler(**BETAS, use_karras_sigmas=True)
    scheduler.set_timesteps(20)
    sigmas = (scheduler.sigmas[0].item(), *scheduler.sigmas[1::2].tolist())
    sampler = wrapped("DPMSolverSDEScheduler", use_karras_sigmas=True)
    # a path is rough: that the scheduler rounds its levels to float32 shows
    assert difference(sampler, dpmpp_sde, sigmas) < 0.02


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction", "sample"])
@pytest.mark.parametrize(
    ("name", "options", "sampler", "schedule"),
    [
        ("EulerDiscreteScheduler", {}, euler, karras),
        ("DPMSolverMultistepScheduler", {}, dpmpp_2m, karras),
        ("DDIMScheduler", {"timestep_spacing": "leading", "steps_offset": 1}, ddim, ddim_uniform),
    ],
)
def test_every_prediction_type_means_the_same_picture(
    name: str, options: Options, sampler: Sampler, schedule: Schedule, kind: str
) -> None:
    scheduler = wrapped(name, prediction_type=kind, **options)
    assert difference(scheduler, sampler, schedule(12, SD)) < 2e-4


def test_lcm_equals_ours_but_for_its_own_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "randn", lambda shape, **_: torch.full(tuple(shape), 0.5))
    scheduler = diffusers.LCMScheduler(**BETAS)
    scheduler.set_timesteps(4)
    sigmas = (*(SD.sigmas[t] for t in scheduler.timesteps.tolist()), 0.0)
    assert difference(wrapped("LCMScheduler"), lcm, sigmas) < 2e-4


@pytest.mark.parametrize(
    "name",
    [
        "UniPCMultistepScheduler",
        "DEISMultistepScheduler",
        "PNDMScheduler",
        "KDPM2DiscreteScheduler",
        "LMSDiscreteScheduler",
        "DPMSolverSinglestepScheduler",
    ],
)
def test_a_deterministic_scheduler_converges_to_the_solution(name: str) -> None:
    errors = []
    for count in (10, 40):
        sigmas, noise, asked = karras(count, SD), ImageNoise([4], (1, 16, 16)), list[Ask]()

        def denoise(x: Tensor, sigma: float, asked: list[Ask] = asked) -> Tensor:
            asked.append(Ask(x, sigma))
            return DATA.denoise(x, sigma)

        got = drive(wrapped(name)(DATA.noisy(noise, sigmas[0]), sigmas, noise), denoise)
        solution = DATA.flow(asked[0].x, asked[0].sigma, 0.0)
        errors.append(float((got - solution).abs().max()))
    assert errors[1] < errors[0] / 4
    assert errors[1] < 0.02


@pytest.mark.parametrize("name", sorted(STOCHASTIC - {"LCMScheduler", "TCDScheduler"}))
def test_a_stochastic_scheduler_draws_from_the_data(name: str) -> None:
    sigmas, noise = normal(100, SD), ImageNoise([0], (1, 128, 128))
    got = drive(wrapped(name)(DATA.noisy(noise, sigmas[0]), sigmas, noise), DATA.denoise)
    assert got.mean().item() == pytest.approx(DATA.mean, abs=0.02)
    assert got.std().item() == pytest.approx(DATA.std, rel=0.06)


@each
def test_an_image_of_a_batch_equals_it_alone(name: str) -> None:
    def picture(seeds: list[int]) -> Tensor:
        noise, sigmas = ImageNoise(seeds, SHAPE), normal(6, SD)
        return drive(wrapped(name)(start(noise, sigmas), sigmas, noise), toy)

    batch = picture([3, 7, 11])
    assert torch.equal(batch, picture([3, 7, 11]))
    for row, seed in enumerate([3, 7, 11]):
        assert torch.equal(batch[row : row + 1], picture([seed]))


@each
@pytest.mark.parametrize("count", [1, 2, 3, 20])
@pytest.mark.parametrize("skipped", [0, 0.4])
def test_asks_are_as_many_as_the_steps_say(name: str, count: int, skipped: float) -> None:
    sigmas = normal(count, SD)[int(count * skipped) :]
    steps, asked = len(sigmas) - 1, list[float]()
    noise = ImageNoise([1], SHAPE)
    got = drive(wrapped(name)(start(noise, sigmas), sigmas, noise), toy, asked)
    twice = name in ("PNDMScheduler",) and steps > 1
    pairs = wrapped_order(name) == 2
    assert len(asked) == (2 * steps - 1 if pairs else steps + twice)
    assert got.isfinite().all()
    assert got.dtype == torch.float32


def wrapped_order(name: str) -> int:
    return getattr(diffusers, name)(**BETAS).order


@pytest.mark.parametrize("name", sorted(WALKING))
def test_image_to_image_begins_near_the_wanted_level(name: str) -> None:
    for sigmas in (normal(20, SD)[9:], karras(30, SD)[20:]):
        asked: list[float] = []
        noise = ImageNoise([1], SHAPE)
        drive(wrapped(name)(start(noise, sigmas), sigmas, noise), toy, asked)
        assert sigmas[0] * 0.99 <= asked[0] <= sigmas[0] * 1.5


@pytest.mark.parametrize("name", sorted(WALKING))
def test_x_always_has_the_variance_of_the_level_it_is_asked_at(name: str) -> None:
    """From the level of the schedule, it is brought to the level that the walk begins with."""
    for sigmas in (normal(20, SD), normal(20, SD)[9:], (100.0, *normal(20, SD)[1:])):
        noise = ImageNoise([1], (4, 64, 64))
        x = noise.draw() * (1 + sigmas[0] ** 2) ** 0.5
        ask = next(wrapped(name)(x, sigmas, noise))
        assert ask.x.std().item() == pytest.approx((1 + ask.sigma**2) ** 0.5, rel=0.01)


@each
def test_a_schedule_that_stops_early_is_followed_or_refused(name: str) -> None:
    sigmas, noise = karras(20, SD)[:8], ImageNoise([1], SHAPE)
    sampling = wrapped(name)(start(noise, sigmas), sigmas, noise)
    if name in WALKING:
        with pytest.raises(ValueError, match="cannot stop"):
            next(sampling)
    else:
        expected = drive(euler(start(noise, sigmas), sigmas, noise), DATA.denoise).std()
        got = drive(sampling, DATA.denoise).std()
        assert float(got) == pytest.approx(float(expected), rel=0.25)


@each
def test_a_bad_schedule_is_refused(name: str) -> None:
    sampling = wrapped(name)(torch.zeros(1, *SHAPE), (1.0, 2.0), ImageNoise([1], SHAPE))
    with pytest.raises(ValueError, match="descends"):
        next(sampling)


@each
@pytest.mark.parametrize("answered", [0, 2])
def test_it_may_be_closed_at_any_yield(name: str, answered: int) -> None:
    noise, sigmas = ImageNoise([1], SHAPE), normal(5, SD)
    sampling = wrapped(name)(start(noise, sigmas), sigmas, noise)
    ask = next(sampling)
    for _ in range(answered):
        ask = sampling.send(toy(ask.x, ask.sigma))
    sampling.close()


def test_runs_of_one_sampler_do_not_disturb_each_other() -> None:
    sampler, sigmas = wrapped("UniPCMultistepScheduler"), karras(6, SD)
    alone = drive(sampler(torch.ones(1, *SHAPE), sigmas, ImageNoise([1], SHAPE)), toy)
    runs = [sampler(torch.ones(1, *SHAPE), sigmas, ImageNoise([1], SHAPE)) for _ in range(2)]
    asks = [next(run) for run in runs]
    for _ in range(5):
        pairs = zip(runs, asks, strict=True)
        asks = [run.send(toy(ask.x, ask.sigma)) for run, ask in pairs]
    for run, ask in zip(runs, asks, strict=True):
        with pytest.raises(StopIteration) as end:
            run.send(toy(ask.x, ask.sigma))
        assert torch.equal(end.value.value, alone)


@pytest.mark.parametrize(
    "make",
    [
        diffusers.FlowMatchEulerDiscreteScheduler,
        diffusers.EDMEulerScheduler,
        partial(diffusers.UniPCMultistepScheduler, use_flow_sigmas=True),
        partial(diffusers.DDIMScheduler, prediction_type="mood"),
    ],
)
def test_schedulers_of_other_kinds_are_refused(make: Callable[[], Any]) -> None:
    sampling = wrap_scheduler(make)(torch.zeros(1, *SHAPE), (1.0, 0.0), ImageNoise([1], SHAPE))
    with pytest.raises(ValueError, match="Scheduler"):
        next(sampling)


def test_pndm_with_runge_kutta_steps_starts_only_at_the_top() -> None:
    sampler, noise = wrapped("PNDMScheduler", skip_prk_steps=False), ImageNoise([1], SHAPE)
    sigmas = normal(20, SD)
    assert drive(sampler(start(noise, sigmas), sigmas, noise), toy).isfinite().all()
    with pytest.raises(ValueError, match="skip_prk_steps"):
        next(sampler(start(noise, sigmas[9:]), sigmas[9:], noise))
