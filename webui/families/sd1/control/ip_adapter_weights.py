"""Building what an IP-Adapter adds, from its tensors in the layout of its authors (h94)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from webui.errors import BadFile
from webui.families.sd1.control.attention import cross_attentions
from webui.families.sd1.control.fit import check_width, misfit

_KIND = "IP-Adapter"


def layers_of(
    name: str, tensors: Mapping[str, Tensor], unet: Any
) -> dict[str, tuple[Tensor, Tensor]]:
    """Weights of keys and values by the names of attentions, as the UNet's are.

    They are numbered by the places of attentions in the list of all. Raises BadFile.
    """
    layers: dict[str, tuple[Tensor, Tensor]] = {}
    places = cross_attentions(unet)
    for number, where in places:
        pair = [tensors.get(f"ip_adapter.{number}.to_{one}_ip.weight") for one in "kv"]
        key, value = pair
        if key is None or value is None:
            raise misfit(_KIND, name, "it has fewer layers")
        check_width(_KIND, name, key.shape[1], unet)
        shape = unet.get_submodule(where).to_k.weight.shape
        if key.shape != shape or value.shape != shape:
            raise misfit(_KIND, name, f"its layers have {key.shape[0]} channels, here {shape[0]}")
        layers[where] = key.to(unet.device, unet.dtype), value.to(unet.device, unet.dtype)
    if sum(one.endswith("to_k_ip.weight") for one in tensors) != len(places):
        raise misfit(_KIND, name, "it has more layers")
    return layers


def build_projection(tensors: Mapping[str, Tensor], unet: Any) -> Any:
    """From what the image encoder says to tokens. Raises what diffusers does."""
    prefix = "image_proj."
    state = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    # diffusers' own conversion; it looks at nothing of the UNet.
    return unet._convert_ip_adapter_image_proj_to_diffusers(state, low_cpu_mem_usage=False)


def check_encoder(name: str, folder: Path, projection: Any, encoder: Any) -> None:
    """Whether the image encoder says what the projection reads. Raises BadFile."""
    if hasattr(projection, "image_embeds"):
        read, said = projection.image_embeds.in_features, encoder.config.projection_dim
    else:
        first = projection.proj_in if hasattr(projection, "proj_in") else projection.ff.net[0].proj
        read, said = first.in_features, encoder.config.hidden_size
    if read != said:
        raise BadFile(
            f"The IP-Adapter {name!r} needs another image encoder: it reads {read} channels, and"
            f" that in {folder.parent.name}/{folder.name} gives {said}. Put the right one there, or"
            " into a folder image_encoder beside the adapter."
        )
