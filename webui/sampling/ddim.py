"""DDIM, DDPM and DDIM CFG++."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from webui.sampling.euler import euler_ancestral
from webui.sampling.moves import ancestral, steps
from webui.sampling.protocol import Ask, Noise, Sampling


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


def ddim_cfgpp(
    x: Tensor,
    sigmas: Sequence[float],
    noise: Noise,
    *,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> Sampling:
    """DDIM CFG++: goes to the guided x0, but along the noise that is seen without guidance.

    One ask per step, for both answers. So the noise stays what the network knows as noise, and
    a small scale, 0 to 1, is enough. Chung et al., "CFG++: Manifold-constrained Classifier Free
    Guidance for Diffusion Models", https://arxiv.org/abs/2406.08070, algorithm 2.
    """
    for sigma, sigma_next in steps(sigmas):
        answered = yield Ask(x, sigma, unguided=True)
        x0, unguided = answered.chunk(2)
        down, up = ancestral(sigma, sigma_next, eta)
        x = x0 + (x - unguided) * (down / sigma)
        if up > 0:
            x = x + noise.draw() * (up * s_noise)
    return x
