"""Low-rank adapters: training, and the three ways in which the field stores them.

LoRA: Hu et al. 2021, arXiv:2106.09685; LoCon (convolutions, too): Yeh et al. 2023,
arXiv:2309.14859.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from .lesson import Base, Batch, Lesson, teach

ATTENTION = (
    *("to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2"),
    *("proj_in", "proj_out"),
)
CONVOLUTIONS = ("conv1", "conv2")
TEXT = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")


class LowRank(nn.Module):
    """What is added to one layer: up(down(x)) * alpha / rank."""

    def __init__(self, layer: nn.Linear | nn.Conv2d, rank: int, alpha: float) -> None:
        super().__init__()
        self.alpha, self.rank = alpha, rank
        if isinstance(layer, nn.Conv2d):
            size, stride, padding = layer.kernel_size, layer.stride, layer.padding
            self.down = nn.Conv2d(layer.in_channels, rank, size, stride, padding, bias=False)
            self.up = nn.Conv2d(rank, layer.out_channels, 1, bias=False)
        else:
            self.down = nn.Linear(layer.in_features, rank, bias=False)
            self.up = nn.Linear(rank, layer.out_features, bias=False)
        nn.init.normal_(self.down.weight, std=1 / rank)
        nn.init.zeros_(self.up.weight)
        layer.register_forward_hook(lambda _layer, args, out: out + self(args[0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The addition."""
        return self.up(self.down(x)) * (self.alpha / self.rank)


@dataclass(frozen=True)
class Adapter:
    """The additions by the names of their layers, for the UNet and for the text encoder."""

    unet: dict[str, LowRank]
    text: dict[str, LowRank]

    @classmethod
    def on(cls, base: Base, rank: int, *, text: bool, convolutions: bool) -> Adapter:
        """Hangs additions that do nothing yet on a base of its own."""
        kinds = ATTENTION + (CONVOLUTIONS if convolutions else ())
        device = base.unet.device

        def additions(network: nn.Module, endings: tuple[str, ...]) -> dict[str, LowRank]:
            return {
                name: LowRank(layer, rank, float(rank)).to(device)
                for name, layer in network.named_modules()
                if name.endswith(endings) and isinstance(layer, nn.Linear | nn.Conv2d)
            }

        return cls(additions(base.unet, kinds), additions(base.text, TEXT) if text else {})

    def strengthen(self, factor: float) -> None:
        """Makes weight 1 mean so much more: what a lesson taught too timidly acts in full."""
        for addition in (*self.unet.values(), *self.text.values()):
            addition.up.weight.data.mul_(factor)

    def parameters(self) -> Iterator[nn.Parameter]:
        """All that is trained."""
        for addition in (*self.unet.values(), *self.text.values()):
            yield from addition.parameters()


def train_lora(
    base: Base, lesson: Lesson, adapter: Adapter, minutes: float, seed: int, rate: float = 4e-3
) -> int:
    """Teaches the lesson; the number of steps."""

    def loss_of(batch: Batch) -> torch.Tensor:
        return batch.loss(base.unet(batch.noisy, batch.times, batch.context).sample)

    return teach(base, lesson, adapter.parameters(), loss_of, minutes=minutes, rate=rate, seed=seed)


def save_kohya(adapter: Adapter, path: Path, title: str, trigger: str) -> None:
    """The format of kohya's trainer (LoCon is the same with convolutions): `lora_unet_…`."""
    tensors: dict[str, torch.Tensor] = {}
    for prefix, additions in (("lora_unet", adapter.unet), ("lora_te", adapter.text)):
        for name, addition in additions.items():
            key = f"{prefix}_{text_name(name) if prefix == 'lora_te' else name}".replace(".", "_")
            tensors[f"{key}.lora_down.weight"] = addition.down.weight
            tensors[f"{key}.lora_up.weight"] = addition.up.weight
            tensors[f"{key}.alpha"] = torch.tensor(addition.alpha)
    rank = next(iter(adapter.unet.values())).rank
    metadata = {
        "ss_base_model_version": "sd_v1",
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(rank),
        "ss_network_alpha": str(float(rank)),
        "ss_output_name": path.stem,
        "ss_tag_frequency": json.dumps({path.stem: {trigger: 1}}),
        "modelspec.title": title,
        "modelspec.architecture": "stable-diffusion-v1/lora",
        "modelspec.trigger_phrase": trigger,
    }
    _save(tensors, path, metadata)


def save_diffusers(adapter: Adapter, path: Path, title: str, trigger: str) -> None:
    """The format of diffusers and PEFT: `unet.….lora_A.weight`; alpha equals the rank."""
    tensors: dict[str, torch.Tensor] = {}
    for prefix, additions in (("unet", adapter.unet), ("text_encoder", adapter.text)):
        for name, addition in additions.items():
            layer = text_name(name) if prefix == "text_encoder" else name
            tensors[f"{prefix}.{layer}.lora_A.weight"] = addition.down.weight
            tensors[f"{prefix}.{layer}.lora_B.weight"] = addition.up.weight
    _save(tensors, path, {"modelspec.title": title, "modelspec.trigger_phrase": trigger})


def text_name(name: str) -> str:
    """Layers of the text encoder carry this prefix in files, whatever transformers calls them."""
    return name if name.startswith("text_model.") else f"text_model.{name}"


def _save(tensors: dict[str, torch.Tensor], path: Path, metadata: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    halves = {name: value.detach().half().cpu().contiguous() for name, value in tensors.items()}
    save_file(halves, path, metadata={"format": "pt", **metadata})
