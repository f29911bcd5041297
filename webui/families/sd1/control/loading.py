"""Loading networks that steer a UNet, in its dtype and on its device. No network access."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from webui.errors import BadFile
from webui.families.control_layout import (
    image_encoder_of,
    lacks_image_encoder,
    name_of,
    weights_file,
)
from webui.families.protocol import ControlNetwork
from webui.families.sd1.control.controlnet import ControlNet
from webui.families.sd1.control.controlnet_weights import build_controlnet, read_manner
from webui.families.sd1.control.image_encoder import ImageEncoders
from webui.families.sd1.control.ip_adapter import IpAdapter
from webui.families.sd1.control.ip_adapter_weights import build_projection, check_encoder, layers_of
from webui.families.sd1.control.look import laid_out_weights
from webui.families.sd1.control.t2i_adapter import T2IAdapter
from webui.families.sd1.control.t2i_adapter_weights import build_adapter

_UNLOADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    SafetensorError,
    TypeError,
    ValueError,
)
"""What libraries raise over weights that do not fit the networks that they seem to be."""

_CHECKPOINT = ("model.", "cond_stage_model.", "first_stage_model.")
"""What is left unread of ControlNets that are shared with the checkpoint they were made of."""


def load_control(
    path: Path, method: str, unet: Any, factor: int, encoders: ImageEncoders
) -> ControlNetwork:
    """A network for this UNet from a file or diffusers folder; `factor`: pixels of a latent.

    Raises BadFile: it is damaged, is not what `method` says, or was made for another checkpoint.
    Out of memory passes through.
    """
    load = {
        "controlnet": _controlnet,
        "t2i_adapter": _t2i_adapter,
        "ip_adapter": lambda path, unet, factor: _ip_adapter(path, unet, encoders),
    }.get(method)
    if load is None:
        raise BadFile(f"This version cannot steer with {name_of(path)!r}: it is a {method}.")
    try:
        return load(path, unet, factor)
    except torch.OutOfMemoryError:
        raise  # the device is too small; nothing is wrong with the file
    except _UNLOADABLE as error:
        if "allocate memory" in str(error):
            raise
        raise BadFile(
            f"{name_of(path)!r} cannot be loaded: it is damaged, or not of a kind that this version"
            f" knows ({_first_line(error)})."
        ) from error


def _controlnet(path: Path, unet: Any, factor: int) -> ControlNetwork:
    tensors = _tensors(path, lambda name: not name.startswith(_CHECKPOINT))
    manner = read_manner(path)
    network = build_controlnet(name_of(path), tensors, manner, unet, factor)
    return ControlNet(laid_out_weights(network, unet), pooled=manner.pooled, swapped=manner.swapped)


def _t2i_adapter(path: Path, unet: Any, factor: int) -> ControlNetwork:
    network = build_adapter(name_of(path), _tensors(path), unet, factor)
    return T2IAdapter(laid_out_weights(network, unet))


def _ip_adapter(path: Path, unet: Any, encoders: ImageEncoders) -> ControlNetwork:
    name, tensors = name_of(path), _tensors(path)
    layers = layers_of(name, tensors, unet)
    projection = build_projection(tensors, unet)
    folder = image_encoder_of(path)
    if folder is None:
        raise BadFile(lacks_image_encoder(path))
    encoder = encoders.load(folder, unet.dtype, unet.device)
    check_encoder(name, folder, projection, encoder)
    return IpAdapter(encoder, laid_out_weights(projection, unet), layers)


def _tensors(path: Path, wanted: Callable[[str], bool] = lambda name: True) -> dict[str, Tensor]:
    """On the CPU, as they are in the file."""
    file = weights_file(path)
    if file is None:
        raise BadFile(f"{name_of(path)!r} has no .safetensors file any more.")
    with safe_open(file, framework="pt") as held:
        return {name: held.get_tensor(name) for name in held.keys() if wanted(name)}  # noqa: SIM118


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
