"""Settings of inpainting that are usual for a purpose; measured by `benchmarks.redrawing`."""

from __future__ import annotations

from typing import Any, Literal

Intent = Literal["fill", "remove", "add", "background"]

_PLAIN: dict[str, Any] = {"mask_invert": False, "mask_blur": 4, "mask_grow": 0, "soft": False}

INTENTS: dict[Intent, dict[str, Any]] = {
    "fill": {**_PLAIN, "strength": 0.4, "masked_content": "fill"},
    "remove": {**_PLAIN, "strength": 0.4, "masked_content": "fill", "mask_grow": 6},
    "add": {**_PLAIN, "strength": 0.9, "masked_content": "original", "area": "masked"},
    "background": {
        **_PLAIN,
        "strength": 1.0,
        "masked_content": "original",
        "area": "whole",
        "mask_blur": 2,
        "mask_invert": True,
    },
}
"""Fill a hole from around it, remove a thing, add one, or keep the painted thing and replace all
else ("background": paint over what stays). Each says all that another may have set, but for the
area where the size of the picture says more.
"""
