"""The CLIP that IP-Adapters look at pictures with."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPVisionModelWithProjection

_MEAN = (0.48145466, 0.4578275, 0.40821073)
_SPREAD = (0.26862954, 0.26130258, 0.27577711)
"""Of the pictures that CLIP was trained with."""


class ImageEncoders:
    """Loads them; the same one is shared for as long as anyone holds it."""

    def __init__(self) -> None:
        self._loaded: WeakValueDictionary[str, nn.Module] = WeakValueDictionary()

    def load(self, folder: Path, dtype: torch.dtype, device: torch.device) -> Any:
        """From a transformers folder. Raises what transformers does."""
        key = str(folder)
        model = self._loaded.get(key)
        if model is None:
            loaded: Any = CLIPVisionModelWithProjection.from_pretrained(
                folder, dtype=dtype, local_files_only=True, use_safetensors=True
            )
            model = loaded.eval().requires_grad_(False).to(device)
            self._loaded[key] = model
        return model


def looked_at(hint: Tensor, encoder: Any) -> Tensor:
    """A picture, float32 [1, 3, height, width] in 0 to 1, as CLIP is shown it.

    The largest square in its middle is taken first, so that very long pictures cost nothing; then
    it is resized as Pillow does, to whole levels.
    """
    size = encoder.config.image_size
    height, width = hint.shape[2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = hint[..., top : top + side, left : left + side].to(encoder.device, torch.float32)
    if side != size:
        square = functional.interpolate(
            square, size=(size, size), mode="bicubic", antialias=True, align_corners=False
        )
    levels = (square.clamp(0, 1) * 255).round() / 255
    mean, spread = (levels.new_tensor(one).view(1, 3, 1, 1) for one in (_MEAN, _SPREAD))
    return ((levels - mean) / spread).to(encoder.dtype)
