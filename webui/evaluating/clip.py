"""CLIP as a measure: how near a picture is to its prompt, when a CLIP model is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from webui.errors import WebuiError


class Clip:
    """A CLIP model from a folder in transformers' layout."""

    def __init__(self, model: Any, processor: Any) -> None:
        self._model, self._processor = model, processor

    @classmethod
    def load(cls, folder: Path) -> Clip:
        """Read model and processor from files only. Raises WebuiError in plain words."""
        from transformers import CLIPModel, CLIPProcessor

        try:
            model: Any = CLIPModel.from_pretrained(folder, local_files_only=True)
            processor: Any = CLIPProcessor.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise WebuiError(f"The CLIP model in {folder} cannot be read: {error}") from error
        return cls(model.eval(), processor)

    @torch.inference_mode()
    def features(self, images: Sequence[Image.Image]) -> Tensor:
        """Unit vectors (n, d) of pictures."""
        parts: list[Tensor] = []
        for start in range(0, len(images), 32):
            pictures = [image.convert("RGB") for image in images[start : start + 32]]
            inputs = self._processor(images=pictures, return_tensors="pt")
            parts.append(_vectors(self._model.get_image_features(**inputs)))
        return torch.cat(parts)

    @torch.inference_mode()
    def score(self, images: Sequence[Image.Image], prompts: Sequence[str]) -> float:
        """The mean of 100 × max(cosine, 0) of pictures and their prompts (CLIPScore,
        arXiv:2104.08718, without its factor 2.5)."""
        inputs = self._processor(
            text=list(prompts), return_tensors="pt", padding=True, truncation=True
        )
        texts = _vectors(self._model.get_text_features(**inputs))
        cosine = (self.features(images) * texts).sum(1)
        return float(100 * cosine.clamp_min(0).mean())


def find_clip(models: Path) -> Path | None:
    """The first folder under models/clip/ that holds a CLIP model."""
    return next((path.parent for path in sorted((models / "clip").glob("**/config.json"))), None)


def _vectors(output: Any) -> Tensor:
    """transformers 5 answers with an object, older ones with the tensor itself."""
    vectors: Tensor = output if isinstance(output, Tensor) else output.pooler_output
    return vectors / vectors.norm(dim=-1, keepdim=True)
