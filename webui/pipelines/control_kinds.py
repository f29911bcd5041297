"""What a file that may steer is, told by the names and shapes of its tensors. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from webui.errors import BadFile

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]

_SDXL_WIDTHS = (1280, 2048)
"""Channels of the texts that SDXL's refiner and SDXL read; SD 1.x reads 768, SD 2.x 1024."""

_HINT = 3
"""Channels of a map."""

_UNSHUFFLED_XL = (256, 768)
"""Channels that a T2I-Adapter for SDXL begins with: 16 by 16 pixels of one or three channels."""

_REFUSED = (
    ("to_q_lora", "an IP-Adapter for faces (FaceID), which needs a recogniser of faces"),
    ("perceiver_resampler.", "an IP-Adapter for faces (FaceID), which needs a recogniser of faces"),
    ("lllite_", "a ControlLLLite, which works with SDXL only"),
    ("lora_controlnet", "a Control-LoRA, which is but a part of a ControlNet"),
    ("lora_down", "a LoRA: put it into models/loras"),
    ("lora_A", "a LoRA: put it into models/loras"),
    ("lora.down", "a LoRA: put it into models/loras"),
    ("style_embedding", "a T2I-Adapter for styles; an IP-Adapter does what it did, and better"),
    ("task_embedding", "a ControlNet++ for many kinds of maps (union), which works with SDXL only"),
    ("control_add_embedding", "a ControlNet++ for many kinds of maps (union), for SDXL only"),
    ("motion_modules.", "a network for videos"),
    ("controlnet_blocks.", "a ControlNet for another architecture (SD3, Flux or the like)"),
    ("double_blocks.", "made for another architecture (Flux or the like)"),
    ("single_transformer_blocks.", "made for another architecture (Flux or the like)"),
    ("add_embedding.linear_1", "made for SDXL, which this version does not know"),
    ("label_emb.", "made for SDXL, which this version does not know"),
    ("vision_model.", "an image encoder: put its folder into models/ip_adapters/image_encoder"),
)
"""What is no network that can be used, by a part of its tensors' names; the first one counts."""


def method_of(file: str, shapes: Shapes) -> str:
    """controlnet, t2i_adapter or ip_adapter. Raises BadFile for all else, and says what it is."""
    if not shapes:
        raise BadFile(f"{file} holds no weights. Download it again.")
    if "difference" in shapes:
        raise BadFile(f"{file} holds only the difference of a ControlNet. Get the whole one.")
    steers = {_without(name, "control_model."): shape for name, shape in shapes.items()}
    for part, what in _REFUSED:
        if any(part in name for name in steers if not name.startswith(_CHECKPOINT)):
            raise BadFile(f"{file} is {what}.")
    method = _method(steers)
    if method is None:
        raise BadFile(f"{file} is {_what_else(shapes)}.")
    if _is_sdxl(method, steers):
        raise BadFile(f"{file} is made for SDXL, which this version does not know.")
    _check_hint(file, steers)
    return method


_CHECKPOINT = ("model.", "cond_stage_model.", "first_stage_model.", "conditioner.")
"""Some ControlNets are shared together with the checkpoint that they were made of."""


def _method(shapes: Shapes) -> str | None:
    is_original = "input_hint_block.0.weight" in shapes and "zero_convs.0.0.weight" in shapes
    hint, first = "controlnet_cond_embedding.conv_in.weight", "controlnet_down_blocks.0.weight"
    if is_original or (hint in shapes and first in shapes):
        return "controlnet"
    bodies = {_without(name, "adapter.") for name in shapes}
    full = {"body.0.block1.weight", "body.0.resnets.0.block1.weight"} & bodies
    light = {"body.0.body.0.block1.weight", "body.0.out_conv.weight"} & bodies
    if light or (full and "conv_in.weight" in bodies):
        return "t2i_adapter"
    is_ip = any(name.startswith("image_proj.") for name in shapes)
    return "ip_adapter" if is_ip and "ip_adapter.1.to_k_ip.weight" in shapes else None


def _what_else(shapes: Shapes) -> str:
    if any(name.startswith("model.diffusion_model.") for name in shapes):
        return "a whole checkpoint: put it into models/checkpoints"
    if "conv_in.weight" in shapes and any(name.startswith("up_blocks.") for name in shapes):
        return "the UNet of a checkpoint, not a network that steers one"
    return "no ControlNet, T2I-Adapter or IP-Adapter that this version knows"


def _is_sdxl(method: str, shapes: Shapes) -> bool:
    if method == "t2i_adapter":
        first = ("conv_in.weight", "adapter.conv_in.weight", "body.0.in_conv.weight")
        inputs = {shape[1] for name, shape in shapes.items() if name in first and len(shape) > 1}
        return bool(inputs & set(_UNSHUFFLED_XL))
    reads = ("attn2.to_k.weight", "to_k_ip.weight")
    widths = {shape[1] for name, shape in shapes.items() if name.endswith(reads) and len(shape) > 1}
    return bool(widths & set(_SDXL_WIDTHS))


def _check_hint(file: str, shapes: Shapes) -> None:
    for name in ("input_hint_block.0.weight", "controlnet_cond_embedding.conv_in.weight"):
        shape = shapes.get(name, (0, _HINT))
        if len(shape) < 2 or shape[1] != _HINT:
            raise BadFile(
                f"{file} is a ControlNet that looks at other things than pictures of three colours."
            )


def _without(name: str, prefix: str) -> str:
    return name.removeprefix(prefix)
