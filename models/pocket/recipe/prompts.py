"""The 500 prompts that the model is judged by; run as a module, it writes them anew."""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import asdict
from pathlib import Path

from .captions import plain_caption
from .domain import DOMAINS, Domain
from .painter import Scene
from .settings import MODEL_FOLDER

SEED = 500_009  # never a seed of training
EACH = {1: 250, 2: 250}  # prompts by the number of their things


def held_out_scenes(domain: Domain) -> list[Scene]:
    """The scenes asked for; those of one thing first."""
    rng = random.Random(SEED)
    return [domain.random_scene(rng, count) for count, many in EACH.items() for _ in range(many)]


def entry(scene: Scene) -> dict[str, object]:
    """A scene as prompts.json has it."""
    fields = asdict(scene)
    del fields["seed"]
    return {"prompt": plain_caption(scene), **fields}


def write_prompts(domain: Domain, folder: Path) -> None:
    """Writes prompts.json, one prompt a line."""
    lines = ",\n".join(json.dumps(entry(scene)) for scene in held_out_scenes(domain))
    (folder / "prompts.json").write_text(f"[\n{lines}\n]\n")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m models.pocket.recipe.prompts", description=__doc__
    )
    parser.add_argument("--domain", choices=DOMAINS, default="small")
    parser.add_argument("--out", type=Path, default=MODEL_FOLDER / "judge")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    write_prompts(DOMAINS[options.domain], options.out)


if __name__ == "__main__":
    main()
