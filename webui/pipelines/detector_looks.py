"""How each detector looks at a picture: the networks that it asks, and what it makes of answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy import typing as npt
from transformers import (
    AutoModelForDepthEstimation,
    AutoModelForObjectDetection,
    AutoModelForSemanticSegmentation,
    VitPoseForPoseEstimation,
)

from webui.images.preprocessors.regions import coloured
from webui.images.preprocessors.skeletons import skeletons
from webui.images.preprocessors.soft_edges import few_tones_map, scribble_map, softedge_map
from webui.images.preprocessors.surfaces import depth_map, normal_map
from webui.pipelines.detector_hed import load_hed, soft_edges
from webui.pipelines.detector_models import Model, load_model
from webui.pipelines.detector_people import find_joints, find_people

Levels: TypeAlias = npt.NDArray[np.uint8]

Load: TypeAlias = Callable[[Path, torch.device], Any]
"""Reads a network from its folder."""

Models: TypeAlias = Callable[[str, Load], Any]
"""Gives the network of a folder under `models/preprocessors`."""

Look: TypeAlias = Callable[[Models, Levels, tuple[float, float]], Levels]
"""From a picture, uint8 [h, w, 3], and a preprocessor's two numbers to a map of its size."""

_DISTANCES = ("depth_pro", "glpn", "prompt_depth_anything", "zoedepth")
"""Models whose depth is how far something is, not how near."""

_NEAREST = 1e-3
"""Metres; nearer than this nothing is."""


def _transformers(kind: Any) -> Load:
    return lambda folder, device: load_model(folder, kind, device)


_DEPTH = _transformers(AutoModelForDepthEstimation)
_SEGMENTATION = _transformers(AutoModelForSemanticSegmentation)
_PEOPLE = _transformers(AutoModelForObjectDetection)
_JOINTS = _transformers(VitPoseForPoseEstimation)


def _nearness(models: Models, pixels: Levels) -> npt.NDArray[np.float32]:
    """How near everything is, in any measure, [h, w]. Raises FloatingPointError for nonsense."""
    model: Model = models("depth", _DEPTH)
    size, kind = pixels.shape[:2], model.config.model_type
    answer = model.network(**model.shown(pixels))
    options = {"source_sizes": [size]} if kind == "zoedepth" else {}
    found = model.processor.post_process_depth_estimation(answer, target_sizes=[size], **options)
    depth = found[0]["predicted_depth"].float().reshape(size)
    if not torch.isfinite(depth).all():
        raise FloatingPointError("it gave numbers that are no depth")
    is_metric = getattr(model.config, "depth_estimation_type", "relative") == "metric"
    if is_metric or kind in _DISTANCES:
        depth = 1 / depth.clamp_min(_NEAREST)
    return depth.cpu().numpy()


def _depth(models: Models, pixels: Levels, options: tuple[float, float]) -> Levels:
    return depth_map(_nearness(models, pixels))


def _normals(models: Models, pixels: Levels, options: tuple[float, float]) -> Levels:
    return normal_map(_nearness(models, pixels), options[0])


def _regions(models: Models, pixels: Levels, options: tuple[float, float]) -> Levels:
    model: Model = models("segmentation", _SEGMENTATION)
    answer = model.network(**model.shown(pixels))
    size = pixels.shape[:2]
    kinds = model.processor.post_process_semantic_segmentation(answer, target_sizes=[size])[0]
    return coloured(kinds.cpu().numpy(), model.config.num_labels)


def _people(models: Models, pixels: Levels, options: tuple[float, float]) -> Levels:
    boxes = find_people(models("pose/people", _PEOPLE), pixels)
    people = find_joints(models("pose/joints", _JOINTS), pixels, boxes)
    return skeletons((pixels.shape[1], pixels.shape[0]), people)


def _edges(draw: Callable[[npt.NDArray[Any]], Levels]) -> Look:
    def look(models: Models, pixels: Levels, options: tuple[float, float]) -> Levels:
        return draw(soft_edges(models("softedge", load_hed), pixels))

    return look


LOOKS: dict[str, tuple[str, Look]] = {
    "depth": ("depth", _depth),
    "normal_depth": ("depth", _normals),
    "segmentation": ("segmentation", _regions),
    "openpose": ("pose", _people),
    "softedge_hed": ("softedge", _edges(softedge_map)),
    "softedge_hedsafe": ("softedge", _edges(few_tones_map)),
    "scribble_hed": ("softedge", _edges(scribble_map)),
}
"""By the preprocessor's id: the weights that it needs, as its info says, and how it looks."""
