"""Samplers, schedules, noise and guidance. Knows tensors, and nothing of models or requests."""

from webui.sampling.conditioning import Conditioning, ConditioningAt, steady
from webui.sampling.ddim import ddim, ddim_cfgpp, ddpm
from webui.sampling.diffusers_scheduler import wrap_scheduler
from webui.sampling.dpm2 import dpm_2, dpm_2_ancestral
from webui.sampling.dpm_adaptive import dpm_adaptive
from webui.sampling.dpm_solver import dpm_fast
from webui.sampling.dpmpp import (
    dpmpp_2m,
    dpmpp_2m_sde,
    dpmpp_2m_sde_heun,
    dpmpp_2s_ancestral,
    dpmpp_3m_sde,
    dpmpp_sde,
)
from webui.sampling.dry_run import dry_run
from webui.sampling.euler import euler, euler_ancestral
from webui.sampling.guidance import Guidance, cfg, guide
from webui.sampling.heun import heun, heunpp2
from webui.sampling.lcm import lcm
from webui.sampling.masking import DrawnAt, gradually, keeping, partial, steadily
from webui.sampling.moves import ancestral, fade, steps
from webui.sampling.multistep import ipndm, ipndm_v, lms, plms
from webui.sampling.noise import ImageNoise, NoiseSource
from webui.sampling.protocol import Ask, Noise, Sampler, Sampling
from webui.sampling.restart import restart
from webui.sampling.schedules import (
    Schedule,
    beta,
    ddim_uniform,
    exponential,
    karras,
    kl_optimal,
    linear_quadratic,
    normal,
    polyexponential,
    sgm_uniform,
    simple,
    turbo,
)
from webui.sampling.sigmas import TrainedSigmas
from webui.sampling.tuned_schedules import (
    align_your_steps,
    align_your_steps_32,
    align_your_steps_gits,
)
from webui.sampling.variation import centred, slerp
from webui.sampling.windows import places, windowed

__all__ = [
    "Ask",
    "Conditioning",
    "ConditioningAt",
    "DrawnAt",
    "Guidance",
    "ImageNoise",
    "Noise",
    "NoiseSource",
    "Sampler",
    "Sampling",
    "Schedule",
    "TrainedSigmas",
    "align_your_steps",
    "align_your_steps_32",
    "align_your_steps_gits",
    "ancestral",
    "beta",
    "centred",
    "cfg",
    "ddim",
    "ddim_cfgpp",
    "ddim_uniform",
    "ddpm",
    "dpm_2",
    "dpm_2_ancestral",
    "dpm_adaptive",
    "dpm_fast",
    "dpmpp_2m",
    "dpmpp_2m_sde",
    "dpmpp_2m_sde_heun",
    "dpmpp_2s_ancestral",
    "dpmpp_3m_sde",
    "dpmpp_sde",
    "dry_run",
    "euler",
    "euler_ancestral",
    "exponential",
    "fade",
    "gradually",
    "guide",
    "heun",
    "heunpp2",
    "ipndm",
    "ipndm_v",
    "karras",
    "keeping",
    "kl_optimal",
    "lcm",
    "linear_quadratic",
    "lms",
    "normal",
    "partial",
    "places",
    "plms",
    "polyexponential",
    "restart",
    "sgm_uniform",
    "simple",
    "slerp",
    "steadily",
    "steady",
    "steps",
    "turbo",
    "windowed",
    "wrap_scheduler",
]
