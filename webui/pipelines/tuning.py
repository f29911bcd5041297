"""Choosing dtype and threads for a checkpoint on this machine, by a short measurement."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import psutil
import torch
from pydantic import Field, TypeAdapter, ValidationError

from webui.families import Components
from webui.phrases import Phrase
from webui.pipelines.catalogue import Checkpoint
from webui.pipelines.keep import keep_json, kept_json

DtypeName = Literal["float32", "bfloat16", "float16"]
_DTYPES: dict[str, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
_CLEARLY_FASTER = 1.3
"""bfloat16 costs precision: it must earn that, and a measurement must not flip by noise."""
_TOKENS = 77


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a checkpoint runs on this device."""

    dtype: DtypeName
    threads: Annotated[int, Field(strict=True, ge=1, le=4096)]

    @property
    def torch_dtype(self) -> torch.dtype:
        return _DTYPES[self.dtype]


_TUNING = TypeAdapter(Tuning)


class Tunings:
    """What was measured, by checkpoint and machine, kept between starts."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def get(self, key: str) -> Tuning | None:
        """What was measured; None for nothing, and for what makes no sense."""
        try:
            return _TUNING.validate_python(kept_json(self._path).get(key))
        except ValidationError:
            return None

    def put(self, key: str, tuning: Tuning) -> None:
        keep_json(self._path, {**kept_json(self._path), key: asdict(tuning)})


def machine_key(sha256: str, device: torch.device) -> str:
    """What a measurement holds for: this checkpoint, device, torch and number of cores."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return f"{sha256[:16]}|{name}|torch {torch.__version__}|{os.cpu_count()} cores"


def choose_device() -> torch.device:
    """The first GPU, Apple's GPU, or the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda", 0)
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def tune(checkpoint: Checkpoint, device: torch.device) -> Tuning:
    """Measure one denoising call in each setting and choose the fastest. Loads the checkpoint."""
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    if device.type != "cpu":
        # Half precision is never slower on a GPU; float16 is what peers and files use.
        return Tuning("float16", cores)
    best = {name: _best_threads(checkpoint, name, cores) for name in ("float32", "bfloat16")}
    seconds, threads = best["float32"]
    bf16_seconds, bf16_threads = best["bfloat16"]
    if seconds > bf16_seconds * _CLEARLY_FASTER:
        return Tuning("bfloat16", bf16_threads)
    return Tuning("float32", threads)


def _best_threads(checkpoint: Checkpoint, dtype: str, cores: int) -> tuple[float, int]:
    components = checkpoint.family.load(checkpoint.folder, _DTYPES[dtype], torch.device("cpu"))
    measured = [
        (_seconds(checkpoint, components, threads), threads)
        for threads in sorted({cores, max(1, cores // 2), min(cores, 4)})
    ]
    return min(measured)


def _seconds(checkpoint: Checkpoint, components: Components, threads: int) -> float:
    """The least time of a denoising call of one CFG pair at the checkpoint's own size."""
    torch.set_num_threads(threads)
    context = components.encode([(Phrase(""),), (Phrase(""),)])
    fits = checkpoint.info.defaults
    facts = checkpoint.facts
    x = torch.zeros(2, *facts.latent_shape(fits.width, fits.height))
    beside = torch.zeros(2, facts.beside, *x.shape[2:]) if facts.beside else None
    levels = torch.full((2,), 5.0), torch.full((2,), 500.0)
    arguments: tuple[Any, ...] = (x, *levels, context, beside)
    components.denoise(*arguments)
    times: list[float] = []
    while len(times) < 2 or (sum(times) < 0.15 and len(times) < 8):
        start = time.perf_counter()
        components.denoise(*arguments)
        times.append(time.perf_counter() - start)
    return min(times)
