"""Samplers that are diffusers schedulers, wrapped into our form."""

from __future__ import annotations

from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler

from webui.sampling import wrap_scheduler


def _unipc() -> UniPCMultistepScheduler:
    return UniPCMultistepScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", solver_order=2
    )


unipc = wrap_scheduler(_unipc)
"""UniPC of order 2. Zhao et al. 2023, https://arxiv.org/abs/2302.04867."""
