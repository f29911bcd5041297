"""Resolving: a request becomes one in which nothing is left open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from webui.errors import RequestRejected
from webui.request.choices import (
    PLAIN_UPSCALERS,
    CheckpointInfo,
    Choices,
    Defaults,
    PreprocessorInfo,
    SamplerInfo,
    ScheduleInfo,
)
from webui.request.explain import shown
from webui.request.from_picture import AnyDrawing
from webui.request.frozen import Frozen
from webui.request.limits import (
    MAX_PIXELS_AT_ONCE,
    SAMPLER_OPTIONS,
    SCHEDULE_OPTIONS,
    ExtensionInputs,
)
from webui.request.parts import Colouring, Enlarging, Growing, Loop, Masking, Redrawing, Windows
from webui.request.resolve_control import controls_of
from webui.request.resolve_hires import hires_of
from webui.request.resolved import Difference, ExtensionUsed, FileUsed, ResolvedRequest
from webui.request.sizes import Placed, placed


@dataclass(frozen=True, slots=True)
class Input:
    """A picture that is kept here by the hash of its pixels."""

    sha256: str
    width: int
    height: int
    has_alpha: bool = False


def _no_input(reference: str, field: str) -> Input:
    raise RequestRejected(
        f"There is no picture {shown(reference)} here. Send it first.", field=field, value=reference
    )


def _no_upscaler(name: str, field: str) -> FileUsed | None:
    if name.strip().casefold() in PLAIN_UPSCALERS:
        return None
    raise RequestRejected(f"There is no upscaler {shown(name)}.", field=field, value=name)


def _no_control(name: str, field: str) -> FileUsed | None:
    raise RequestRejected(f"There is no control model {shown(name)}.", field=field, value=name)


@dataclass(frozen=True, slots=True)
class Extended:
    """What extensions have to do with a request: whose inputs act, and who had a hand in it."""

    inputs: ExtensionInputs
    used: tuple[ExtensionUsed, ...]


def unextended(request: ResolvedRequest, asked: ExtensionInputs) -> Extended:
    """Where there are no extensions nothing of them can be asked."""
    if asked:
        name = next(iter(asked))
        raise RequestRejected(
            f"There is no extension {shown(name)} here.", field=f"extensions.{name}", value=name
        )
    return Extended(Frozen(), ())


@dataclass(frozen=True, slots=True)
class Here:
    """What resolving asks of this machine.

    `word(prompt, negative, styles)` puts styles around the prompts. `draw(text, seeds)` draws what
    a prompt leaves to chance, once for each seed; a text without such places stays as it is.
    `named(prompt, negative)` gives the files that prompts name (LoRAs, embeddings).
    `look(reference, field)` finds an input, `upscaler(name, field)` the file of an upscaler (None
    for what needs no file), `control` likewise that of a control model. `missing(preprocessor)`
    says which weights are not here, or nothing. `extended(request, inputs)` tells what extensions
    have to do with a request.
    """

    sha256_of: Callable[[CheckpointInfo], str]
    choose_seed: Callable[[], int]
    word: Callable[[str, str, tuple[str, ...]], tuple[str, str]] = lambda p, n, _: (p, n)
    draw: Callable[[str, tuple[int, ...]], Sequence[str]] = lambda text, seeds: [text] * len(seeds)
    named: Callable[[str, str], tuple[FileUsed, ...]] = lambda p, n: ()
    look: Callable[[str, str], Input] = _no_input
    upscaler: Callable[[str, str], FileUsed | None] = _no_upscaler
    control: Callable[[str, str], FileUsed | None] = _no_control
    missing: Callable[[PreprocessorInfo], str] = lambda maker: ""
    extended: Callable[[ResolvedRequest, ExtensionInputs], Extended] = unextended


def resolve_one(
    request: AnyDrawing, choices: Choices, here: Here, place: Place = placed
) -> ResolvedRequest:
    """Make every open choice. `place` says what is drawn at which size.

    Raises RequestRejected for names that are not known.
    """
    check_ranges(request)
    checkpoint = choices.checkpoint(request.checkpoint)
    fits = checkpoint.defaults
    second, upscalers = hires_of(request, choices, here.upscaler)
    sampler = choices.sampler(fits.sampler if request.sampler == "auto" else request.sampler)
    own_schedule = fits.schedule if request.sampler == "auto" else sampler.schedule
    schedule = choices.schedule(own_schedule if request.schedule == "auto" else request.schedule)
    sizes = place(request, fits)
    width, height = sizes["width"], sizes["height"]
    largest = sizes.get("hires_width", width), sizes.get("hires_height", height)
    check_pixels(*largest, request.batch_size)
    cfg_scale = fits.cfg_scale if request.cfg_scale is None else request.cfg_scale
    is_resized = (request.seed_resize_width or request.seed_resize_height) is not None
    prompt, negative = here.word(request.prompt, request.negative_prompt, request.styles)
    init = str(sizes.get("init", ""))
    controls, control_files = controls_of(request, choices, here, checkpoint, init)
    resolved = ResolvedRequest(
        kind=request.kind,
        prompt=prompt,
        negative_prompt=negative,
        sampler=sampler.id,
        schedule=schedule.id,
        steps=request.steps or fits.steps,
        cfg_scale=cfg_scale,
        **{**parts_of(request), **second, **sizes},
        origin=here.look(request.origin, "origin").sha256 if request.origin else "",
        seed=here.choose_seed() if request.seed == -1 else request.seed,
        variation_seed=_variation_seed(request, here.choose_seed),
        variation_strength=request.variation_strength,
        seed_resize_width=(request.seed_resize_width or width) if is_resized else None,
        seed_resize_height=(request.seed_resize_height or height) if is_resized else None,
        noise_source=request.noise_source,
        seed_delta=request.seed_delta,
        emphasis=request.emphasis,
        clip_skip=request.clip_skip,
        cfg_rescale=request.cfg_rescale,
        guidance_start=request.guidance_start,
        guidance_end=request.guidance_end,
        zero_terminal_snr=request.zero_terminal_snr,
        **_options(request, sampler, SAMPLER_OPTIONS),
        **_options(request, schedule, SCHEDULE_OPTIONS),
        batch_size=request.batch_size,
        batch_count=request.batch_count,
        checkpoint=checkpoint.name,
        lane=request.lane,
        exact=request.exact,
        files=(
            FileUsed(role="checkpoint", name=checkpoint.name, sha256=here.sha256_of(checkpoint)),
            *upscalers,
            *control_files,
        ),
        controls=controls,
    )
    extended = here.extended(resolved, request.extensions)
    acting = {"extensions": extended.inputs, "used": extended.used}
    return _drawn(resolved.model_copy(update=acting), here)


Place: TypeAlias = Callable[[AnyDrawing, Defaults], Placed]


def parts_of(request: AnyDrawing) -> dict[str, Any]:
    """The fields that a resolved request has just as they were asked."""
    names = _PARTS & type(request).model_fields.keys()
    return {name: getattr(request, name) for name in names}


_PARTS = {
    name
    for part in (Windows, Redrawing, Colouring, Loop, Masking, Growing, Enlarging)
    for name in part.model_fields
} | {"strength", "scale"}


def used_by(pictures: Iterable[ResolvedRequest]) -> tuple[ExtensionUsed, ...]:
    """Every extension that has a hand in one of the pictures."""
    return tuple(dict.fromkeys(used for one in pictures for used in one.used))


def difference(base: ResolvedRequest, other: ResolvedRequest) -> Difference:
    """The fields of one picture that `other` has otherwise, as JSON has them."""
    was, now = base.model_dump(mode="json"), other.model_dump(mode="json")
    same = ("batch_size", "batch_count", "each", "sheet")
    return {name: now[name] for name in now if name not in same and now[name] != was[name]}


def _drawn(request: ResolvedRequest, here: Here) -> ResolvedRequest:
    """The request with nothing left to chance in its prompts, for each of its pictures."""
    pictures = [request.alone(index) for index in range(request.pictures)]
    seeds = tuple(one.variation_seed if one.is_varied else one.seed for one in pictures)
    # Other seeds for negative prompts: alike forms in both shall not draw alike.
    others = tuple(seed + 1 for seed in seeds)
    asked = {name: str(getattr(request, name)) for name in PROMPTS}
    found = [
        here.draw(text, others if "negative" in name else seeds) for name, text in asked.items()
    ]
    words = [dict(zip(PROMPTS, of_one, strict=True)) for of_one in zip(*found, strict=True)]
    if words[0] == asked:
        return request.model_copy(update={"files": (*request.files, *named_by(request, here))})
    whole = request.model_copy(
        update={"template": request.prompt, "negative_template": request.negative_prompt}
    )
    drawn = [_with_words(one, asked, own, here) for one, own in zip(pictures, words, strict=True)]
    if len(drawn) == 1:
        return drawn[0]
    return whole.model_copy(update={"each": tuple(difference(whole, one) for one in drawn)})


PROMPTS: tuple[str, ...] = ("prompt", "negative_prompt", "hires_prompt", "hires_negative_prompt")
"""Fields with words to draw by chance, and that name files."""


def _with_words(
    request: ResolvedRequest, asked: dict[str, str], words: dict[str, str], here: Here
) -> ResolvedRequest:
    """The request of one picture, with its drawn words and the files that they name."""
    templates = {"template": asked["prompt"], "negative_template": asked["negative_prompt"]}
    one = ResolvedRequest.model_validate({**dict(request), **words, **templates})
    return one.model_copy(update={"files": (*one.files, *named_by(one, here))})


def named_by(request: ResolvedRequest, here: Here) -> tuple[FileUsed, ...]:
    """The files that the prompts of both passes name, once. Raises RequestRejected."""
    first = here.named(request.prompt, request.negative_prompt)
    try:
        second = here.named(request.hires_prompt, request.hires_negative_prompt)
    except RequestRejected as error:
        field = error.field and f"hires_{error.field}"
        raise RequestRejected(error.message, field=field, value=error.value) from None
    return tuple(dict.fromkeys((*first, *second)))


def _options(
    request: AnyDrawing, choice: SamplerInfo | ScheduleInfo, names: tuple[str, ...]
) -> dict[str, Any]:
    """The options that the choice has, as asked or its own; others stay None."""
    own = dict(choice.options)
    asked = {name: getattr(request, name) for name in names if name in own}
    return {name: own[name] if value is None else value for name, value in asked.items()}


def check_ranges(request: AnyDrawing) -> None:
    if request.guidance_start >= request.guidance_end:
        raise RequestRejected(
            f"guidance_start {request.guidance_start:g} must be below guidance_end"
            f" {request.guidance_end:g}.",
            field="guidance_start",
            value=request.guidance_start,
        )
    low, high = request.sigma_min, request.sigma_max
    if low is not None and high is not None and low >= high:
        raise RequestRejected(
            f"sigma_min {low:g} must be below sigma_max {high:g}.", field="sigma_min", value=low
        )


def _variation_seed(request: AnyDrawing, choose_seed: Callable[[], int]) -> int:
    """0 where none is mixed in, so that equal pictures have equal requests."""
    if request.variation_strength == 0:
        return 0
    return choose_seed() if request.variation_seed == -1 else request.variation_seed


def check_pixels(width: int, height: int, batch_size: int) -> None:
    if width * height * batch_size > MAX_PIXELS_AT_ONCE:
        raise RequestRejected(
            f"batch_size {batch_size} at {width} × {height} is more than one device holds at"
            f" once; at this size at most {max(1, MAX_PIXELS_AT_ONCE // (width * height))} fit."
            " Use batch_count for more pictures.",
            field="batch_size",
            value=batch_size,
        )
