"""Notes in a prompt: from a # at the begin of a word to the end of its line."""

from __future__ import annotations

import re

COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.MULTILINE)


def without_comments(text: str) -> str:
    """The prompt without its notes; a # inside a word (C#) is no note."""
    return COMMENT.sub("", text)
