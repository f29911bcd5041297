"""The names that trainers give to the tensors of a LoRA, and what other kinds of file say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

Part: TypeAlias = Literal["unet", "text_encoder", "text_encoder_2"]
Slot: TypeAlias = Literal["up", "down", "mid", "alpha"]
Place: TypeAlias = tuple[Part, str]
"""A layer: the part of the pipeline, and its name with underscores for dots (see `flat`)."""

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
_ENDINGS: tuple[tuple[str, Slot], ...] = (
    (".lora_down.weight", "down"),  # kohya
    (".lora_up.weight", "up"),
    (".lora_mid.weight", "mid"),
    (".alpha", "alpha"),
    (".lora_A.weight", "down"),  # PEFT
    (".lora_B.weight", "up"),
    (".lora.down.weight", "down"),  # diffusers before PEFT
    (".lora.up.weight", "up"),
    (".lora_linear_layer.down.weight", "down"),
    (".lora_linear_layer.up.weight", "up"),
    ("_lora.down.weight", "down"),  # diffusers' attention processors, 2023
    ("_lora.up.weight", "up"),
)
_TEXT_PROJECTIONS = {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj"}

_FOREIGN = (
    (".hada_", "a LoHa file"),
    (".lokr_", "a LoKr file"),
    (".dora_scale", "a DoRA file"),
    (".lora_magnitude_vector", "a DoRA file"),
    (".oft_", "an OFT file"),
    (".a1.weight", "a GLoRA file"),
    (".on_input", "an IA3 file"),
    ("lora_controlnet", "a control-LoRA"),
    ("bundle_emb.", "a LoRA with embeddings inside"),
    ("emb_params", "an embedding (textual inversion), not a LoRA"),
    ("string_to_param", "an embedding (textual inversion), not a LoRA"),
    ("model.diffusion_model.", "a whole checkpoint, not a LoRA"),
    ("first_stage_model.", "a whole checkpoint, not a LoRA"),
    ("transformer.", "a LoRA for a diffusion transformer"),
    ("lora_transformer_", "a LoRA for a diffusion transformer"),
    (".diff", "a file of full differences"),
    (".w_norm", "a file of full differences"),
    (".b_norm", "a file of full differences"),
    (".lora_B.bias", "a LoRA with biases"),
    (".lora_up.bias", "a LoRA with biases"),
)
"""Pieces of names that tell other kinds, the surest first."""


def parse(name: str) -> tuple[Place, Slot] | None:
    """Where a tensor belongs; None for names that no LoRA or LoCon has."""
    if len(name) > _LONGEST_NAME:
        return None
    name = name.removeprefix("base_model.model.")  # PEFT
    found = _beginning(name)
    ending = next((pair for pair in _ENDINGS if name.endswith(pair[0])), None)
    if found is None or ending is None:
        return None
    part, rest = found
    layer = rest.removesuffix(ending[0])
    if ending[0].startswith("_"):
        layer = _without_processor(part, layer)
    return ((part, flat(part, layer)), ending[1]) if layer else None


def flat(part: Part, layer: str) -> str:
    """One name for all spellings: underscores for dots, text encoders without `text_model`."""
    name = layer.replace(".", "_")
    return name if part == "unet" else name.removeprefix("text_model_")


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
