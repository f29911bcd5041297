"""Settings that belong together: for checkpoints that were distilled to a few steps."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

FewSteps: TypeAlias = Literal["lcm", "lightning", "turbo"]

FEW_STEPS: dict[FewSteps, dict[str, Any]] = {
    # Luo et al. 2023, https://arxiv.org/abs/2310.04378: 4 to 8 steps at a low scale.
    "lcm": {"sampler": "lcm", "schedule": "sgm_uniform", "steps": 6, "cfg_scale": 1.5},
    # Lin et al. 2024, https://arxiv.org/abs/2402.13929: trailing timesteps, no guidance.
    "lightning": {"sampler": "euler", "schedule": "sgm_uniform", "steps": 4, "cfg_scale": 1.0},
    # Sauer et al. 2023, https://arxiv.org/abs/2311.17042: one to four steps, no guidance.
    "turbo": {"sampler": "euler_a", "schedule": "turbo", "steps": 2, "cfg_scale": 1.0},
}
"""What each kind of few-step checkpoint wants, by the papers."""
