"""Which family an adapter was made for, as far as its header tells."""

from __future__ import annotations

from collections.abc import Mapping

from webui.adapters.lora_layers import Layer
from webui.adapters.lora_names import Place, is_original

_BY_TEXT_WIDTH = {128: "pocket", 768: "SD 1.x", 1024: "SD 2.x", 2048: "SDXL"}
"""Channels of what the UNet reads from the text encoders."""

_BY_WORD_WIDTH = {128: "pocket", 768: "SD 1.x", 1024: "SD 2.x", 1280: "SDXL"}
"""Channels of the vectors that stand for words."""

_BY_WORDS = (
    ("stable-diffusion-xl", "SDXL"),
    ("sdxl", "SDXL"),
    ("stable-diffusion-v3", "SD 3"),
    ("stable-diffusion-3", "SD 3"),
    ("sd3", "SD 3"),
    ("stable-diffusion-v2", "SD 2.x"),
    ("sd_v2", "SD 2.x"),
    ("stable-diffusion-v1", "SD 1.x"),
    ("sd_v1", "SD 1.x"),
    ("flux", "Flux"),
)
_BY_LAYER = (("double_blocks_", "Flux"), ("single_blocks_", "Flux"), ("joint_blocks_", "SD 3"))


def family_of(layers: Mapping[Place, Layer], metadata: Mapping[str, str]) -> str:
    """In words that people use; empty for no idea. Sizes are believed before what is said."""
    return _by_layers(layers) or family_said(metadata)


def family_said(metadata: Mapping[str, str]) -> str:
    """What the trainer wrote."""
    for key in ("modelspec.architecture", "ss_base_model_version"):
        said = metadata.get(key, "").casefold()
        for word, family in _BY_WORDS:
            if word in said:
                return family
    return ""


def family_of_words(channels: int) -> str:
    """Of an embedding."""
    return _BY_WORD_WIDTH.get(channels, "")


def _by_layers(layers: Mapping[Place, Layer]) -> str:
    for (part, name), layer in layers.items():
        if part == "unet" and name.endswith(("attn2_to_k", "attn2_to_v")):
            width = layer.size[1:2]
            if width and width[0] in _BY_TEXT_WIDTH:
                return _BY_TEXT_WIDTH[width[0]]
    if any(part == "text_encoder_2" or is_original((part, name)) for part, name in layers):
        return "SDXL"
    return next(
        (family for begin, family in _BY_LAYER for _, name in layers if name.startswith(begin)), ""
    )
