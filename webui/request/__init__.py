"""Requests: what a person asks for, frozen and validated; resolving; metadata in and out."""

from webui.request.choices import (
    BrokenFile,
    CheckpointInfo,
    Choices,
    Defaults,
    SamplerInfo,
    ScheduleInfo,
)
from webui.request.png import PictureMetadata, read_png, write_png
from webui.request.resolve import parse, parse_json, resolve
from webui.request.resolved import FileUsed, ResolvedRequest
from webui.request.text_to_image import MAX_SEED, Request, TextToImage

__all__ = [
    "MAX_SEED",
    "BrokenFile",
    "CheckpointInfo",
    "Choices",
    "Defaults",
    "FileUsed",
    "PictureMetadata",
    "Request",
    "ResolvedRequest",
    "SamplerInfo",
    "ScheduleInfo",
    "TextToImage",
    "parse",
    "parse_json",
    "read_png",
    "resolve",
    "write_png",
]
