"""The samplers of the pack: against closed forms, against ours, and what every sampler keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from math import exp, log
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.extensions.bundled import loaded, module, ready
from tests.sampling.drive import SD, Gaussian, drive, start, toy
from webui.builtin.core import load_function
from webui.sampling import (
    ImageNoise,
    Sampler,
    dpmpp_2m_sde_heun,
    dpmpp_2s_ancestral,
    dry_run,
    euler,
    karras,
    normal,
)

REGISTRY = loaded("worker")
PACK = {
    info.id: info for info in REGISTRY.samplers if REGISTRY.owner_of("sampler", info.id) is not None
}
SAMPLERS: dict[str, Any] = {
    "res_multistep": module(REGISTRY, "sampler-pack", "exponential").res_multistep,
    "res_multistep_ancestral": module(
        REGISTRY, "sampler-pack", "exponential"
    ).res_multistep_ancestral,
    "gradient_estimation": module(REGISTRY, "sampler-pack", "gradient").gradient_estimation,
    "er_sde": module(REGISTRY, "sampler-pack", "er_sde").er_sde,
    "sa_solver": module(REGISTRY, "sampler-pack", "stochastic_adams").sa_solver,
    "dpmpp_2s_a_cfgpp": module(REGISTRY, "sampler-pack", "cfgpp").dpmpp_2s_ancestral_cfgpp,
}
DATA = Gaussian(mean=0.3, std=0.7)
SHAPE = (4, 8, 8)

walk = module(REGISTRY, "sampler-pack", "er_sde").walk
every_sampler = pytest.mark.parametrize("name", sorted(SAMPLERS))


def test_all_of_them_are_there_with_their_options() -> None:
    assert ready(REGISTRY, "sampler-pack").problem == ""
    assert set(PACK) == set(SAMPLERS)
    options = {id: dict(info.options) for id, info in PACK.items()}
    assert options["er_sde"] == {"s_noise": 1.0, "solver_order": 3}
    assert options["sa_solver"] == {"eta": 1.0, "s_tmin": 0.6, "s_tmax": 7.0, "solver_order": 2}
    assert options["gradient_estimation"] == {}


@every_sampler
def test_the_worker_finds_it_by_its_name(name: str) -> None:
    # not the same object: whoever loads the extensions imports them anew
    assert load_function(PACK[name].function).__qualname__ == SAMPLERS[name].__qualname__


def order_of(sampler: Sampler, high: float, low: float) -> float:
    """How fast the error falls with the number of steps: the slope in a log-log plot."""
    x = torch.linspace(-2, 2, 16, dtype=torch.float64).reshape(1, 1, 4, 4) * high
    counts, errors = (20, 40, 80, 160), []
    for count in counts:
        sigmas = [float(sigma) for sigma in np.geomspace(high, low, count + 1)]
        got = drive(sampler(x, sigmas, ImageNoise([0], (1, 4, 4))), DATA.denoise)
        errors.append(float((got - DATA.flow(x, high, low)).abs().max()))
    return -float(np.polyfit([log(c) for c in counts], [log(e) for e in errors], 1)[0])


def no_fresh_noise(sigma: float) -> float:
    return sigma


def of_ode(order: int) -> Sampler:
    """ER SDE as its ODE."""
    return lambda x, sigmas, noise: walk(x, sigmas, noise, 1.0, order, no_fresh_noise)


@pytest.mark.parametrize(
    ("sampler", "order"),
    [
        (SAMPLERS["res_multistep"], 2),
        (SAMPLERS["gradient_estimation"], 1),
        (partial(SAMPLERS["dpmpp_2s_a_cfgpp"], eta=0.0), 2),
        (of_ode(1), 1),
        (of_ode(2), 2),
    ],
)
def test_without_fresh_noise_it_converges_at_its_order(sampler: Sampler, order: int) -> None:
    assert order_of(sampler, 10.0, 0.1) == pytest.approx(order, abs=0.2)


@pytest.mark.parametrize(("solver_order", "least"), [(1, 1.8), (2, 2.0), (3, 2.4)])
def test_sa_solver_corrects_beyond_its_order(solver_order: int, least: float) -> None:
    # its first steps, with fewer answers, keep it from the whole order
    sampler = partial(SAMPLERS["sa_solver"], eta=0.0, solver_order=solver_order)
    assert order_of(sampler, 10.0, 0.1) > least


def error_of(sampler: Sampler, count: int) -> float:
    """How far it ends from the ODE's solution in so many steps."""
    x = torch.linspace(-2, 2, 16, dtype=torch.float64).reshape(1, 1, 4, 4) * 10
    sigmas = [float(sigma) for sigma in np.geomspace(10, 0.1, count + 1)]
    got = drive(sampler(x, sigmas, ImageNoise([0], (1, 4, 4))), DATA.denoise)
    return float((got - DATA.flow(x, 10.0, 0.1)).abs().max())


