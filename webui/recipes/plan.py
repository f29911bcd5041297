"""Planning: from a resolved request to the generators that make its pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import torch
from torch import Tensor

from webui.errors import RequestRejected
from webui.families import Facts
from webui.prompting import parse_composition, split_tags, without_comments
from webui.recipes.controlling import Preprocess, only_map
from webui.recipes.developing import Method, Recipe, SamplerFunction, guidance_of, window_of
from webui.recipes.enlarging import tile_count
from webui.recipes.redraw import Stages, only_enlarge, redraw
from webui.recipes.text_to_image import second_request, text_to_image
from webui.request import ResolvedRequest
from webui.request.limits import SAMPLER_OPTIONS, SCHEDULE_OPTIONS
from webui.request.resolved import partial_steps
from webui.sampling import Ask, Guidance, TrainedSigmas, dry_run, places

_WINDOWED = ("upscale", "outpaint")
"""Kinds whose windows may be chosen by the size alone."""

MOST_PROMPTS = 16
"""Prompts joined by AND: each is one more row in every forward."""

_REACH = 10.0
"""How far below and above the trained levels a schedule may be sent. Networks see little change
there, as nearly all is picture or noise; much further is a mistake."""

ScheduleFunction = Callable[[int, TrainedSigmas], Sequence[float]]


class Tools(Protocol):
    """Where sampler and schedule functions are found by id, bound to options of the request."""

    def sampler(self, name: str, options: Mapping[str, float]) -> SamplerFunction: ...

    def schedule(self, name: str, options: Mapping[str, float]) -> ScheduleFunction: ...

    def preprocessor(self, name: str) -> Preprocess | None: ...

    def wrapped(self, sampler: SamplerFunction, request: ResolvedRequest) -> SamplerFunction:
        """The sampler with what extensions put around it."""
        ...

    def whole(self, recipe: Recipe, request: ResolvedRequest) -> Recipe:
        """The recipe of a picture with what extensions put around it, and make of the picture."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """How one request is made.

    `asks`: calls of one picture that count as its progress: denoising, and tiles that are enlarged
    (a sampler that chooses its own steps may need more or fewer). `rows`: samples in each of them,
    or in most where that changes on the way; `shape`: of their latents.
    `start(index, see)` begins the recipe of a picture.
    """

    asks: int
    rows: int
    shape: tuple[int, int, int]
    start: Callable[[int, Callable[[Tensor], None]], Recipe]


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes plans; handed to the engine by the app, so that the engine knows no recipes."""

    tools: Tools

    def __call__(self, request: ResolvedRequest, facts: Facts | None) -> Plan:
        """Plan a request. `facts` are those of its checkpoint, None where it names none.

        Raises RequestRejected for an unknown sampler or schedule, for settings of theirs that mean
        nothing, and for too many prompts.
        """
        plan = self._plan(request, facts)
        return replace(
            plan, start=lambda index, see: self.tools.whole(plan.start(index, see), request)
        )

    def _plan(self, request: ResolvedRequest, facts: Facts | None) -> Plan:
        if facts is None:
            if request.kind == "map":
                return Plan(1, 1, (0, 0, 0), lambda index, see: only_map(request, self.tools))
            tiles = _tiles(request)
            return Plan(max(1, tiles), 1, (0, 0, 0), lambda index, see: only_enlarge(request))
        if request.window and facts.beside and request.kind in _WINDOWED:
            request = request.model_copy(update={"window": None})  # chosen by the size alone
        if request.window and facts.beside:
            raise RequestRejected(
                "A checkpoint for inpainting draws a picture whole, not in windows. Leave the"
                " window open, or choose another checkpoint.",
                field="window",
                value=request.window,
            )
        method = self._method(request, facts)
        if request.kind != "text_to_image":
            return self._over(request, facts, method)
        second = self._second(request, facts)
        passes = [(request, method)]
        if second:
            passes.append((second_request(request), second))
        return _plan(
            request,
            facts,
            passes,
            lambda index, see: text_to_image(
                request, index, facts, (method, second), see, self.tools
            ),
        )

    def _over(self, request: ResolvedRequest, facts: Facts, method: Method) -> Plan:
        steps = [partial_steps(request.steps, strength) for strength in request.strengths]
        loops = [(request, method.ending(count)) for count in steps if count]
        # Pictures of several inputs are requests of their own, and share nothing.
        stages: Stages | None = {} if request.pictures > 1 else None
        return _plan(
            request,
            facts,
            loops,
            lambda index, see: redraw(request, index, facts, method, see, self.tools, stages),
        )

    def _second(self, request: ResolvedRequest, facts: Facts) -> Method | None:
        if request.hires_width is None:
            return None
        again = second_request(request)
        return self._method(again, facts).ending(request.second_steps)

    def _method(self, request: ResolvedRequest, facts: Facts) -> Method:
        trained = trained_sigmas(facts, zero_terminal_snr=request.zero_terminal_snr)
        check_ends(request, trained)
        own = self.tools.sampler(request.sampler, options_of(request, SAMPLER_OPTIONS))
        sampler = self.tools.wrapped(own, request)
        schedule = self.tools.schedule(request.schedule, options_of(request, SCHEDULE_OPTIONS))
        sigmas = tuple(schedule(request.steps, trained))
        if any(high <= low for high, low in pairwise(sigmas)):
            raise RequestRejected(
                f"With these settings some of the {request.steps} steps of the schedule"
                f" {request.schedule!r} have no width. Take fewer steps, a rho nearer to 1, or"
                " sigma_min and sigma_max further apart.",
                field="rho" if request.rho is not None else "schedule",
                value=request.rho if request.rho is not None else request.schedule,
            )
        return Method(sampler, sigmas, trained)


