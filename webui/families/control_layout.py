"""How networks that steer lie on disk: one file, or a diffusers folder. Needs no torch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

CONFIG = "config.json"
_ENDING = ".safetensors"
PICKLES = (".pth", ".pt", ".ckpt", ".bin")
"""Endings of files that may hold program code."""

_PREFERRED = ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors")
"""What diffusers calls weights; a folder may hold the same ones in several precisions."""

IMAGE_ENCODER = "image_encoder"
"""The folder of what IP-Adapters look at pictures with: beside them, or in a folder above."""


def weights_file(path: Path) -> Path | None:
    """The .safetensors file to be read: `path` itself, or the best one in the folder `path`."""
    if path.is_file():
        return path
    found = sorted(file for file in path.glob(f"*{_ENDING}") if not file.name.startswith("."))
    preferred = (path / name for name in _PREFERRED)
    return next((file for file in (*preferred, *found) if file in found), None)


def name_of(path: Path) -> str:
    """What people call it: the folder's name, or the file's without its ending.

    Of a file that is called as all are, its folder's.
    """
    if path.is_dir():
        return path.name
    return path.parent.name if path.name in _PREFERRED else path.name.removesuffix(_ENDING)


def image_encoder_folders(file: Path) -> tuple[Path, ...]:
    """Where an image encoder for an IP-Adapter may lie, the nearest first."""
    found: list[Path] = []
    for folder in file.parents:
        found.append(folder / IMAGE_ENCODER)
        if folder.name == "ip_adapters":
            return tuple(found)
    return tuple(found[:1])


def image_encoder_of(file: Path) -> Path | None:
    """The folder of the image encoder that an IP-Adapter uses; None where there is none."""
    folders = image_encoder_folders(file)
    return next((folder for folder in folders if (folder / CONFIG).exists()), None)


def lacks_image_encoder(file: Path) -> str:
    """What to do about an IP-Adapter without one."""
    return (
        f"The IP-Adapter {name_of(file)!r} needs an image encoder, and there is none. Put one"
        f" (config.json and model.safetensors) into models/ip_adapters/{IMAGE_ENCODER}."
    )


def models_below(root: Path) -> Iterator[Path]:
    """Files and diffusers folders that may be models, sorted; pickles where there is no better."""
    for here, folders, files in os.walk(root):
        visible = sorted(file for file in files if _is_text(file) and not file.startswith("."))
        weights = [file for file in visible if file.lower().endswith(_ENDING)]
        folder = Path(here)
        if folder != root and CONFIG in visible and weights:
            folders.clear()
            yield folder
            continue
        folders[:] = sorted(one for one in folders if not one.startswith(".") and _is_text(one))
        folders[:] = [one for one in folders if one != IMAGE_ENCODER]
        names = {os.path.splitext(file)[0] for file in weights}
        for file in visible:
            stem, ending = os.path.splitext(file)
            if file in weights or (ending.lower() in PICKLES and stem not in names):
                yield folder / file


def _is_text(name: str) -> bool:
    """Names that are no text at all (broken UTF-8) cannot be shown."""
    return not any("\ud800" <= sign <= "\udfff" for sign in name)
