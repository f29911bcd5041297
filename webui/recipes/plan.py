"""Planning: from a resolved request to the generators that make its pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from webui.errors import RequestRejected
from webui.families import Facts
from webui.prompting import parse_composition, without_comments
from webui.recipes.text_to_image import Recipe, SamplerFunction, text_to_image
from webui.request import ResolvedRequest
from webui.sampling import TrainedSigmas

MOST_PROMPTS = 16
"""Prompts joined by AND: each is one more row in every forward."""

ScheduleFunction = Callable[[int, TrainedSigmas], Sequence[float]]


class Tools(Protocol):
    """Where sampler and schedule functions are found by id."""

    def sampler(self, name: str) -> SamplerFunction: ...

    def schedule(self, name: str) -> ScheduleFunction: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """How one request is made.

    `asks`: denoising calls of one picture. `rows`: samples in each of them. `start(index, see)`
    begins the recipe of a picture.
    """

    asks: int
    rows: int
    start: Callable[[int, Callable[[Tensor], None]], Recipe]


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes plans; handed to the engine by the app, so that the engine knows no recipes."""

    tools: Tools

    def __call__(self, request: ResolvedRequest, facts: Facts) -> Plan:
        """Raises RequestRejected for an unknown sampler or schedule, or too many prompts."""
        sampler = self.tools.sampler(request.sampler)
        trained = TrainedSigmas.from_betas(
            facts.beta_start, facts.beta_end, facts.train_steps, facts.beta_schedule
        )
        sigmas = tuple(self.tools.schedule(request.schedule)(request.steps, trained))
        return Plan(
            asks=count_asks(sampler, sigmas),
            rows=count_rows(request),
            start=lambda index, see: text_to_image(request, index, facts, sampler, sigmas, see),
        )


def count_rows(request: ResolvedRequest) -> int:
    """One for each prompt and one for the negative prompt; that one has no say with CFG 1."""
    parts = parse_composition(without_comments(request.prompt))
    if len(parts) > MOST_PROMPTS:
        raise RequestRejected(
            f"The prompt joins {len(parts)} prompts by AND; at most {MOST_PROMPTS} can be drawn"
            " together. Join fewer.",
            field="prompt",
        )
    plain = request.cfg_scale == 1 and len(parts) == 1 and parts[0].weight == 1
    return 1 if plain else 1 + len(parts)


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
