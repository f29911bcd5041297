"""Sizes and amounts of the recipe in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MODEL_FOLDER = Path(__file__).resolve().parent.parent
WORK_FOLDER = MODEL_FOLDER.parent.parent / ".training"

LATENT_SIDE = 16  # 128 px, 8 pixels to a latent
TOKENS = 77


@dataclass(frozen=True)
class Plan:
    """How much to draw and how long to train; schedules follow the clock, not step counts."""

    seed: int = 1
    pictures: int = 12_000
    threads: int = 2
    vae_minutes: float = 13.0
    unet_minutes: float = 75.0
    warmup_steps: int = 120
    batch: int = 32
    learning_rate: float = 8e-4
    object_weight: float = 1.0  # extra loss weight where the object is: it is learned last
    checkpoint_minutes: float = 4.0
    export_minutes: float = 20.0
