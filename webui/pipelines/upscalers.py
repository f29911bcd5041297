"""Upscalers: networks from files that make a picture larger or cleaner."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from webui.errors import BadFile
from webui.pipelines.upscaler_files import UpscalerFiles
from webui.pipelines.upscaler_networks import answer, load_network, words
from webui.pipelines.upscaler_weights import FAILURES, is_out_of_memory

if TYPE_CHECKING:
    from webui.pipelines.upscaler_networks import Network

_MOST_LOADED = 2


class Upscalers:
    """Loads upscalers and keeps the two that were used last. Used by the engine's thread only."""

    def __init__(self, files: UpscalerFiles, device: torch.device) -> None:
        self._files = files
        self._device = device
        self._loaded: OrderedDict[str, Network] = OrderedDict()

    def scale_of(self, name: str, sha256: str) -> int:
        """How many times wider and higher it makes pictures, 1 to 16. Raises as `upscale`."""
        return self._network(name, sha256).scale

    def upscale(self, name: str, sha256: str, pixels: torch.Tensor) -> torch.Tensor:
        """From float32 [1, 3, h, w] in 0..1 to float32 [1, 3, h * scale, w * scale] in 0..1.

        The same pixels and file give the same answer on the same device. Raises BadFile for a
        file that is gone, replaced or unfit, and for answers that are no picture; out of memory
        passes through.
        """
        network = self._network(name, sha256)
        try:
            with _apart(self._device):
                return answer(network, pixels)
        except FloatingPointError:
            raise BadFile(
                f"The upscaler {name!r} gave numbers that are no picture (infinite, or none at"
                " all). Its file may be damaged: download it again, or choose another."
            ) from None
        except FAILURES as error:
            if is_out_of_memory(error):
                raise
            size = f"{pixels.shape[-1]} × {pixels.shape[-2]}"
            raise BadFile(
                f"The upscaler {name!r} failed at {size} pixels: {words(error)}. Choose another."
            ) from error

    @property
    def nbytes(self) -> int:
        """Bytes held on the device."""
        held = [one for network in self._loaded.values() for one in network.model.parameters()]
        return sum(parameter.numel() * parameter.element_size() for parameter in held)

    def close(self) -> None:
        """Let go of everything."""
        self._loaded.clear()

    def _network(self, name: str, sha256: str) -> Network:
        if sha256 not in self._loaded:
            path = self._files.checked(name, sha256)
            while len(self._loaded) >= _MOST_LOADED:
                self._loaded.popitem(last=False)
            with _apart(self._device):
                self._loaded[sha256] = load_network(path, self._device)
        self._loaded.move_to_end(sha256)
        return self._loaded[sha256]


@contextmanager
def _apart(device: torch.device) -> Generator[None]:
    """Keep what networks warn of and draw by chance to themselves, and the chance the same.

    (AuraSR adds noise to what it is given.)
    """
    devices = [device] if device.type == "cuda" else []
    with warnings.catch_warnings(), torch.random.fork_rng(devices):
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        yield
