"""The joints of people: one network finds the people, another their joints."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy import typing as npt

from webui.images.preprocessors.skeletons import JOINTS, Joints
from webui.pipelines.detector_models import Model

_MOST_PEOPLE = 20
"""In one picture; the surest ones."""

_SURE = 0.3
"""From where somebody is there."""

_COCO = 0
"""Of the sets of joints that ViTPose+ knows."""


def find_people(model: Model, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Boxes [n, 4] around the people of a picture [h, w, 3]: left, top, width and height."""
    answer = model.network(**model.shown(pixels))
    found = model.processor.post_process_object_detection(
        answer, threshold=_SURE, target_sizes=[pixels.shape[:2]]
    )[0]
    is_person = torch.isin(found["labels"], torch.tensor(_persons(model.config)).to(model.device))
    boxes, scores = found["boxes"][is_person], found["scores"][is_person]
    corners = boxes[scores.argsort(descending=True)[:_MOST_PEOPLE]].cpu().numpy()
    low, high = np.zeros(2), np.array(pixels.shape[1::-1])
    start, end = np.clip(corners[:, :2], low, high), np.clip(corners[:, 2:], low, high)
    sides = np.concatenate([start, end - start], axis=1).astype(np.float32)
    return sides[(sides[:, 2:] >= 1).all(axis=1)]


def _persons(config: Any) -> list[int]:
    """The kinds of things that are people."""
    labels = getattr(config, "id2label", None) or {}
    return [int(kind) for kind, name in labels.items() if str(name).casefold() == "person"] or [0]


def find_joints(
    model: Model, pixels: npt.NDArray[np.uint8], boxes: npt.NDArray[np.float32]
) -> list[Joints]:
    """The joints of the person in each box of a picture [h, w, 3]."""
    joints: list[Joints] = []
    for box in boxes:
        given = model.shown(pixels, boxes=[[box.tolist()]])
        if getattr(model.config.backbone_config, "num_experts", 1) > 1:
            given["dataset_index"] = torch.tensor([_COCO], device=model.device)
        answer = model.network(**given)
        person = model.processor.post_process_pose_estimation(answer, boxes=[[box.tolist()]])[0][0]
        places, scores = person["keypoints"].cpu().numpy(), person["scores"].cpu().numpy()
        if places.shape != (JOINTS, 2):
            raise ValueError(f"it gives {len(places)} joints, and those of COCO are {JOINTS}")
        joints.append(np.column_stack([places, scores]))
    return joints
