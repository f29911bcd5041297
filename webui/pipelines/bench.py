"""The bench: tools that need no checkpoint, and what is lent to jobs that draw nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

import torch

from webui.adapters.formats import FORMATS, LoraFormat
from webui.calls import Call, Detect, Enlarge
from webui.pipelines.control_files import ControlFiles
from webui.pipelines.controls import Controls, Loading
from webui.pipelines.detectors import Detectors
from webui.pipelines.hashes import Hashes
from webui.pipelines.upscaler_files import UpscalerFiles
from webui.pipelines.upscalers import Upscalers

Enlarging: TypeAlias = Callable[[torch.Tensor], torch.Tensor]
"""From float32 [1, 3, h, w] in 0 to 1 to the same, larger."""


def _no_upscaler(name: str) -> Enlarging | None:
    return None


def _no_method(shapes: Mapping[str, tuple[int, ...]]) -> str | None:
    return None


def _no_control(method: str) -> Loading | None:
    return None


@dataclass(frozen=True, slots=True)
class Plugged:
    """What extensions add to pipelines, handed in by the app.

    `upscaler` finds the function of one that needs no file; `control_method` the method of a file
    that we do not know, and `control` what loads files of that method.
    """

    lora_formats: Sequence[LoraFormat] = FORMATS
    upscaler: Callable[[str], Enlarging | None] = _no_upscaler
    control_method: Callable[[Mapping[str, tuple[int, ...]]], str | None] = _no_method
    control: Callable[[str], Loading | None] = _no_control


@dataclass(frozen=True, slots=True)
class Tools:
    """What enlarges, what makes maps, what steers, and what was plugged in; for all pipelines."""

    upscalers: Upscalers
    detectors: Detectors
    controls: Controls
    plugged: Plugged
    device: torch.device

    @property
    def lora_formats(self) -> Sequence[LoraFormat]:
        return self.plugged.lora_formats

    def answer(self, calls: Sequence[Detect | Enlarge]) -> list[Any]:
        """Each call by itself: pictures float32 [1, 3, height, width] in 0 to 1, or maps.

        Raises BadFile.
        """
        return [self._answer(call) for call in calls]

    def _answer(self, call: Detect | Enlarge) -> Any:
        if isinstance(call, Detect):
            return self.detectors.detect(call.preprocessor, call.pixels, call.options)
        brought = self.plugged.upscaler(call.upscaler)
        if brought:
            return brought(call.pixels.to(self.device)).cpu()
        return self.upscalers.upscale(call.upscaler, call.sha256, call.pixels).cpu()


def tools_of(
    models: Path, hashes: Hashes, device: torch.device, plugged: Plugged | None = None
) -> Tools:
    """The tools of a models folder."""
    plug = plugged or Plugged()
    return Tools(
        Upscalers(UpscalerFiles(models, hashes), device),
        Detectors(models, device),
        Controls(ControlFiles(models, hashes, plug.control_method), device, plug.control),
        plug,
        device,
    )


class Bench:
    """Answers Enlarge and Detect without any checkpoint."""

    tiled_decode = True

    def __init__(self, tools: Tools, device: torch.device) -> None:
        self._tools = tools
        self._device = device

    @property
    def made_with(self) -> dict[str, str]:
        """What the pixels depend on beside the request."""
        return {"device": self._device.type, "torch": torch.__version__}

    def answer(self, calls: Sequence[Call]) -> list[Any]:
        """Each picture by itself. Raises BadFile."""
        return self._tools.answer(cast(Sequence[Detect | Enlarge], calls))

    def preview(self, x0: Any) -> tuple[int, int, bytes]:
        """There are no latents to look at."""
        raise RuntimeError("nothing is drawn here")
