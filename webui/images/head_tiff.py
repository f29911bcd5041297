"""TIFF: the first directory, and how many follow (TIFF 6.0, section 2, and BigTIFF).

Pillow and libtiff read the pixels by it. What hangs off it and no pixel needs is blanked: EXIF,
XMP and thumbnails, which Pillow would unpack whole.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from webui.images.head import MOST_COUNTED, Head

_WIDTH, _HEIGHT, _ORIENTATION = 256, 257, 274
_BLANKED = (_ORIENTATION, 330, 700, 34665, 34853, 40965)
_BYTES = (1, 2, 6, 7)
"""Types that stay bytes; all others become Python numbers one by one."""

_MOST_ENTRIES = 1024
_MOST_NUMBERS = 1 << 19
"""Of all entries together. The tiles of 16 × 16 of the largest picture, places and lengths."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How a file writes directories: byte order, then classic or BigTIFF."""

    order: str
    big: bool

    @property
    def count(self) -> struct.Struct:
        return struct.Struct(self.order + ("Q" if self.big else "H"))

    @property
    def entry(self) -> struct.Struct:
        return struct.Struct(self.order + ("HHQ8s" if self.big else "HHL4s"))

    @property
    def place(self) -> struct.Struct:
        return struct.Struct(self.order + ("Q" if self.big else "L"))

    def number(self, type: int, value: bytes) -> int:
        """A value that stands in its entry."""
        return int(struct.unpack_from(self.order + ("H" if type == 3 else "L"), value)[0])


def tiff_head(data: bytes) -> Head:
    """Raises ValueError or struct.error for what cannot be a TIFF that was made in earnest."""
    form = _Form("<" if data[:2] == b"II" else ">", data[2] == 43)
    (first,) = form.place.unpack_from(data, 8 if form.big else 4)
    entries, numbers = _entries(data, form, first), 0
    changed, values = bytearray(data), dict[int, int]()
    for at, tag, type, count, value in entries:
        numbers += 0 if type in _BYTES else count
        if count == 1 and type in (3, 4):
            values.setdefault(tag, form.number(type, value))
        if tag in _BLANKED:
            struct.pack_into(form.order + "H", changed, at + 2, 0)  # a type that no reader knows
    if numbers > _MOST_NUMBERS:
        raise ValueError("more numbers than any program writes")
    return Head(
        bytes(changed),
        (values[_WIDTH], values[_HEIGHT]),
        _pages(data, form, first) - 1,
        values.get(_ORIENTATION, 1),
    )


def _entries(data: bytes, form: _Form, place: int) -> list[tuple[int, int, int, int, bytes]]:
    """The entries of a directory: where each is, its tag, type, count and value."""
    (count,) = form.count.unpack_from(data, place)
    if count > _MOST_ENTRIES:
        raise ValueError("more entries than any program writes")
    first = place + form.count.size
    places = [first + number * form.entry.size for number in range(count)]
    return [(at, *form.entry.unpack_from(data, at)) for at in places]


def _pages(data: bytes, form: _Form, place: int) -> int:
    """How many directories there are, at most MOST_COUNTED + 1; what is cut off ends them."""
    seen = set[int]()
    while place and place not in seen and len(seen) <= MOST_COUNTED:
        seen.add(place)
        try:
            (count,) = form.count.unpack_from(data, place)
            end = place + form.count.size + count * form.entry.size
            (place,) = form.place.unpack_from(data, end)
        except struct.error:
            break
    return len(seen)
