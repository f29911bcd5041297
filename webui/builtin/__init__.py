"""What we ship, registered through the hooks of extensions. Importing this needs no torch.

As a module this is what `webui.extension.loading.load` takes as `builtin`.
"""

from webui.builtin.core import FAMILIES, SAMPLERS, SCHEDULES, BuiltinTools, Tools
from webui.builtin.hooks import (
    our_families,
    our_lora_formats,
    our_preprocessors,
    our_samplers,
    our_schedules,
    our_upscalers,
)

__all__ = [
    "FAMILIES",
    "SAMPLERS",
    "SCHEDULES",
    "BuiltinTools",
    "Tools",
    "our_families",
    "our_lora_formats",
    "our_preprocessors",
    "our_samplers",
    "our_schedules",
    "our_upscalers",
]
