"""Requests: what a person asks for, frozen and validated; resolving; metadata in and out."""

from webui.request.choices import (
    BrokenFile,
    CheckpointInfo,
    Choices,
    Defaults,
    SamplerInfo,
    ScheduleInfo,
)
from webui.request.from_picture import ImageToImage, Inpaint, Outpaint, Upscale
from webui.request.grid import Axis, Grid
from webui.request.limits import MAX_SEED
from webui.request.parsing import Request, parse, parse_json, resolve
from webui.request.png import PictureMetadata, read_png, write_png
from webui.request.resolve import Here, Input
from webui.request.resolved import FileUsed, ResolvedRequest, Sheet
from webui.request.text_to_image import TextToImage

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
    "ImageToImage",
    "Inpaint",
    "Input",
    "Outpaint",
    "PictureMetadata",
    "Request",
    "ResolvedRequest",
    "SamplerInfo",
    "ScheduleInfo",
    "Sheet",
    "TextToImage",
    "Upscale",
    "parse",
    "parse_json",
    "read_png",
    "resolve",
    "write_png",
]
