"""Samplers that are diffusers schedulers, wrapped into our form."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from diffusers.schedulers.scheduling_deis_multistep import DEISMultistepScheduler
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler
from torch import Tensor

from webui.errors import RequestRejected
from webui.sampling import Noise, Sampling, wrap_scheduler

_HIGHEST = 3
"""Order: beyond it the first has no formula, and the second only spoils pictures."""


def deis(x: Tensor, sigmas: Sequence[float], noise: Noise, *, solver_order: int = 3) -> Sampling:
    """DEIS, over log(rho). Zhang and Chen 2022, https://arxiv.org/abs/2204.13902.

    `solver_order`: 1 to 3, else RequestRejected.
    """
    make = partial(_deis, _checked(solver_order, "DEIS"))
    return (yield from wrap_scheduler(make)(x, sigmas, noise))


def unipc(x: Tensor, sigmas: Sequence[float], noise: Noise, *, solver_order: int = 2) -> Sampling:
    """UniPC. Zhao et al. 2023, https://arxiv.org/abs/2302.04867.

    `solver_order`: 1 to 3, else RequestRejected.
    """
    make = partial(_unipc, _checked(solver_order, "UniPC"))
    return (yield from wrap_scheduler(make)(x, sigmas, noise))


def _deis(order: int) -> DEISMultistepScheduler:
    return DEISMultistepScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", solver_order=order
    )


def _unipc(order: int) -> UniPCMultistepScheduler:
    return UniPCMultistepScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", solver_order=order
    )


def _checked(order: int, name: str) -> int:
    if order > _HIGHEST:
        raise RequestRejected(
            f"{name} has solver orders 1 to {_HIGHEST}, not {order}.",
            field="solver_order",
            value=order,
        )
    return order
