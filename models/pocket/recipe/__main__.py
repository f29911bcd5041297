"""`python -m recipe` in models/pocket: rebuilds the model, or goes on where it stopped."""

from __future__ import annotations

import argparse
from pathlib import Path

from .settings import MODEL_FOLDER, WORK_FOLDER, Plan
from .train import build


def main() -> None:
    """Reads the command line and runs every stage that is not done yet."""
    usual = Plan()
    parser = argparse.ArgumentParser(prog="python -m recipe", description=__doc__)
    parser.add_argument("--minutes", type=float, default=usual.unet_minutes, help="UNet training")
    parser.add_argument("--vae-minutes", type=float, default=usual.vae_minutes)
    parser.add_argument("--pictures", type=int, default=usual.pictures)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--threads", type=int, default=usual.threads)
    parser.add_argument("--work", type=Path, default=WORK_FOLDER, help="checkpoints, several GB")
    parser.add_argument("--out", type=Path, default=MODEL_FOLDER)
    options = parser.parse_args()
    plan = Plan(
        seed=options.seed,
        pictures=options.pictures,
        threads=options.threads,
        vae_minutes=options.vae_minutes,
        unet_minutes=options.minutes,
    )
    build(plan, options.work, options.out)


if __name__ == "__main__":
    main()