def test_the_second_derivative_brings_er_sde_nearer() -> None:
    first, second, third = (error_of(of_ode(order), 20) for order in (1, 2, 3))
    assert third < second < first / 3


def test_gradient_estimation_is_nearer_than_euler_in_few_steps() -> None:
    assert error_of(SAMPLERS["gradient_estimation"], 10) < error_of(euler, 10)


def test_res_multistep_is_the_exact_form_of_2m() -> None:
    # written from another paper, it must be what DPM++ 2M SDE Heun is without its noise
    sigmas = karras(12, SD)
    first, second = (
        drive(sampler(start(noise, sigmas), sigmas, noise), toy)
        for sampler in (SAMPLERS["res_multistep"], partial(dpmpp_2m_sde_heun, eta=0.0))
        for noise in [ImageNoise([4], SHAPE)]
    )
    torch.testing.assert_close(first, second, atol=1e-5, rtol=1e-5)


def test_cfgpp_without_guidance_is_dpmpp_2s_a() -> None:
    sigmas = karras(9, SD)
    first, second = (
        drive(sampler(start(noise, sigmas), sigmas, noise), toy)
        for sampler in (SAMPLERS["dpmpp_2s_a_cfgpp"], dpmpp_2s_ancestral)
        for noise in [ImageNoise([4], SHAPE)]
    )
    torch.testing.assert_close(first, second, atol=1e-5, rtol=1e-5)


def test_cfgpp_goes_along_the_unguided_noise() -> None:
    x = torch.full((1, 1, 2, 2), 5.0)
    sampling = SAMPLERS["dpmpp_2s_a_cfgpp"](x, (2.0, 0.0), ImageNoise([0], (1, 2, 2)))
    assert next(sampling).unguided
    with pytest.raises(StopIteration) as end:
        sampling.send(torch.cat([torch.full_like(x, 3.0), torch.full_like(x, 1.0)]))
    assert torch.equal(end.value.value, torch.full_like(x, 3.0))
    sampling = SAMPLERS["dpmpp_2s_a_cfgpp"](x, (2.0, 1.0), ImageNoise([0], (1, 2, 2)), eta=0.0)
    next(sampling)
    middle = sampling.send(torch.cat([torch.full_like(x, 3.0), torch.full_like(x, 1.0)]))
    # x0 + sigma * eps, x0 = 3 and eps = (5 - 1) / 2
    torch.testing.assert_close(middle.x, torch.full_like(x, 3.0 + middle.sigma * 2.0))


def straightforward_er_sde(x: Tensor, sigmas: Sequence[float], noise: ImageNoise) -> Tensor:
    """The paper's algorithm 3 line by line, its integrals as sums of many small parts."""

    def scale(sigma: Any) -> Any:
        return sigma * (np.exp(sigma**0.3) + 10)

    answers: list[Tensor] = []
    slopes: list[Tensor] = []
    for i, (now, after) in enumerate(pairwise(sigmas)):
        answers.append(toy(x, now))
        if after == 0:
            return answers[-1]
        ratio = scale(after) / scale(now)
        moved = x * ratio + answers[-1] * (1 - ratio)
        width = (now - after) / 200_000
        levels = after + (np.arange(200_000) + 0.5) * width
        if i > 0:
            slopes.append((answers[-1] - answers[-2]) / (now - sigmas[i - 1]))
            whole = float((1 / scale(levels)).sum() * width)
            moved = moved + slopes[-1] * (after - now + whole * scale(after))
        if i > 1:
            bend = (slopes[-1] - slopes[-2]) / ((now - sigmas[i - 2]) / 2)
            whole = float(((levels - now) / scale(levels)).sum() * width)
            moved = moved + bend * ((after - now) ** 2 / 2 + whole * scale(after))
        x = moved + noise.draw() * (after**2 - now**2 * ratio**2) ** 0.5
    return x