def _plan(
    request: ResolvedRequest,
    facts: Facts,
    passes: Sequence[tuple[ResolvedRequest, Method]],
    start: Callable[[int, Callable[[Tensor], None]], Recipe],
) -> Plan:
    """The calls of all passes over one picture; rows and shape are those of the longest."""
    asks = rows = most = 0
    shape = facts.latent_shape(request.width, request.height)
    for one, method in passes:
        own = dry_run(method.sampler, method.sigmas) if len(method.sigmas) > 1 else []
        latents = facts.latent_shape(one.width, one.height)
        window = window_of(one, facts, torch.empty(1, *latents))
        count = len(own) * (len(places(*latents[1:], *window)) if window else 1)
        if window:
            latents = (latents[0], min(latents[1], window[0]), min(latents[2], window[0]))
        if own and count > most:
            most, shape = count, latents
            rows = usual_rows(guidance_of(one, method.sigmas), own, weights_of(one))
        asks += count
    weights_of(request)
    return Plan(asks + _tiles(request), max(1, rows), shape, start)


def _tiles(request: ResolvedRequest) -> int:
    """About how many tiles are enlarged."""
    if request.kind == "upscale":
        size, names = (request.init_width, request.init_height), [request.upscaler]
        names += [request.upscaler_2] if request.upscaler_2 else []
    elif request.hires_width:
        size, names = (request.width, request.height), [request.hires_upscaler]
    else:
        return 0
    files = {file.name for file in request.of_role("upscaler")}
    large = request.final_size
    return sum(tile_count(size, large, name) for name in names if name in files)


def options_of(request: ResolvedRequest, names: Sequence[str]) -> dict[str, float]:
    """Those of the named fields that are set."""
    found = {name: getattr(request, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def trained_sigmas(facts: Facts, *, zero_terminal_snr: bool = False) -> TrainedSigmas:
    """The noise levels of a checkpoint; up to pure noise where it or the request says so."""
    if facts.prediction == "flow":
        return TrainedSigmas.from_flow(facts.train_steps)
    return TrainedSigmas.from_betas(
        facts.beta_start,
        facts.beta_end,
        facts.train_steps,
        facts.beta_schedule,
        zero_terminal_snr=zero_terminal_snr or facts.zero_terminal_snr,
    )


def check_ends(request: ResolvedRequest, trained: TrainedSigmas) -> None:
    """Raises RequestRejected for ends of the schedule that the checkpoint knows nothing of."""
    lowest, highest = trained.sigma_min / _REACH, trained.sigma_max * _REACH
    for field in ("sigma_min", "sigma_max"):
        level: float | None = getattr(request, field)
        if level is not None and not lowest <= level <= highest:
            raise RequestRejected(
                f"{field} {level:g} is out of reach of this checkpoint, which was trained with"
                f" {trained.sigma_min:.3g} to {trained.sigma_max:.4g}. Choose {lowest:.3g} to"
                f" {highest:.4g}, or leave it open.",
                field=field,
                value=level,
            )
    low = trained.sigma_min if request.sigma_min is None else request.sigma_min
    high = trained.sigma_max if request.sigma_max is None else request.sigma_max
    if low >= high:
        field = "sigma_max" if request.sigma_min is None else "sigma_min"
        raise RequestRejected(
            f"sigma_min {low:.4g} must be below sigma_max {high:.4g}; one that is left open is the"
            " checkpoint's own.",
            field=field,
            value=getattr(request, field),
        )


def weights_of(request: ResolvedRequest) -> tuple[float, ...]:
    """Those of the prompts joined by AND. Raises RequestRejected for too many of them."""
    parts = parse_composition(split_tags(without_comments(request.prompt))[0])
    if len(parts) > MOST_PROMPTS:
        raise RequestRejected(
            f"The prompt joins {len(parts)} prompts by AND; at most {MOST_PROMPTS} can be drawn"
            " together. Join fewer.",
            field="prompt",
        )
    return tuple(part.weight for part in parts)


def usual_rows(guidance: Guidance, asks: Iterable[Ask], weights: tuple[float, ...]) -> int:
    """Rows of a call: of those counts that occur, the one nearest to the mean.

    So a step's time is looked up under rows that are really measured, and the time of the whole is
    as near as one number can be.
    """
    rows = [guidance.rows(ask, weights) for ask in asks]
    mean = sum(rows) / len(rows)
    return min(sorted(set(rows), reverse=True), key=lambda count: abs(count - mean))
