"""Sampling from consistency models."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from webui.sampling.moves import steps
from webui.sampling.protocol import Ask, Noise, Sampling


def lcm(x: Tensor, sigmas: Sequence[float], noise: Noise, *, s_noise: float = 1.0) -> Sampling:
    """LCM: take the answer for the picture itself, and noise it anew for the next step.

    One ask per step. For checkpoints and LoRAs distilled to answer in one go; others give blur.
    Luo et al., "Latent Consistency Models", https://arxiv.org/abs/2310.04378, after algorithm 1 of
    Song et al., "Consistency Models", https://arxiv.org/abs/2303.01469.
    """
    for sigma, sigma_next in steps(sigmas):
        x = yield Ask(x, sigma)
        if sigma_next > 0:
            x = x + noise.draw() * (sigma_next * s_noise)
    return x
