"""Limiting what a high CFG scale exaggerates, in latents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from webui.sampling import Ask, Sampling, TrainedSigmas, guide

from .scales import Scale

_TIMES = TrainedSigmas.from_betas()
"""Tells how far along a noise level is. Other checkpoints have other levels, in nearly this way."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`cfg_scale`: what the answers were guided with; `cfg` and `mimic`: the scales that act.

    `percentile` of the values count for the contrast, and `phi` of the outcome is mixed in.
    """

    cfg_scale: float
    cfg: Scale
    mimic: Scale
    percentile: float = 0.999
    phi: float = 1.0

    @classmethod
    def of(cls, cfg_scale: float, inputs: Mapping[str, Any]) -> Limits:
        """From a request's CFG scale and the inputs of the manifest."""
        return cls(
            cfg_scale,
            Scale(cfg_scale, inputs["cfg_mode"], inputs["cfg_minimum"]),
            Scale(inputs["mimic_scale"], inputs["mimic_mode"], inputs["mimic_minimum"]),
            inputs["percentile"],
            inputs["phi"],
        )

    def applied(self, guided: Tensor, plain: Tensor, gone: float) -> Tensor:
        """Guided latents [rows, c, h, w], limited; `plain` are those seen without guidance.

        After Alex Goodwin's "Dynamic Thresholding" for Stable Diffusion, which brings the idea of
        Saharia et al., "Photorealistic Text-to-Image Diffusion Models with Deep Language
        Understanding", https://arxiv.org/abs/2205.11487, section 2.3, to latents: every channel
        is cut off at a percentile, and brought to the range that a lower scale would give it.
        """
        towards = (guided - plain) / self.cfg_scale
        full = plain + towards * self.cfg.at(gone)
        wanted = _reach(_centred(plain + towards * self.mimic.at(gone)), 1.0)
        centred = _centred(full)
        top = torch.maximum(_reach(centred, self.percentile), wanted).clamp_min(1e-12)
        limited = full - centred + centred.clamp(-top, top) * (wanted / top)
        mixed = full + (limited - full) * self.phi
        # Where guidance has no say, as in a part that is kept, there is nothing to be limited.
        return torch.where(guided == plain, guided, mixed)


def _centred(latents: Tensor) -> Tensor:
    """Every channel without its mean."""
    return latents - latents.mean(dim=(2, 3), keepdim=True)


def _reach(centred: Tensor, percentile: float) -> Tensor:
    """How far such a share of the values of each channel reaches: [rows, c, 1, 1]."""
    sizes = centred.abs().flatten(2)
    reach = sizes.amax(2) if percentile == 1 else torch.quantile(sizes, percentile, dim=2)
    return reach[..., None, None]


def limited(sampling: Sampling, limits: Limits) -> Sampling:
    """The same sampling, every answer limited.

    Asks of CFG++ pass as they are: they are guided with a scale of their own, below 1.
    """
    first: float | None = None

    def answer(ask: Ask) -> Sampling:
        nonlocal first
        first = ask.sigma if first is None else first
        if ask.unguided:
            return (yield ask)
        guided, plain = (yield replace(ask, plain=True)).chunk(2)
        x0 = limits.applied(guided, plain, _gone(first, ask.sigma))
        return torch.cat([x0, plain]) if ask.plain else x0

    return guide(sampling, answer)


def _gone(first: float, sigma: float) -> float:
    """How much of the way from `first` to no noise is behind at `sigma`, in timesteps: 0 to 1."""
    whole = _TIMES.sigma_to_t(first)
    return 1 - min(1.0, _TIMES.sigma_to_t(sigma) / whole) if whole > 0 else 1.0
