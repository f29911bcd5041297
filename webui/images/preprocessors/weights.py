"""Which preprocessors need a network's weights, and whether they are there. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from webui.request.choices import PreprocessorInfo

FOLDER = "preprocessors"
"""Of the models' folder."""

_TRANSFORMERS = ("config.json", "preprocessor_config.json", "model*.safetensors")
"""What a model of the library transformers consists of, as its authors share it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A folder under `models/preprocessors`, what kind of model lies there, and its files.

    A file with * stands for any one of that ending.
    """

    folder: str
    model: str
    files: tuple[str, ...] = _TRANSFORMERS


WEIGHTS: dict[str, tuple[Part, ...]] = {
    "depth": (Part("depth", "a depth model for transformers (Depth Anything V2, DPT, ZoeDepth)"),),
    "segmentation": (
        Part(
            "segmentation",
            "a model for semantic segmentation for transformers, best trained on ADE20K (UPerNet,"
            " SegFormer)",
        ),
    ),
    "pose": (
        Part("pose/people", "a model that finds people, for transformers (RT-DETR)"),
        Part("pose/joints", "a model that finds their joints, for transformers (ViTPose)"),
    ),
    "softedge": (
        Part("softedge", "the edge network of ControlNet (ControlNetHED)", ("*.safetensors",)),
    ),
}
"""By what `PreprocessorInfo.needs` says."""


def missing(models: Path, info: PreprocessorInfo) -> str:
    """What a preprocessor lacks, and what to do, in plain words; empty if nothing.

    `models`: the folder of all models.
    """
    todo = wanted(models, info.needs)
    return f"{info.label} needs weights that are not here: {todo}." if todo else ""


def wanted(models: Path, needs: str) -> str:
    """What to put where, as the end of a sentence; empty if nothing."""
    return ", and ".join(
        f"put {part.model} into models/{FOLDER}/{part.folder} ({_listed(lacking)} missing)"
        for part in WEIGHTS.get(needs, ())
        if (lacking := _lacking(models / FOLDER / part.folder, part))
    )


def _lacking(folder: Path, part: Part) -> list[str]:
    """The files that are not in the folder."""
    try:
        return [file for file in part.files if not any(folder.glob(file))]
    except OSError:  # a folder that may not be read is as good as empty
        return list(part.files)


def _listed(files: list[str]) -> str:
    names = [_shown(file) for file in files]
    first = f"{', '.join(names[:-1])} and " if names[1:] else ""
    return f"{first}{names[-1]} {'are' if names[1:] else 'is'}"


def _shown(file: str) -> str:
    """A pattern as people say it."""
    return f"a {file[1:]}" if file.startswith("*") else file.replace("*", "")
