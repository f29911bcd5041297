"""The known name that was probably meant."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import islice

_COMPARED = 5000
_LONGEST = 200
_LISTED = 10


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """A sentence with the nearest of the known names, or with the first of them."""
    if not known:
        return "There is none yet."
    plain = {one.casefold(): one for one in islice(known, _COMPARED)}
    close = get_close_matches(name[:_LONGEST].casefold(), plain, n=1)
    if close:
        return f"Did you mean {plain[close[0]]}?"
    more = f" and {len(known) - _LISTED:,} more" if len(known) > _LISTED else ""
    return f"There is: {', '.join(known[:_LISTED])}{more}."
