"""Requests: what a person asks for, frozen and validated; resolving; metadata in and out."""

from webui.request.choices import (
    BrokenFile,
    CheckpointInfo,
    Choices,
    Defaults,
    SamplerInfo,
    ScheduleInfo,
)
from webui.request.grid import Axis, Grid
from webui.request.parsing import Request, parse, parse_json, resolve
from webui.request.png import PictureMetadata, read_png, write_png
from webui.request.resolve import Here
from webui.request.resolved import FileUsed, ResolvedRequest, Sheet
from webui.request.text_to_image import MAX_SEED, TextToImage

__all__ = [
    "MAX_SEED",
    "Axis",
    "BrokenFile",
    "CheckpointInfo",
    "Choices",
    "Defaults",
    "FileUsed",
    "Grid",
    "Here",
    "PictureMetadata",
    "Request",
    "ResolvedRequest",
    "SamplerInfo",
    "ScheduleInfo",
    "Sheet",
    "TextToImage",
    "parse",
    "parse_json",
    "read_png",
    "resolve",
    "write_png",
]
