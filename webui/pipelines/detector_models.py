"""Models of the library transformers from people's own folders: weights only, nothing fetched."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.modules.module import register_module_parameter_registration_hook
from transformers import AutoConfig, AutoImageProcessor
from transformers.utils import logging as transformers_logging

from webui.errors import BadFile
from webui.pipelines.safetensors_header import read_shapes
from webui.pipelines.upscaler_networks import words
from webui.pipelines.upscaler_weights import FAILURES, is_out_of_memory

_HERE_ONLY: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
"""Nothing is looked up elsewhere, and no program from a folder is run."""

_NEVER_READ = "residual_layer1"
"""In the name of weights that DPT has and does not use; its files leave them out."""


@dataclass(frozen=True, slots=True)
class Model:
    """A network, and what turns pictures into its input and its output into theirs."""

    network: Any
    processor: Any
    device: torch.device

    @property
    def config(self) -> Any:
        return self.network.config

    @property
    def nbytes(self) -> int:
        return sum(one.numel() * one.element_size() for one in self.network.parameters())

    def shown(self, pixels: Any, **options: Any) -> Any:
        """A picture, uint8 [h, w, 3], as the input of the network, on its device."""
        given = self.processor(
            images=pixels, return_tensors="pt", input_data_format="channels_last", **options
        )
        return given.to(self.device)


def load_model(folder: Path, kind: Any, device: torch.device) -> Model:
    """A model for one purpose from a folder. `kind`: the class of transformers that loads it.

    Raises BadFile; out of memory passes through.
    """
    _hush()
    numbers = _numbers_in(folder)
    try:
        with quiet(), _no_larger_than(numbers):
            config = AutoConfig.from_pretrained(folder, **_HERE_ONLY)
            _keep_here(config)
            network, report = kind.from_pretrained(
                folder,
                config=config,
                dtype=torch.float32,
                use_safetensors=True,
                output_loading_info=True,
                **_HERE_ONLY,
            )
            processor = AutoImageProcessor.from_pretrained(folder, **_HERE_ONLY)
    except (*FAILURES, ImportError) as error:
        if is_out_of_memory(error):
            raise
        raise _unfit(folder, words(error)) from error
    own = dict(network.named_parameters())
    lacking = sorted(name for name in report["missing_keys"] if name in own)
    if used := [name for name in lacking if _NEVER_READ not in name]:
        raise _unfit(folder, f"its weights lack {used[0]} and {len(used) - 1} more")
    return Model(network.to(device).eval().requires_grad_(False), processor, device)


def _numbers_in(folder: Path) -> int:
    """How many numbers the files with weights hold. Raises BadFile for broken ones, or none."""
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise BadFile(f"There is no model.safetensors in {folder}.")
    shapes = [shape for file in files for shape in read_shapes(file).values()]
    return sum(int(torch.Size(shape).numel()) for shape in shapes)


def _unfit(folder: Path, why: str) -> BadFile:
    where = f"{folder.parent.name}/{folder.name}"
    return BadFile(
        f"The model in {where} cannot be used: {why}. Download it again, or put another there."
    )


def _keep_here(config: Any) -> None:
    """Let no part of a model be fetched by its name: its weights are in the file."""
    parts: tuple[Any, ...] = (config, getattr(config, "backbone_config", None))
    for part in parts:
        if getattr(part, "use_pretrained_backbone", False):
            part.use_pretrained_backbone = False


def _hush() -> None:
    """What the library says about loading is not for the people who read the terminal."""
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()


@contextmanager
def quiet() -> Generator[None]:
    """Keep what networks warn of to themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _no_larger_than(numbers: int) -> Generator[None]:
    """While it lasts, a network that needs far more numbers than its files hold raises ValueError.

    Else a config of a few bytes could ask for any amount of memory and time. Parameters are
    registered empty and then again with their weights: hence not just once.
    """
    left = {"numbers": 4 * numbers + (1 << 20), "tensors": 100_000}

    def take(_module: Any, _name: str, parameter: torch.Tensor | None) -> None:
        left["tensors"] -= 1
        left["numbers"] -= parameter.numel() if parameter is not None else 0
        if min(left.values()) < 0:
            raise ValueError("its config describes a network far larger than its weights")

    handle = register_module_parameter_registration_hook(take)
    try:
        yield
    finally:
        handle.remove()
