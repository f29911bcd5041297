"""Formats of LoRA files: values that say how a file is read. Extensions add theirs.

Importing needs no torch.
"""

from webui.adapters.formats.diff import BIAS, DIFF
from webui.adapters.formats.dora import DORA, dora
from webui.adapters.formats.lora import LORA
from webui.adapters.formats.protocol import Change, LoraFormat, Shape, Shapes

FORMATS: tuple[LoraFormat, ...] = (LORA, DORA, DIFF, BIAS)
"""Those of the house."""

__all__ = [
    "BIAS",
    "DIFF",
    "DORA",
    "FORMATS",
    "LORA",
    "Change",
    "LoraFormat",
    "Shape",
    "Shapes",
    "dora",
]
