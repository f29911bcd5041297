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
    """What to learn, how much to draw and how long to train; schedules follow the clock."""

    domain: str = "small"
    seed: int = 1
    pictures: int = 30_000
    workers: int = 2
    vae_minutes: float = 20.0
    unet_minutes: float = 180.0
    polish_minutes: float = 8.0
    warmup_steps: int = 500
    batch: int = 64
    vae_batch: int = 8
    learning_rate: float = 8e-4
    object_weight: float = 3.0  # extra loss weight where things are: they are learned last
    map_weight: float = 0.1  # of the loss that asks inner features what stands where
    checkpoint_minutes: float = 4.0
    export_minutes: float = 20.0
    judge_epochs: int = 5
    companion_minutes: float = 6.0  # for each


CPU_PLAN = Plan()
GPU_PLAN = Plan(
    domain="full",
    pictures=200_000,
    workers=16,
    vae_minutes=5.0,
    unet_minutes=14.0,
    polish_minutes=3.0,
    warmup_steps=2000,
    batch=256,
    vae_batch=64,
    learning_rate=1e-3,
    companion_minutes=1.0,
)
PLANS = {"cpu": CPU_PLAN, "gpu": GPU_PLAN}
