"""Puts a saved LoRA into a model's weights for a while, and takes it out to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from .lesson import Base
from .lora import text_name

ENDINGS = (
    (".lora_down.weight", ".lora_up.weight"),  # kohya
    (".lora_A.weight", ".lora_B.weight"),  # diffusers
)


@contextmanager
def merged(base: Base, path: Path, weight: float) -> Iterator[None]:
    """Within the block, every layer of the file has weight * alpha / rank * up @ down added."""
    layers, kept = _layers(base), {}
    try:
        for name, delta in deltas(load_file(path)).items():
            layer = layers[name]
            kept[name] = layer.weight.detach().clone()
            layer.weight.data += weight * delta.reshape(layer.weight.shape)
        yield
    finally:
        for name, before in kept.items():
            layers[name].weight.data.copy_(before)


def deltas(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Layer by layer the full change (out, in * kernel), by the names that the file uses."""
    found: dict[str, torch.Tensor] = {}
    for down_ending, up_ending in ENDINGS:
        for key in (key for key in tensors if key.endswith(down_ending)):
            name = key.removesuffix(down_ending)
            down, up = tensors[key].float(), tensors[name + up_ending].float()
            rank = down.shape[0]
            alpha = tensors.get(f"{name}.alpha", torch.tensor(float(rank))).item()
            found[name] = alpha / rank * up.flatten(1) @ down.flatten(1)
    return found


def _layers(base: Base) -> dict[str, nn.Module]:
    """Every layer by the names that kohya's and diffusers' files have for it."""
    named = {f"unet.{name}": layer for name, layer in base.unet.named_modules()}
    for name, layer in base.text.named_modules():
        named[f"text_encoder.{text_name(name)}"] = layer
    kohya = {
        name.replace("text_encoder.", "lora_te.")
        .replace("unet.", "lora_unet.")
        .replace(".", "_"): v
        for name, v in named.items()
    }
    return named | kohya
