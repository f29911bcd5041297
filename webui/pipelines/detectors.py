"""Detectors: networks that make maps of pictures for ControlNets."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch

from webui.errors import BadFile, NotFound
from webui.images.map_resizing import fitted_map
from webui.images.preprocessors.weights import FOLDER, wanted
from webui.images.resizing import resized
from webui.pipelines.detector_looks import LOOKS, Levels, Load
from webui.pipelines.detector_models import quiet
from webui.pipelines.upscaler_networks import words
from webui.pipelines.upscaler_weights import FAILURES, is_out_of_memory

_MOST_LOADED = 2

_LONGEST = 2048
"""Pixels of the longer side that a network is shown at most."""

_SLIMMEST = 4
"""Times a picture may be longer than wide; slimmer ones are shown broader, or they would take no
end of memory where networks keep to a shape."""


class Detectors:
    """Loads networks and keeps the two that were used last. Used by the engine's thread only."""

    def __init__(self, models: Path, device: torch.device) -> None:
        self._models = models
        self._device = device
        self._loaded: OrderedDict[tuple[Path, int], Any] = OrderedDict()

    def detect(
        self, preprocessor_id: str, pixels: Levels, options: tuple[float, float] = (0.0, 0.0)
    ) -> Levels:
        """The map of a picture, both uint8 [h, w, 3].

        The same picture and files give the same map on the same device. Raises NotFound for an id
        that no network is for, BadFile for weights that are missing, broken or of another kind; out
        of memory passes through.
        """
        if preprocessor_id not in LOOKS:
            raise NotFound(f"There is no preprocessor {preprocessor_id!r} that a network computes.")
        needs, look = LOOKS[preprocessor_id]
        if todo := wanted(self._models, needs):
            raise BadFile(f"The preprocessor {preprocessor_id!r} lacks its weights: {todo}.")
        height, width = pixels.shape[:2]
        try:
            with torch.inference_mode(), quiet():
                made = look(self._model, resized(pixels, *_shown_size(width, height)), options)
        except FAILURES as error:
            if is_out_of_memory(error):
                raise
            raise BadFile(
                f"The model in models/{FOLDER}/{needs} failed: {words(error)}. Put another there."
            ) from error
        return fitted_map(made, width, height, "stretch")

    @property
    def nbytes(self) -> int:
        """Bytes held on the device."""
        return sum(one.nbytes for one in self._loaded.values())

    def close(self) -> None:
        """Let go of everything."""
        self._loaded.clear()

    def _model(self, folder: str, load: Load) -> Any:
        """The network of a folder, loaded anew if its files have changed. Raises as `load`."""
        path = self._models / FOLDER / folder
        key = path, max(file.stat().st_mtime_ns for file in path.iterdir())
        if key not in self._loaded:
            for stale in [old for old in self._loaded if old[0] == path]:
                del self._loaded[stale]
            while len(self._loaded) >= _MOST_LOADED:
                self._loaded.popitem(last=False)
            self._loaded[key] = load(path, self._device)
        self._loaded.move_to_end(key)
        return self._loaded[key]


def _shown_size(width: int, height: int) -> tuple[int, int]:
    """Width and height at which a network looks at a picture."""
    longer = max(width, height)
    scale = min(1.0, _LONGEST / longer)
    wide, high = (max(side, longer / _SLIMMEST) * scale for side in (width, height))
    return max(1, round(wide)), max(1, round(high))
