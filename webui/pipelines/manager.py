"""The pipeline manager: the one owner of every loaded network, by bytes."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace

import psutil
import torch

from webui.errors import BadFile, OutOfMemory
from webui.families import Facts
from webui.pipelines.bench import Bench, Plugged, tools_of
from webui.pipelines.catalogue import Checkpoint, Listing
from webui.pipelines.hashes import Hashes
from webui.pipelines.pipeline import Pipeline
from webui.pipelines.shelf import Shelf
from webui.pipelines.tuning import Tuning, Tunings, choose_device, machine_key, tune
from webui.request.limits import Dtype

_SHARE_OF_MEMORY = 0.8
_MEBIBYTE = 1 << 20


class PipelineManager:
    """Loads, lends and evicts pipelines. Used by the engine's thread only.

    `look` scans the models folder; `shelf` finds LoRAs and embeddings; `budget` is in bytes, None
    measures what the device has.
    """

    def __init__(
        self,
        look: Callable[[], Listing],
        hashes: Hashes,
        tunings: Tunings,
        shelf: Shelf,
        *,
        device: torch.device | None = None,
        budget: int | None = None,
        plugged: Plugged | None = None,
    ) -> None:
        self._look = look
        self._listing = look()
        self._hashes = hashes
        self._tunings = tunings
        self._shelf = shelf
        self.device = device or choose_device()
        self._budget = budget if budget is not None else self._measure_budget()
        self._tools = tools_of(shelf.models, hashes, self.device, plugged or Plugged())
        self._bench = Bench(self._tools, self.device)
        self._loaded: OrderedDict[str, Pipeline] = OrderedDict()
        self._leases: dict[str, int] = {}

    def facts(self, name: str) -> Facts:
        """What recipes need to know, without loading. Raises BadFile."""
        return self._find(name).facts

    @contextmanager
    def lease(
        self, name: str, sha256: str | None = None, dtype: Dtype | None = None
    ) -> Generator[Pipeline | Bench]:
        """Lend a pipeline, loading it if needed. What is lent is never evicted.

        Without a name the bench is lent, which only enlarges.

        `dtype` asks for a number format other than the one that was measured to be best here;
        what this device cannot do well (float16 on a CPU) is not obeyed.

        With `sha256` only these very weights are lent: files that were replaced since a request
        named them must not draw in their name. Raises BadFile when the files are gone or others
        now, or OutOfMemory when it cannot fit beside what is lent.
        """
        if not name:
            yield self._bench
            return
        room = self._room(name, dtype)
        pipeline = self._loaded.get(room)
        if pipeline is None or sha256 not in (None, pipeline.sha256):
            pipeline = self._load(name, sha256, dtype)
            room = self._room(name, dtype)
        self._loaded.move_to_end(room)
        self._leases[room] = self._leases.get(room, 0) + 1
        try:
            yield pipeline
        finally:
            self._leases[room] -= 1

    def _room(self, name: str, dtype: Dtype | None) -> str:
        """Under which key a pipeline is held: its own where a number format is asked."""
        usual = self._loaded.get(name)
        is_usual = dtype is None or (usual is not None and usual.tuning.dtype == dtype)
        is_bad = dtype == "float16" and self.device.type == "cpu"
        return name if is_usual or is_bad else f"{name}@{dtype}"

    @property
    def loaded(self) -> dict[str, int]:
        """Bytes held on the device, by checkpoint."""
        return {name: pipeline.nbytes for name, pipeline in self._loaded.items()}

    def close(self) -> None:
        """Let go of everything."""
        self._loaded.clear()
        self._free_cache()

    def _find(self, name: str) -> Checkpoint:
        if all(checkpoint.info.name != name for checkpoint in self._listing.checkpoints):
            self._listing = self._look()
        return self._listing.find(name)

    def _load(self, name: str, wanted: str | None, dtype: Dtype | None) -> Pipeline:
        if wanted:
            self._listing = self._look()
        checkpoint = self._find(name)
        sha256 = self._hashes.of(checkpoint)
        if wanted not in (None, sha256):
            raise BadFile(
                f"The files of the checkpoint {name!r} were replaced since you asked for this"
                " picture. Ask again to draw it with the new ones."
            )
        try:
            usual = self._tuning(checkpoint, sha256)
            room = self._room(name, None if dtype == usual.dtype else dtype)
            tuning = usual if room == name else replace(usual, dtype=str(dtype))
            self._loaded.pop(room, None)
            self._make_room(checkpoint, 4 if tuning.dtype == "float32" else 2)
            components = checkpoint.family.load(checkpoint.folder, tuning.torch_dtype, self.device)
        except (MemoryError, torch.OutOfMemoryError):
            self._free_cache()
            raise self._too_large(checkpoint.info.name, checkpoint.info.size) from None
        self._loaded[room] = Pipeline(
            checkpoint, sha256, components, self.device, tuning, self._shelf, self._tools
        )
        return self._loaded[room]

    def _tuning(self, checkpoint: Checkpoint, sha256: str) -> Tuning:
        """What is best for a checkpoint on this device; measured once."""
        key = machine_key(sha256, self.device)
        tuning = self._tunings.get(key)
        if tuning is None:
            self._make_room(checkpoint, 4)
            tuning = tune(checkpoint, self.device)
            self._tunings.put(key, tuning)
        return tuning

    def _make_room(self, checkpoint: Checkpoint, item: int) -> None:
        """Evict what was used least recently until the checkpoint fits. `item`: bytes a weight."""
        needed = checkpoint.info.size * item // 2
        if sum(self.loaded.values()) + self._tools.controls.nbytes + needed > self._budget:
            self._tools.controls.close()
        free = [name for name in self._loaded if not self._leases.get(name)]
        while sum(self.loaded.values()) + needed > self._budget and free:
            del self._loaded[free.pop(0)]
            self._free_cache()
        if sum(self.loaded.values()) + needed > self._budget:
            raise self._too_large(checkpoint.info.name, needed)

    def _too_large(self, name: str, needed: int) -> OutOfMemory:
        held = sum(self.loaded.values())
        return OutOfMemory(
            f"{name} needs about {needed // _MEBIBYTE:,} MiB; the device has"
            f" {(self._budget - held) // _MEBIBYTE:,} MiB left for it. Choose a smaller checkpoint,"
            " or end other programs that use the device.",
            field="checkpoint",
        )

    def _measure_budget(self) -> int:
        if self.device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(self.device)
        else:
            free = psutil.virtual_memory().available
        return int(free * _SHARE_OF_MEMORY)

    def _free_cache(self) -> None:
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
