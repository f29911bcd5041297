"""A place in a prompt that is probably not meant as it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass

ALMOST_NUMBER = re.compile(r"[\d.,+\-\s]*")
"""What somebody who writes this meant as a number, even where it is none."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`length` characters from `at`; what is odd there, and what the prompt does all the same."""

    at: int
    length: int
    message: str
