"""In whose company each call of a picture was computed: how many, and in which place.

Sums are rounded otherwise in a wider forward, so the same width and place give the same bits. A
picture that was made in company carries this with it, and is made again in a company of copies of
itself. Written as "4.1x12,1.0x8": twelve calls as the second of four, then eight alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TypeAlias

from webui.engine.packing import WIDEST

Pack: TypeAlias = tuple[int, int]
"""Calls in one forward, and the place of one of them."""

ALONE: Pack = (1, 0)
_RUN = re.compile(r"(\d{1,2})\.(\d{1,2})x(\d{1,4})")
_MOST_CALLS = 10_000


def write_company(packs: Sequence[Pack]) -> str:
    """As text; empty where every call was alone."""
    if all(pack == ALONE for pack in packs):
        return ""
    runs = ((pack, sum(1 for _ in same)) for pack, same in groupby(packs))
    return ",".join(f"{width}.{place}x{count}" for (width, place), count in runs)


def read_company(text: str) -> list[Pack]:
    """The packs of every call in order; what makes no sense counts as alone."""
    packs: list[Pack] = []
    for width, place, count in (map(int, run) for run in _RUN.findall(text)):
        is_sound = 1 <= width <= WIDEST and place < width
        packs += [(width, place) if is_sound else ALONE] * count
        if len(packs) > _MOST_CALLS:
            break
    return packs[:_MOST_CALLS]


def asked(packs: Sequence[Pack], made: Sequence[Pack]) -> Pack:
    """The company that the next call shall have, after those that were made."""
    return packs[len(made)] if len(made) < len(packs) else ALONE


def made_with(facts: dict[str, str], packs: Iterable[Pack]) -> dict[str, str]:
    """What a picture was made with, its company included where it had any."""
    company = write_company(list(packs))
    return {**facts, "company": company} if company else facts
