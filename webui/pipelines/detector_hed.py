"""Soft edges by the network of ControlNet's own, from ControlNetHED as a safetensors file.

S. Xie and Z. Tu, "Holistically-Nested Edge Detection", 2015; the weights are those of L. Zhang's
training, which takes RGB from 0 to 255.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from numpy import typing as npt
from torch import Tensor, nn
from torch.nn import functional

from webui.adapters.tensor_file import opened
from webui.errors import BadFile

_BLOCKS = ((3, 64, 2), (64, 128, 2), (128, 256, 3), (256, 512, 3), (512, 512, 3))
"""Channels in and out, and convolutions: those of VGG 16."""


class _Block(nn.Module):
    """Convolutions of one scale, and what edges they see."""

    def __init__(self, before: int, after: int, count: int) -> None:
        super().__init__()
        widths = [before] + [after] * count
        self.convs = nn.Sequential(
            *(nn.Conv2d(widths[one], widths[one + 1], 3, padding=1) for one in range(count))
        )
        self.projection = nn.Conv2d(after, 1, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features [1, c, h, w], and edges [1, 1, h, w] before the sigmoid."""
        for convolution in self.convs:
            x = functional.relu(convolution(x))
        return x, self.projection(x)


class Hed(nn.Module):
    """Five scales, each half the size of the one before. Names are those of the file's tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.Parameter(torch.zeros(1, 3, 1, 1))
        for number, channels in enumerate(_BLOCKS, start=1):
            self.add_module(f"block{number}", _Block(*channels))

    @property
    def nbytes(self) -> int:
        return sum(one.numel() * one.element_size() for one in self.parameters())

    def forward(self, pixels: Tensor) -> Tensor:
        """From float32 [1, 3, h, w] in 0 to 255 to edges [h, w] in 0 to 1."""
        size, x, seen = pixels.shape[2:], pixels - self.norm, list[Tensor]()
        for block in self.children():
            if seen:
                x = functional.max_pool2d(x, 2, ceil_mode=True)
            x, edges = block(x)
            seen.append(functional.interpolate(edges, size, mode="bilinear"))
        return torch.sigmoid(torch.stack(seen).mean(dim=0))[0, 0]


def load_hed(folder: Path, device: torch.device) -> Hed:
    """From the first safetensors file of a folder. Raises BadFile."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise BadFile(f"There is no .safetensors in {folder}.")
    with torch.device("meta"):
        network = Hed()
    shapes = {name: tuple(one.shape) for name, one in network.named_parameters()}
    with opened(files[0]) as file:
        prefix = _prefix(file.shapes)
        if any(file.shapes.get(prefix + name) != shape for name, shape in shapes.items()):
            raise BadFile(
                f"{file.name} is not the edge network of ControlNet (ControlNetHED). Put that"
                f" into {folder.parent.name}/{folder.name}, as a .safetensors."
            )
        weights = {name: file.read(prefix + name).float() for name in shapes}
    network.load_state_dict(weights, assign=True)
    return network.to(device).eval().requires_grad_(False)


def _prefix(names: Any) -> str:
    """What some files put before all names."""
    return next(
        (name.removesuffix("norm") for name in names if name.endswith("netNetwork.norm")), ""
    )


def soft_edges(network: Hed, pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Edges [h, w] from 0 to 1 of a picture, uint8 [h, w, 3]."""
    device = network.norm.device
    given = torch.from_numpy(pixels).to(device).permute(2, 0, 1)[None].float()
    return network(given).cpu().numpy()
