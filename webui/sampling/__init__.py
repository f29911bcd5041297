"""Samplers, schedules, noise and guidance. Knows tensors, and nothing of models or requests."""

from webui.sampling.ddim import ddim
from webui.sampling.diffusers_scheduler import wrap_scheduler
from webui.sampling.dpm2 import dpm_2, dpm_2_ancestral
from webui.sampling.dpmpp import (
    dpmpp_2m,
    dpmpp_2m_sde,
    dpmpp_2s_ancestral,
    dpmpp_3m_sde,
    dpmpp_sde,
)
from webui.sampling.euler import euler, euler_ancestral
from webui.sampling.guidance import Conditioning, ConditioningAt, cfg, guide, steady
from webui.sampling.heun import heun
from webui.sampling.lcm import lcm
from webui.sampling.moves import ancestral, fade, steps
from webui.sampling.noise import ImageNoise
from webui.sampling.protocol import Ask, Noise, Sampler, Sampling
from webui.sampling.schedules import (
    Schedule,
    ddim_uniform,
    exponential,
    karras,
    normal,
    sgm_uniform,
)
from webui.sampling.sigmas import TrainedSigmas

__all__ = [
    "Ask",
    "Conditioning",
    "ConditioningAt",
    "ImageNoise",
    "Noise",
    "Sampler",
    "Sampling",
    "Schedule",
    "TrainedSigmas",
    "ancestral",
    "cfg",
    "ddim",
    "ddim_uniform",
    "dpm_2",
    "dpm_2_ancestral",
    "dpmpp_2m",
    "dpmpp_2m_sde",
    "dpmpp_2s_ancestral",
    "dpmpp_3m_sde",
    "dpmpp_sde",
    "euler",
    "euler_ancestral",
    "exponential",
    "fade",
    "guide",
    "heun",
    "karras",
    "lcm",
    "normal",
    "sgm_uniform",
    "steady",
    "steps",
    "wrap_scheduler",
]
