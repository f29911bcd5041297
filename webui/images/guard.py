"""Pillow on files that anybody may have made: what it raises and warns of, in our own words."""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager

from PIL import Image, ImageCms

from webui.errors import BadFile

MOST_PIXELS = 64 * 1024 * 1024
LONGEST_SIDE = 16_384

UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    BufferError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
    ImageCms.PyCMSError,
    Warning,
)
"""What Pillow raises for files that are no sound pictures.

It documents none of these: they come from parsing with slices, dictionaries, `struct` and asserts.
A Warning is raised where a caller made errors of warnings.
"""

_ONE_AT_A_TIME = threading.Lock()
"""Filters of warnings belong to the whole process, and two threads that change them mix them up.

It also keeps memory in bounds: the largest picture takes about a gigabyte while it is opened.
"""


def check_size(size: tuple[int, int], name: str) -> None:
    """Raises BadFile for a picture (width, height) that is larger than can be opened."""
    width, height = size
    if min(size) < 1:
        raise BadFile(f"{name} is {width} × {height} pixels: there is nothing in it.")
    if max(size) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise BadFile(
            f"{name} is {width} × {height} pixels; the most that can be opened is"
            f" {MOST_PIXELS} pixels and {LONGEST_SIDE} a side. Make it smaller, then send it again."
        )


@contextmanager
def guarded(name: str) -> Generator[None, None, None]:
    """Work on a file with Pillow, one thread at a time and without warnings.

    Whatever Pillow raises becomes BadFile; a BadFile raised inside stays as it is.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except Image.DecompressionBombError:
            raise BadFile(
                f"{name} has more pixels than can be opened, which is {MOST_PIXELS}. Make it"
                " smaller, then send it again."
            ) from None
        except MemoryError:
            raise BadFile(
                f"{name} needs more memory than is free to be opened. Make it smaller, then send"
                " it again."
            ) from None
        except UNREADABLE:
            raise BadFile(
                f"{name} is cut off or damaged, or of a rare kind that cannot be read. Save it"
                " anew as PNG in a picture editor, then send that."
            ) from None
