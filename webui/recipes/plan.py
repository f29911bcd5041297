"""Planning: from a resolved request to the generators that make its pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from webui.families import Facts
from webui.recipes.text_to_image import Recipe, SamplerFunction, text_to_image
from webui.request import ResolvedRequest
from webui.sampling import TrainedSigmas

ScheduleFunction = Callable[[int, TrainedSigmas], Sequence[float]]


class Tools(Protocol):
    """Where sampler and schedule functions are found by id."""

    def sampler(self, name: str) -> SamplerFunction: ...

    def schedule(self, name: str) -> ScheduleFunction: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """How one request is made.

    `asks`: denoising calls of one picture. `start(index, see)` begins the recipe of a picture.
    """

    asks: int
    start: Callable[[int, Callable[[Tensor], None]], Recipe]


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes plans; handed to the engine by the app, so that the engine knows no recipes."""

    tools: Tools

    def __call__(self, request: ResolvedRequest, facts: Facts) -> Plan:
        """Raises RequestRejected for a sampler or schedule that is not known."""
        sampler = self.tools.sampler(request.sampler)
        trained = TrainedSigmas.from_betas(
            facts.beta_start, facts.beta_end, facts.train_steps, facts.beta_schedule
        )
        sigmas = tuple(self.tools.schedule(request.schedule)(request.steps, trained))
        return Plan(
            asks=count_asks(sampler, sigmas),
            start=lambda index, see: text_to_image(request, index, facts, sampler, sigmas, see),
        )


class _NoNoise:
    """Noise for a dry run."""

    def draw(self) -> Tensor:
        return torch.zeros(1, 1, 1, 1)

    def brownian(self, sigma_min: float, sigma_max: float) -> Callable[[float, float], Tensor]:
        return lambda sigma, sigma_next: torch.zeros(1, 1, 1, 1)


def count_asks(sampler: SamplerFunction, sigmas: Sequence[float]) -> int:
    """How often a sampler asks: it is run dry on one pixel."""
    sampling = sampler(torch.zeros(1, 1, 1, 1), sigmas, _NoNoise())
    asks = 0
    try:
        next(sampling)
        while True:
            asks += 1
            sampling.send(torch.zeros(1, 1, 1, 1))
    except StopIteration:
        return asks
