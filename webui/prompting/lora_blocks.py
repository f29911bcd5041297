"""How much of a LoRA each block gets, as users of LoRA Block Weight write it: `lbw=…` in a tag."""

from __future__ import annotations

from webui.prompting.numbers import amount

BLOCKS = (
    "BASE",
    *(f"IN{number:02}" for number in range(12)),
    "M00",
    *(f"OUT{number:02}" for number in range(12)),
)
"""In this order stand the weights of a tag; BASE is the text encoder."""

_ATTENTIVE = [BLOCKS.index(block) for block in ("IN01", "IN02", "IN04", "IN05", "IN07", "IN08")]
_MIDDLE, _OUT = BLOCKS.index("M00"), BLOCKS.index("OUT00")
_LISTS = {
    len(places): places
    for places in (
        (*range(len(BLOCKS)),),  # all of SD 1.x
        (0, *_ATTENTIVE, _MIDDLE, *range(_OUT + 3, _OUT + 12)),  # of that, where attention is
        (*range(10), _MIDDLE, *range(_OUT, _OUT + 9)),  # all of SDXL
        (0, *_ATTENTIVE[2:], _MIDDLE, *range(_OUT, _OUT + 6)),  # of that, where attention is
    )
}
"""The places in BLOCKS that a list of so many numbers is for."""

_LONGEST = 26 * 40


def _all_of(*ranges: tuple[str, str], amount: float = 1.0) -> tuple[float, ...]:
    """BASE and every block from one to another, both counted."""
    spans = [(BLOCKS.index(first), BLOCKS.index(last)) for first, last in ranges]
    inside = {0, *(at for first, last in spans for at in range(first, last + 1))}
    return tuple(amount if at in inside else 0.0 for at in range(len(BLOCKS)))


_PRESETS = {
    "NONE": (0.0,) * len(BLOCKS),
    "ALL": _all_of(("BASE", "OUT11")),
    "INS": _all_of(("IN00", "IN04")),
    "IND": _all_of(("IN05", "IN11")),
    "INALL": _all_of(("IN00", "IN11")),
    "MIDD": _all_of(("IN05", "OUT06")),
    "OUTD": _all_of(("OUT00", "OUT06")),
    "OUTS": _all_of(("OUT07", "OUT11")),
    "OUTALL": _all_of(("OUT00", "OUT11")),
    "ALL0.5": _all_of(("BASE", "OUT11"), amount=0.5),
}
"""Those that LoRA Block Weight begins with.

There they are lists of 17, in which the blocks without attention are 0. Here what lies between is
filled in: the same for a LoRA of attention, and for one of convolutions ALL means all.
"""


def read_blocks(text: str) -> tuple[float, ...] | None:
    """One weight for each of BLOCKS, from a preset's name or a list of 12, 17, 20 or 26 numbers.

    Blocks that a list leaves out are 0, as there. None for any other text.
    """
    text = text.strip()
    if text in _PRESETS:
        return _PRESETS[text]
    parts = text.split(",") if len(text) <= _LONGEST else []
    amounts = [amount(part) for part in parts]
    if len(parts) not in _LISTS or None in amounts:
        return None
    by_place = dict(zip(_LISTS[len(parts)], amounts, strict=True))
    return tuple(by_place.get(place) or 0.0 for place in range(len(BLOCKS)))
