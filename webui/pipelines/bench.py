"""The bench: what is lent to jobs that enlarge pictures and draw nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor

from webui.calls import Call, Enlarge
from webui.pipelines.upscalers import Upscalers


class Bench:
    """Answers Enlarge without any checkpoint."""

    tiled_decode = True

    def __init__(self, upscalers: Upscalers, device: torch.device) -> None:
        self._upscalers = upscalers
        self._device = device

    @property
    def made_with(self) -> dict[str, str]:
        """What the pixels depend on beside the request."""
        return {"device": self._device.type, "torch": torch.__version__}

    def answer(self, calls: Sequence[Call]) -> list[Tensor]:
        """Each picture by itself. Raises BadFile."""
        return enlarged(self._upscalers, cast(Sequence[Enlarge], calls))

    def preview(self, x0: Any) -> tuple[int, int, bytes]:
        """There are no latents to look at."""
        raise RuntimeError("nothing is drawn here")


def enlarged(upscalers: Upscalers, calls: Sequence[Enlarge]) -> list[Tensor]:
    """Float32 [1, 3, height, width] in 0 to 1 of every call. Raises BadFile."""
    return [upscalers.upscale(call.upscaler, call.sha256, call.pixels).cpu() for call in calls]
