"""Framed messages."""

from __future__ import annotations

import io
import struct

import pytest

from webui.engine.frames import FrameWriter, read_frame
from webui.events import Cancelled, Failed, PictureReady, Preview, Progress, from_parts, to_parts


def test_message_and_bytes_arrive_as_they_were_sent() -> None:
    file = io.BytesIO()
    FrameWriter(file).write({"a": [1, "ü"]}, b"\x00\xff")
    FrameWriter(file).write({})
    file.seek(0)
    assert read_frame(file) == ({"a": [1, "ü"]}, b"\x00\xff")
    assert read_frame(file) == ({}, b"")
    assert read_frame(file) is None


@pytest.mark.parametrize("length", range(1, 14))
def test_frame_that_is_cut_short_reads_as_the_end(length: int) -> None:
    file = io.BytesIO()
    FrameWriter(file).write({"a": 1}, b"x")
    assert read_frame(io.BytesIO(file.getvalue()[:length])) is None


def test_lengths_beyond_reason_are_not_believed() -> None:
    assert read_frame(io.BytesIO(struct.pack("<II", 1 << 31, 0))) is None


@pytest.mark.parametrize(
    "event",
    [
        Progress("j", 1, 2, 0.5, None),
        Preview("j", 0, 1, 1, 1, b"rgb"),
        PictureReady("j", 0, 1, 1, {"device": "cpu"}, b"rgb"),
        Failed("j", "words", "width"),
        Cancelled("j"),
    ],
)
def test_event_survives_the_pipe(event: Progress) -> None:
    assert from_parts(*to_parts(event)) == event
