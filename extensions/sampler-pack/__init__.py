"""Samplers known from other tools; each is a generator of about 25 lines with its paper."""

from __future__ import annotations

from webui.extension import Sampler, hook


@hook
def samplers() -> list[Sampler]:
    """Named as the worker finds them, so that no torch is imported here."""
    return [
        Sampler(
            "res_multistep",
            "RES multistep",
            "exponential:res_multistep",
            schedule="karras",
            help="Looks back at one answer and weighs it exactly; fast and clean.",
            aliases=("res_2m",),
        ),
        Sampler(
            "res_multistep_ancestral",
            "RES multistep a",
            "exponential:res_multistep_ancestral",
            schedule="karras",
            help="RES multistep with fresh noise at every step; for 15 steps and more.",
            aliases=("res_multistep_a",),
        ),
        Sampler(
            "gradient_estimation",
            "Gradient estimation",
            "gradient:gradient_estimation",
            help="Goes where two slopes together point; good with few steps.",
        ),
        Sampler(
            "er_sde",
            "ER SDE",
            "er_sde:er_sde",
            schedule="karras",
            help="Little fresh noise, most of it early; detailed with few steps.",
        ),
        Sampler(
            "sa_solver",
            "SA solver",
            "stochastic_adams:sa_solver",
            schedule="simple",
            help="Predicts, then corrects; fresh noise in the middle. For 15 steps and more.",
        ),
        Sampler(
            "dpmpp_2s_a_cfgpp",
            "DPM++ 2S a CFG++",
            "cfgpp:dpmpp_2s_ancestral_cfgpp",
            schedule="karras",
            help="DPM++ 2S a that follows the prompt gently; for CFG scales of 1 to 12.5.",
            aliases=("dpmpp_2s_ancestral_cfg_pp",),
        ),
    ]
