"""Samplers that are diffusers schedulers, wrapped into our form."""

from __future__ import annotations

from diffusers.schedulers.scheduling_deis_multistep import DEISMultistepScheduler
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler

from webui.sampling import wrap_scheduler


def _deis() -> DEISMultistepScheduler:
    return DEISMultistepScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", solver_order=3
    )


def _unipc() -> UniPCMultistepScheduler:
    return UniPCMultistepScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", solver_order=2
    )


deis = wrap_scheduler(_deis)
"""DEIS of order 3, over log(rho). Zhang and Chen 2022, https://arxiv.org/abs/2204.13902."""

unipc = wrap_scheduler(_unipc)
"""UniPC of order 2. Zhao et al. 2023, https://arxiv.org/abs/2302.04867."""
