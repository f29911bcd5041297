"""The keys of the A1111 `parameters` text that are written and read alike."""

from __future__ import annotations

NEGATIVE = "Negative prompt:"

EMPHASIS = {"original": "Original", "no_norm": "No norm", "ignore": "Ignore", "none": "None"}
ZERO_SNR = ("Noise Schedule", "Zero Terminal SNR")
ETA_DDIM = frozenset({"ddim", "ddim_cfgpp"})
OPTION_KEYS = {
    "eta": "Eta",
    "s_churn": "Sigma churn",
    "s_tmin": "Sigma tmin",
    "s_tmax": "Sigma tmax",
    "s_noise": "Sigma noise",
    "solver_order": "Solver order",
    "rho": "Schedule rho",
    "sigma_min": "Schedule min sigma",
    "sigma_max": "Schedule max sigma",
}
GUIDANCE = {
    "cfg_rescale": ("CFG rescale", 0.0),
    "guidance_start": ("Guidance start", 0.0),
    "guidance_end": ("Guidance end", 1.0),
}
"""Fields of guidance: the key, and the value that is not written."""

HIRES = {
    "hires_steps": "Hires steps",
    "hires_cfg_scale": "Hires CFG Scale",
    "hires_prompt": "Hires prompt",
    "hires_negative_prompt": "Hires negative prompt",
}
"""Fields of the second pass that are written as they are; others only where they differ."""

UPSCALERS = {
    "latent": "Latent",
    "latent_nearest": "Latent (nearest-exact)",
    "latent_bicubic": "Latent (bicubic)",
    "lanczos": "Lanczos",
}
STRENGTH = "Denoising strength"
MASKED_CONTENT = {
    "original": "original",
    "fill": "fill",
    "latent_noise": "latent noise",
    "latent_nothing": "latent nothing",
}