def test_er_sde_is_the_papers_algorithm() -> None:
    sigmas = karras(8, SD)
    noise = ImageNoise([4], SHAPE)
    wanted = straightforward_er_sde(start(noise, sigmas), sigmas, noise)
    noise = ImageNoise([4], SHAPE)
    got = drive(SAMPLERS["er_sde"](start(noise, sigmas), sigmas, noise), toy)
    torch.testing.assert_close(got, wanted, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("tau", [0.0, 0.7])
def test_sa_solver_takes_a_straight_line_of_answers_exactly(tau: float) -> None:
    moved = module(REGISTRY, "sampler-pack", "stochastic_adams")._moved
    high, low, x = 3.0, 1.0, torch.full((1, 1, 1, 1), 5.0)
    answers = [(level, torch.full_like(x, 2.0 - 0.5 * log(level))) for level in (high, 4.5)]
    got = float(moved(x, high, low, answers, tau))
    # by many small steps of the same reverse diffusion
    value, count = 5.0, 100_000
    for part in range(count):
        depth = log(high) - log(high / low) * (part + 0.5) / count
        kept = exp(-(1 + tau**2) * log(high / low) / count)
        value = value * kept + (2.0 - 0.5 * depth) * (1 - kept)
    assert got == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize(
    ("sampler", "count"),
    [
        (SAMPLERS["res_multistep_ancestral"], 60),
        (SAMPLERS["er_sde"], 60),
        (partial(SAMPLERS["er_sde"], solver_order=1), 1000),
        (SAMPLERS["sa_solver"], 60),
        (partial(SAMPLERS["sa_solver"], s_tmin=0.0, s_tmax=100.0), 60),
        (SAMPLERS["dpmpp_2s_a_cfgpp"], 60),
    ],
)
def test_with_fresh_noise_it_draws_from_the_data(sampler: Sampler, count: int) -> None:
    noise, sigmas = ImageNoise([0], (1, 128, 128)), karras(count, SD)
    result = drive(sampler(DATA.noisy(noise, sigmas[0]), sigmas, noise), DATA.denoise)
    assert result.mean().item() == pytest.approx(DATA.mean, abs=0.015)
    assert result.std().item() == pytest.approx(DATA.std, rel=0.02)


ASKS: dict[str, Callable[[int], int]] = {name: lambda count: count for name in SAMPLERS}
ASKS["dpmpp_2s_a_cfgpp"] = lambda count: 2 * count - 1


@every_sampler
@pytest.mark.parametrize("count", [1, 2, 9])
def test_it_asks_as_often_as_it_says_and_so_does_its_dry_run(name: str, count: int) -> None:
    noise, sigmas, asked = ImageNoise([1], SHAPE), normal(count, SD), list[float]()
    drive(SAMPLERS[name](start(noise, sigmas), sigmas, noise), toy, asked)
    assert len(asked) == ASKS[name](count)
    assert [ask.sigma for ask in dry_run(SAMPLERS[name], sigmas)] == asked


@every_sampler
def test_a_run_to_zero_ends_at_the_last_answer(name: str) -> None:
    noise, sigmas = ImageNoise([1], SHAPE), karras(5, SD)
    clean = torch.full((1, *SHAPE), 0.125)
    result = drive(SAMPLERS[name](start(noise, sigmas), sigmas, noise), lambda x, sigma: clean)
    assert torch.equal(result, clean)


@every_sampler
@pytest.mark.parametrize(
    "sigmas", [(4096.0, 1.0, 1e-3, 0.0), (1e-3, 1e-4, 0.0), (80.0, 0.002), (1e-6, 0.0)]
)
def test_results_are_finite_at_extreme_levels(name: str, sigmas: tuple[float, ...]) -> None:
    noise = ImageNoise([1], SHAPE)
    assert drive(SAMPLERS[name](start(noise, sigmas), sigmas, noise), toy).isfinite().all()


@every_sampler
def test_an_image_of_a_batch_equals_it_alone_bit_for_bit(name: str) -> None:
    def picture(seeds: list[int]) -> Tensor:
        noise, sigmas = ImageNoise(seeds, SHAPE), karras(6, SD)
        return drive(SAMPLERS[name](start(noise, sigmas), sigmas, noise), toy)

    batch = picture([3, 7])
    assert torch.equal(batch[:1], picture([3]))
    assert torch.equal(batch[1:], picture([7]))
    assert batch.dtype == torch.float32


@every_sampler
def test_a_bad_schedule_is_refused(name: str) -> None:
    for sigmas in ((), (1.0,), (2.0, 2.0, 0.0), (float("nan"), 0.0)):
        sampling = SAMPLERS[name](torch.zeros(1, *SHAPE), sigmas, ImageNoise([1], SHAPE))
        with pytest.raises(ValueError, match="schedule"):
            next(sampling)


@every_sampler
def test_it_may_be_closed_at_any_yield(name: str) -> None:
    for answered in range(4):
        noise, sigmas = ImageNoise([1], SHAPE), karras(5, SD)
        sampling = SAMPLERS[name](start(noise, sigmas), sigmas, noise)
        ask = next(sampling)
        for _ in range(answered):
            x0 = toy(ask.x, ask.sigma)
            ask = sampling.send(torch.cat([x0, x0]) if ask.unguided else x0)
        sampling.close()
        with pytest.raises(StopIteration):
            next(sampling)
