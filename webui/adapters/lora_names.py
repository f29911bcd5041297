"""The names that trainers give to the tensors of a LoRA, and what other kinds of file say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

Part: TypeAlias = Literal["unet", "text_encoder", "text_encoder_2"]
PARTS: tuple[Part, ...] = ("unet", "text_encoder", "text_encoder_2")
Place: TypeAlias = tuple[Part, str]
"""A weight: the part of the pipeline, and the layer's name with underscores for dots (see `flat`).

A bias is at its layer's name and `_bias`.
"""

_LONGEST_NAME = 500

_BEGINNINGS: tuple[tuple[str, Part], ...] = (
    ("lora_unet_", "unet"),  # kohya
    ("lora_te_", "text_encoder"),
    ("lora_te1_", "text_encoder"),
    ("lora_te2_", "text_encoder_2"),
    ("unet.", "unet"),  # diffusers
    ("text_encoder.", "text_encoder"),
    ("text_encoder_2.", "text_encoder_2"),
)
_BARE: tuple[tuple[str, Part], ...] = (  # one network saved by itself
    ("down_blocks.", "unet"),
    ("mid_block.", "unet"),
    ("up_blocks.", "unet"),
    ("text_model.", "text_encoder"),
)
_TEXT_PROJECTIONS = {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj"}

_LYCORIS = ", which the extension LyCORIS reads"
_FOREIGN = (
    (".hada_", f"a LoHa file{_LYCORIS}"),
    (".lokr_", f"a LoKr file{_LYCORIS}"),
    (".oft_", "an OFT file"),
    (".boft_", "a BOFT file"),
    (".a1.weight", f"a GLoRA file{_LYCORIS}"),
    (".on_input", f"an IA3 file{_LYCORIS}"),
    ("lora_controlnet", "a control-LoRA"),
    ("emb_params", "an embedding (textual inversion), not a LoRA"),
    ("string_to_param", "an embedding (textual inversion), not a LoRA"),
    ("model.diffusion_model.", "a whole checkpoint, not a LoRA"),
    ("first_stage_model.", "a whole checkpoint, not a LoRA"),
    ("transformer.", "a LoRA for a diffusion transformer"),
    ("lora_transformer_", "a LoRA for a diffusion transformer"),
    (".dora_scale", "a DoRA file of an unknown kind"),
    (".diff", "a file of full differences of an unknown kind"),
    (".lora_B.bias", "a LoRA with biases"),
    (".lora_up.bias", "a LoRA with biases"),
)
"""Pieces of names that tell other kinds, the surest first."""

_ORIGINAL = ("input_blocks_", "middle_block_", "output_blocks_")


def parse(name: str, endings: Sequence[str]) -> tuple[Place, str] | None:
    """Where a tensor belongs, and its ending: the first of `endings`. None for other names."""
    if len(name) > _LONGEST_NAME:
        return None
    name = name.removeprefix("base_model.model.")  # PEFT
    found = _beginning(name)
    ending = next((ending for ending in endings if name.endswith(ending)), None)
    if found is None or ending is None:
        return None
    part, rest = found
    layer = rest.removesuffix(ending)
    if ending.startswith("_"):
        layer = _without_processor(part, layer)
    return ((part, flat(part, layer)), ending) if layer else None


def flat(part: Part, layer: str) -> str:
    """One name for all spellings: underscores for dots, text encoders without `text_model`."""
    name = layer.replace(".", "_")
    return name if part == "unet" else name.removeprefix("text_model_")


def place_of(part: Part, tensor: str) -> Place:
    """Where a tensor of a checkpoint, or a parameter of a network, is found."""
    return part, flat(part, tensor.removesuffix(".weight"))


def is_original(place: Place) -> bool:
    """Whether a layer is named as in the files that SDXL was published with."""
    return place[0] == "unet" and place[1].startswith(_ORIGINAL)


def kind(names: Iterable[str]) -> str | None:
    """What a file with names that are not a LoRA's seems to be; None for no idea."""
    names = [name[:_LONGEST_NAME] for name in names]
    return next((said for piece, said in _FOREIGN if any(piece in name for name in names)), None)


def _beginning(name: str) -> tuple[Part, str] | None:
    """The part that a name says, and what follows."""
    for beginning, part in _BEGINNINGS:
        if name.startswith(beginning):
            return part, name.removeprefix(beginning)
    return next(((part, name) for bare, part in _BARE if name.startswith(bare)), None)


def _without_processor(part: Part, layer: str) -> str:
    """`attn1.processor.to_out` is today's `attn1.to_out.0`; CLIP's are called otherwise."""
    before, _, projection = layer.replace(".processor.", ".").rpartition(".")
    if part != "unet":
        return f"{before}.{_TEXT_PROJECTIONS.get(projection, projection)}"
    return f"{before}.{projection}" + (".0" if projection == "to_out" else "")
