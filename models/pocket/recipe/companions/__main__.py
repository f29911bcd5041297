"""Teaches companions on the published base; run as a module with their names, or for all."""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from ..domain import DOMAINS, Domain
from ..painter import Scene
from ..settings import MODEL_FOLDER, WORK_FOLDER
from ..tiny_vae import train_tiny_vae
from ..upscaler import train_upscaler
from .control import HINTS, new_control, save_control, train_control
from .embedding import NewWord, save_embedding, train_embedding
from .lesson import Base, Lesson
from .lora import Adapter, save_diffusers, save_kohya, train_lora

RANK = 16
PICTURES = 1500
NEW_SHARE = 0.8  # of a lesson; the rest keeps the base what it is


@dataclass(frozen=True)
class Desk:
    """Where companions are made, how long, and of which part of the world."""

    base: Path
    out: Path
    work: Path
    domain: Domain
    minutes: float
    seed: int


Make: TypeAlias = Callable[[Desk], object]


def scenes_with(domain: Domain, new: dict[str, str], count: int, seed: int) -> list[Scene]:
    """Scenes of the domain, most of them with what is new: a kind, a colour or a style."""
    rng = random.Random(seed)
    return [
        _with(scene, new) if rng.random() < NEW_SHARE else scene
        for scene in (domain.random_scene(rng) for _ in range(count))
    ]


def _with(scene: Scene, new: dict[str, str]) -> Scene:
    thing = replace(scene.things[0], **{k: v for k, v in new.items() if k in ("kind", "colour")})
    whole = {k: v for k, v in new.items() if k == "style"}
    return replace(scene, things=(thing, *scene.things[1:]), **whole)


def _lora(
    name: str, kind: str, *, text: bool, convolutions: bool, kohya: bool, strength: float = 1.0
) -> Make:
    def make(desk: Desk) -> None:
        base = Base.load(desk.base)
        adapter = Adapter.on(base, RANK, text=text, convolutions=convolutions)
        lesson = Lesson.paint(base, scenes_with(desk.domain, {kind: name}, PICTURES, desk.seed))
        train_lora(base, lesson, adapter, desk.minutes, desk.seed)
        adapter.strengthen(strength)
        save = save_kohya if kohya else save_diffusers
        save(adapter, desk.out / "loras" / f"pocket-{name}.safetensors", name.title(), name)

    return make


def _embedding(desk: Desk) -> None:
    base = Base.load(desk.base)
    word = NewWord(base, "teal", begin="blue")
    lesson = Lesson.paint(base, scenes_with(desk.domain, {"colour": "teal"}, PICTURES, desk.seed))
    train_embedding(base, lesson, word, desk.minutes, desk.seed)
    save_embedding(word, desk.out / "embeddings" / "teal.safetensors")


def _control(kind: str) -> Make:
    def make(desk: Desk) -> None:
        base = Base.load(desk.base)
        control = new_control(base)
        rng = random.Random(desk.seed)
        scenes = [desk.domain.random_scene(rng) for _ in range(2 * PICTURES)]
        train_control(base, Lesson.paint(base, scenes), kind, control, desk.minutes, desk.seed)
        save_control(control, desk.out / "controlnets" / f"pocket-{kind}")

    return make


MAKERS: dict[str, Make] = {
    "blueprint": _lora("blueprint", "style", text=True, convolutions=False, kohya=True),
    # Measured: 83 % of the pictures at its own strength, 86 % at 1.15, 88 % at 1.3.
    "robot": _lora("robot", "kind", text=True, convolutions=True, kohya=False, strength=1.2),
    "crown": _lora("crown", "kind", text=True, convolutions=True, kohya=True),
    "teal": _embedding,
    **{kind: _control(kind) for kind in HINTS},
    "tiny-vae": lambda desk: train_tiny_vae(
        desk.work, desk.out / "tiny_vae", desk.minutes, desk.seed
    ),
    "upscaler": lambda desk: train_upscaler(
        desk.out / "upscalers" / "pocket-x2.safetensors", desk.minutes, desk.seed
    ),
}


def main() -> None:
    """Reads the command line and makes each companion named, or all."""
    parser = argparse.ArgumentParser(prog="python -m models.pocket.recipe.companions")
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(MAKERS)}; else all")
    parser.add_argument("--base", type=Path, default=MODEL_FOLDER)
    parser.add_argument("--out", type=Path, default=MODEL_FOLDER / "companions")
    parser.add_argument("--work", type=Path, default=WORK_FOLDER)
    parser.add_argument("--domain", choices=DOMAINS, default="small")
    parser.add_argument("--minutes", type=float, default=6.0, help="for each")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    unknown = set(options.names) - set(MAKERS)
    if unknown:
        parser.error(f"there is no companion {', '.join(sorted(unknown))}")
    desk = Desk(
        options.base,
        options.out,
        options.work,
        DOMAINS[options.domain],
        options.minutes,
        options.seed,
    )
    for name in options.names or MAKERS:
        print(f"{name}: {MAKERS[name](desk)}", flush=True)


if __name__ == "__main__":
    main()
