"""Schedules: where the noise levels of a run of so many steps lie.

Each takes the number of steps and the checkpoint's training sigmas and gives steps + 1 levels that
descend to 0. The names and values are those that A1111, ComfyUI and k-diffusion users know.
"""

from __future__ import annotations

from math import atan, exp, isclose, log, tan
from typing import Protocol

from scipy.special import betaincinv

from webui.sampling.sigmas import TrainedSigmas


class Schedule(Protocol):
    """Any schedule. Its own options are keywords with defaults, and so need no place here.

    `sigma_min` and `sigma_max`, where there are such: the last level before 0 and the first one;
    None is what the checkpoint was trained with.
    """

    def __call__(self, steps: int, trained: TrainedSigmas, /) -> tuple[float, ...]: ...


def normal(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """Timesteps evenly from the last trained one to the first, then 0."""
    return (*(trained.t_to_sigma(t) for t in _ramp(trained.last, trained.first, steps)), 0.0)


def sgm_uniform(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """Timesteps evenly from the last trained one, stopping one step short of the first, then 0.

    Called "trailing" in Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed",
    https://arxiv.org/abs/2305.08891; what few-step distilled checkpoints expect.
    """
    ramp = _ramp(trained.last, trained.last / max(steps, 1), steps)
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


def karras(
    steps: int,
    trained: TrainedSigmas,
    *,
    rho: float = 7.0,
    sigma_min: float | None = None,
    sigma_max: float | None = None,
) -> tuple[float, ...]:
    """Ever smaller steps: even in sigma ** (1 / rho).

    Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", equation 5,
    https://arxiv.org/abs/2206.00364.
    """
    low, high = _ends(trained, sigma_min, sigma_max)
    return (*karras_levels(steps, high, low, rho), 0.0)


def karras_levels(count: int, high: float, low: float, rho: float = 7.0) -> list[float]:
    """`count` levels of that equation from `high` to `low`, both above 0."""
    roots = _ramp(high ** (1 / rho), low ** (1 / rho), count)
    # with a rho below 1 the last root drowns in the digits of the first
    end, wanted = max(roots[-1], 0.0) ** rho, low if count > 1 else high
    last = end if isclose(end, wanted, rel_tol=1e-9) else wanted
    return [*(root**rho for root in roots[:-1]), last]


def exponential(
    steps: int,
    trained: TrainedSigmas,
    *,
    sigma_min: float | None = None,
    sigma_max: float | None = None,
) -> tuple[float, ...]:
    """Each level the same fraction of the one before, then 0."""
    low, high = _ends(trained, sigma_min, sigma_max)
    return (*(exp(level) for level in _ramp(log(high), log(low), steps)), 0.0)


def polyexponential(
    steps: int,
    trained: TrainedSigmas,
    *,
    rho: float = 1.0,
    sigma_min: float | None = None,
    sigma_max: float | None = None,
) -> tuple[float, ...]:
    """Even in log(sigma) ** (1 / rho) of the range, then 0; with rho 1 that is `exponential`."""
    low, high = map(log, _ends(trained, sigma_min, sigma_max))
    return (*(exp(low + (high - low) * part**rho) for part in _ramp(1, 0, steps)), 0.0)


def simple(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """Whole timesteps evenly from the last one down, never the first, then 0."""
    table, stride = trained.sigmas, len(trained.sigmas) / _positive(steps)
    return (*(table[-(1 + int(step * stride))] for step in range(steps)), 0.0)


def turbo(steps: int, trained: TrainedSigmas) -> tuple[float, ...]:
    """`sgm_uniform` on whole timesteps; what checkpoints distilled for one to four steps expect."""
    stride = len(trained.sigmas) / _positive(steps)
    ends = (round(step * stride - 1) for step in range(steps, 0, -1))
    return (*(trained.sigmas[end] for end in ends), 0.0)


def kl_optimal(
    steps: int,
    trained: TrainedSigmas,
    *,
    sigma_min: float | None = None,
    sigma_max: float | None = None,
) -> tuple[float, ...]:
    """Even in arctan(sigma), then 0: the least divergence for data that is nearly Gaussian.

    Sabour et al., "Align Your Steps", https://arxiv.org/abs/2404.14507, section 3.1.
    """
    low, high = map(atan, _ends(trained, sigma_min, sigma_max))
    return (*(tan(angle) for angle in _ramp(high, low, steps)), 0.0)


def beta(
    steps: int,
    trained: TrainedSigmas,
    *,
    alpha: float = 0.6,
    beta: float = 0.6,
    sigma_min: float | None = None,
    sigma_max: float | None = None,
) -> tuple[float, ...]:
    """Crowded at both ends of the range, as a beta distribution is below 1; then 0.

    Lee et al., "Beta Sampling is All You Need", https://arxiv.org/abs/2407.12173. As in A1111 it
    is the levels that are spread so (ComfyUI spreads timesteps).
    """
    low, high = _ends(trained, sigma_min, sigma_max)
    shares = (float(betaincinv(alpha, beta, part)) for part in _ramp(1, 0, steps))
    return (*(low + (high - low) * share for share in shares), 0.0)


def linear_quadratic(
    steps: int, trained: TrainedSigmas, *, threshold: float = 0.025
) -> tuple[float, ...]:
    """Half of the steps over the first `threshold` of the range, then ever longer ones to 0.

    The share gone grows evenly, then as the parabola that goes on smoothly; as video models are
    sampled (Polyak et al., "Movie Gen", https://arxiv.org/abs/2410.13720, section 3.4.2).
    """
    even = _positive(steps) // 2
    if not even:
        return (trained.sigma_max, 0.0)
    rest, pace = steps - even, threshold / even
    bend = (1 - threshold - pace * rest) / rest**2
    gone = [pace * step for step in range(even + 1)]
    gone += [threshold + pace * step + bend * step**2 for step in range(1, rest)]
    return (*(trained.sigma_max * (1 - share) for share in gone), 0.0)


def _ends(
    trained: TrainedSigmas, sigma_min: float | None, sigma_max: float | None
) -> tuple[float, float]:
    """The lowest and the highest level."""
    low = trained.sigma_min if sigma_min is None else sigma_min
    high = trained.sigma_max if sigma_max is None else sigma_max
    if not 0 < low < high:
        raise ValueError(
            f"A schedule goes from a higher level to a lower one, not {high} to {low}."
        )
    return low, high


def _positive(steps: int) -> int:
    if steps < 1:
        raise ValueError(f"A schedule needs at least one step, not {steps}.")
    return steps


def _ramp(start: float, end: float, count: int) -> list[float]:
    """`count` evenly spaced values with both ends; a single one is the start."""
    last = max(_positive(count) - 1, 1)
    return [start + (end - start) * (step / last) for step in range(count)]
