"""DDIM and DDPM."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from webui.sampling.euler import euler_ancestral
from webui.sampling.protocol import Noise, Sampling


def ddim(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> Sampling:
    """DDIM: deterministic with eta = 0, the sampling of DDPM with eta = 1; one ask per step.

    Song et al., "Denoising Diffusion Implicit Models", https://arxiv.org/abs/2010.02502. Written
    for x = x0 + sigma * eps, its equations 12 and 16 are the ancestral Euler step: only the default
    eta is its own, and the schedule `ddim_uniform` it is mostly seen with.
    """
    return euler_ancestral(x, sigmas, noise, eta=eta, s_noise=s_noise)


def ddpm(x: Tensor, sigmas: Sequence[float], noise: Noise, *, s_noise: float = 1.0) -> Sampling:
    """DDPM: each step draws from the posterior of the forward process; one ask per step.

    Ho et al., "Denoising Diffusion Probabilistic Models", https://arxiv.org/abs/2006.11239,
    equations 6 and 7; for x = x0 + sigma * eps that is DDIM with eta = 1.
    """
    return ddim(x, sigmas, noise, eta=1.0, s_noise=s_noise)
