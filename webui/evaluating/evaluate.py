"""`webui evaluate`: draw a fixed list of prompts with a checkpoint and measure the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from webui.errors import WebuiError
from webui.evaluating.clip import Clip, find_clip
from webui.evaluating.distances import PrecisionRecall, frechet_distance, precision_recall
from webui.evaluating.drawing import draw
from webui.evaluating.judge import Judge, Seen
from webui.evaluating.prompts import GENERAL, Prompt, read_prompts
from webui.evaluating.scores import Score, scores
from webui.request import Request, parse
from webui.settings import Settings

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp"})


@dataclass(frozen=True)
class Plan:
    """What to draw and with what to compare. None: as the checkpoint's own settings say."""

    checkpoint: str | None = None
    prompts: Path | None = None
    count: int | None = None
    steps: int | None = None
    sampler: str | None = None
    cfg_scale: float | None = None
    seed: int = 1
    reference: Path | None = None


@dataclass(frozen=True)
class Likeness:
    """How near the pictures are to a folder of real ones, in the space named."""

    space: str
    frechet: float
    covered: PrecisionRecall
    made: int
    real: int


@dataclass(frozen=True)
class Evaluation:
    """The pictures in the order of their prompts, and all that could be measured."""

    plan: Plan
    prompts: tuple[Prompt, ...]
    images: tuple[Image.Image, ...]
    seen: tuple[Seen, ...] = ()
    scores: dict[str, Score] = field(default_factory=dict[str, Score])
    likeness: Likeness | None = None
    clip_score: float | None = None
    left_out: tuple[str, ...] = ()
    """What was not measured, and why; for people."""


def evaluate(plan: Plan, settings: Settings, outputs: Path) -> Evaluation:
    """Draw into `outputs` and measure. Raises WebuiError in plain words."""
    home = _home(plan, settings)
    prompts = _prompts(plan, home)
    reference = read_reference(plan.reference) if plan.reference else None
    judge = Judge.load(home) if (home / "judge.json").is_file() else None
    requests = [_request(plan, prompt, i) for i, prompt in enumerate(prompts)]
    images = tuple(draw(requests, settings, outputs))
    return measure(Evaluation(plan, prompts, images), judge, _clip(settings), reference)


def measure(
    drawn: Evaluation,
    judge: Judge | None,
    clip: Clip | None,
    reference: Sequence[Image.Image] | None,
) -> Evaluation:
    """The evaluation with every number that can be had from what is there."""
    left_out: list[str] = []
    seen = tuple(judge.look(drawn.images)) if judge else ()
    known = [(p.wanted, s) for p, s in zip(drawn.prompts, seen, strict=False) if p.wanted]
    if not known:
        left_out.append("Accuracy: this checkpoint brings no judge, or the prompts no truth.")
    clip_score = clip.score(drawn.images, [p.text for p in drawn.prompts]) if clip else None
    if clip is None:
        left_out.append("CLIP score: there is no CLIP model in models/clip/.")
    likeness = None
    if reference is None:
        left_out.append("Likeness: name a folder of real pictures with --reference.")
    elif clip or judge:
        likeness = _likeness(drawn.images, reference, clip, judge)
    else:
        left_out.append("Likeness: needs a CLIP model in models/clip/, or the checkpoint's judge.")
    return Evaluation(
        drawn.plan,
        drawn.prompts,
        drawn.images,
        seen,
        scores(known),
        likeness,
        clip_score,
        tuple(left_out),
    )


def read_reference(folder: Path) -> list[Image.Image]:
    """Every picture of a folder. Raises WebuiError if there are too few or one is damaged."""
    paths = sorted(p for p in folder.glob("*") if p.suffix.lower() in ENDINGS)
    images: list[Image.Image] = []
    for path in paths:
        try:
            with Image.open(path) as image:
                images.append(image.convert("RGB"))
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise WebuiError(f"The picture {path} cannot be read: {error}") from error
    if len(images) < 4:
        raise WebuiError(f"{folder} holds {len(images)} pictures; at least 4 are needed.")
    return images


def _home(plan: Plan, settings: Settings) -> Path:
    """Where the judge and the prompts of a checkpoint lie: beside it, in its folder `judge`."""
    return settings.models / (plan.checkpoint or "pocket") / "judge"


def _prompts(plan: Plan, home: Path) -> tuple[Prompt, ...]:
    if plan.prompts:
        found = read_prompts(plan.prompts)
    elif (home / "prompts.json").is_file():
        found = read_prompts(home / "prompts.json")
    else:
        found = GENERAL
    if not found:
        raise WebuiError("There is no prompt to draw.")
    if plan.count is None or plan.count >= len(found):
        return found
    # Evenly over the whole list, whose halves may differ in kind.
    return tuple(found[i * len(found) // plan.count] for i in range(plan.count))


def _request(plan: Plan, prompt: Prompt, index: int) -> Request:
    fields = {
        "prompt": prompt.text,
        "checkpoint": plan.checkpoint,
        "steps": plan.steps,
        "sampler": plan.sampler,
        "cfg_scale": plan.cfg_scale,
        "seed": plan.seed + index,
    }
    return parse({name: value for name, value in fields.items() if value is not None})


def _clip(settings: Settings) -> Clip | None:
    folder = find_clip(settings.models)
    return Clip.load(folder) if folder else None


def _likeness(
    made: Sequence[Image.Image],
    real: Sequence[Image.Image],
    clip: Clip | None,
    judge: Judge | None,
) -> Likeness:
    if clip:
        space, vectors = "CLIP", (clip.features(made), clip.features(real))
    elif judge:
        space, vectors = "the judge", (judge.features(made), judge.features(real))
    else:
        raise WebuiError("Likeness needs a CLIP model or a judge.")
    ours, theirs = vectors
    if len(ours) < 4:
        raise WebuiError("Likeness needs at least 4 pictures: draw more with --count.")
    distance, covered = frechet_distance(ours, theirs), precision_recall(ours, theirs)
    return Likeness(space, distance, covered, len(ours), len(theirs))
