"""Plain words of another tool, written so that our prompt language leaves them plain."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\\\[\]{}]|(?<!\S)\#|_(?=_\w)|\b(?:AND|BREAK)\b")
_ROUND = re.compile(r"[()]")


def as_words(text: str) -> str:
    """The text with a backslash before every sign that means something here and not there.

    Square brackets, braces, wildcards, notes, AND and BREAK; round brackets stay as they are.
    A word is broken up: AND is looked for before backslashes are taken away.
    """
    return _SPECIAL.sub(_escaped, text)


def without_round(text: str) -> str:
    """The text with round brackets escaped as well."""
    return _ROUND.sub(r"\\\g<0>", text)


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    return f"\\{sign}" if len(sign) == 1 else f"{sign[0]}\\{sign[1:]}"
