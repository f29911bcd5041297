"""Settings of inpainting that are usual for a purpose."""

from __future__ import annotations

from typing import Any, Literal

Intent = Literal["fill", "remove", "add", "background"]

INTENTS: dict[Intent, dict[str, Any]] = {
    "fill": {"strength": 0.9, "masked_content": "fill", "mask_blur": 4, "mask_invert": False},
    "remove": {
        "strength": 1.0,
        "masked_content": "fill",
        "mask_grow": 8,
        "mask_blur": 4,
        "mask_invert": False,
    },
    "add": {"strength": 1.0, "masked_content": "original", "mask_blur": 4, "mask_invert": False},
    "background": {
        "strength": 1.0,
        "masked_content": "latent_noise",
        "area": "whole",
        "mask_grow": 0,
        "mask_blur": 2,
        "mask_invert": True,
    },
}
"""Fill a hole from around it, remove a thing, add one, or keep the painted thing and replace all
else ("background": paint over what stays)."""
