"""The networks of upscalers: built by spandrel, checked, and shown pictures that they can take."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch.nn import functional
from torch.nn.modules.module import register_module_parameter_registration_hook

from webui.errors import BadFile
from webui.pipelines.upscaler_weights import FAILURES, is_out_of_memory, read_weights

if TYPE_CHECKING:
    from spandrel import ImageModelDescriptor, ModelDescriptor

    Network: TypeAlias = ImageModelDescriptor[torch.nn.Module]

_LARGEST_SCALE = 16
_CHANNELS = (1, 3, 4)
"""Grey, RGB and RGBA, the same going in and coming out."""
_SMALLEST_SIDE = 16
"""Pixels that networks see at least: some mirror edges inside and need room for it."""
_CONVOLUTIONS = ("Compact", "ESRGAN")
"""Kinds that are convolutions throughout: 1.5 times as fast on a CPU with channels last."""
_OTHER_WORK = {"FaceSR": "draws faces anew", "Inpainting": "fills holes"}


def load_network(path: Path, device: torch.device) -> Network:
    """Read, check and move to the device. Raises BadFile; out of memory passes through."""
    from spandrel import ModelLoader, UnsupportedModelError, canonicalize_state_dict

    weights = read_weights(path, canonicalize_state_dict)
    try:
        with _no_larger_than(weights):
            found = ModelLoader().load_from_state_dict(weights)
        network = _fit(path, found)
        network.model.register_forward_hook(_refuse_nonsense)
        if device.type == "cpu" and network.architecture.id in _CONVOLUTIONS:
            network.model.to(memory_format=torch.channels_last)
        is_half = device.type == "cuda" and network.supports_half
        return network.to(device, torch.float16 if is_half else torch.float32).eval()
    except UnsupportedModelError:
        raise BadFile(
            f"{path.name} is no upscaler of a kind that is known here (ESRGAN, Compact, SwinIR,"
            " DAT and some forty more). Choose another."
        ) from None
    except FAILURES as error:
        if is_out_of_memory(error):
            raise
        raise BadFile(
            f"{path.name} cannot be loaded: its weights do not fit together ({words(error)})."
            " Download it again, or choose another."
        ) from error


def _fit(path: Path, found: ModelDescriptor) -> Network:
    """The network, if it takes and gives whole pictures. Raises BadFile."""
    from spandrel import ImageModelDescriptor

    if not isinstance(found, ImageModelDescriptor) or found.purpose in _OTHER_WORK:
        raise BadFile(
            f"{path.name} is no upscaler: it {_OTHER_WORK[found.purpose]}. Choose one for whole"
            " pictures."
        )
    if found.input_channels not in _CHANNELS or found.input_channels != found.output_channels:
        raise BadFile(
            f"{path.name} turns {found.input_channels} channels into {found.output_channels}."
            " Choose an upscaler for colour pictures, which have 3."
        )
    if not 1 <= found.scale <= _LARGEST_SCALE:
        raise BadFile(
            f"{path.name} makes pictures {found.scale} times as large. Choose one that makes them"
            f" at most {_LARGEST_SCALE} times as large."
        )
    return found


def answer(network: Network, pixels: torch.Tensor) -> torch.Tensor:
    """As `Upscalers.upscale`. Raises FloatingPointError for nonsense, FAILURES for the rest."""
    try:
        return _enlarged(network, pixels)
    except FloatingPointError:
        if network.dtype != torch.float16:
            raise
    # Some pictures overflow in float16. It is taken up again behind, so that what a picture
    # becomes never hangs on those before it.
    network.float()
    try:
        return _enlarged(network, pixels)
    finally:
        network.half()


def _enlarged(network: Network, pixels: torch.Tensor) -> torch.Tensor:
    """One pass. A grey network is given each colour by itself, RGBA an opaque picture."""
    height, width = pixels.shape[-2:]
    given = _padded(network, pixels.to(network.device, network.dtype))
    if network.input_channels == 4:
        given = torch.cat([given, torch.ones_like(given[:, :1])], dim=1)
    parts = [network(part) for part in given.split(network.input_channels, dim=1)]
    made = torch.cat(parts, dim=1)[:, :3]
    high, wide = (side * network.scale for side in given.shape[-2:])
    if made.shape != (1, 3, high, wide):
        raise ValueError("it gives pictures of another size than it says")
    _refuse_nonsense(None, None, made)
    whole = made[..., : height * network.scale, : width * network.scale]
    return whole.to(pixels.device, torch.float32).clamp(0, 1)


def _padded(network: Network, pixels: torch.Tensor) -> torch.Tensor:
    """The picture with its last column and row repeated, to a size that the network takes."""
    height, width = pixels.shape[-2:]
    wide, high = max(width, _SMALLEST_SIDE), max(height, _SMALLEST_SIDE)
    right, below = network.size_requirements.get_padding(wide, high)
    edges = (0, wide + right - width, 0, high + below - height)
    return functional.pad(pixels, edges, mode="replicate")


def _refuse_nonsense(_module: Any, _inputs: Any, output: Any) -> None:
    """Raise FloatingPointError over infinities, which clipping to 0..1 would hide, and NaN."""
    first = output[0] if isinstance(output, tuple | list) else output
    if isinstance(first, torch.Tensor) and not torch.isfinite(first).all():
        raise FloatingPointError("numbers that are not finite")


@contextmanager
def _no_larger_than(weights: dict[str, torch.Tensor]) -> Generator[None]:
    """While it lasts, a network that needs far more numbers than these raises ValueError.

    spandrel works out sizes from names and shapes alone, so that a few bytes could ask for any
    amount of memory. What honest networks need is at most a tenth more than their files hold.
    """
    left = {"tensors": 2 * len(weights) + 64}
    left["numbers"] = 2 * sum(value.numel() for value in weights.values()) + (1 << 20)

    def take(_module: Any, _name: str, parameter: torch.Tensor | None) -> None:
        left["tensors"] -= 1
        left["numbers"] -= parameter.numel() if parameter is not None else 0
        if min(left.values()) < 0:
            raise ValueError("it describes a network far larger than the file")

    handle = register_module_parameter_registration_hook(take)
    try:
        yield
    finally:
        handle.remove()


def words(error: BaseException) -> str:
    """The first line of what a library said, for people: it may list a thousand tensors."""
    lines = str(error).strip().splitlines()
    return (lines[0][:200] if lines else type(error).__name__).rstrip(".:")
