"""Prompts as ComfyUI reads them, and Fooocus and SwarmUI with it, in our prompt language."""

from __future__ import annotations

import re
from collections.abc import Sequence

from webui.metadata.draft import Draft
from webui.metadata.networks import lack_tags
from webui.metadata.words import as_words

_ESCAPED = re.compile(r"(\\[()])")


def from_comfy(text: str) -> str:
    """The same words with the same weights.

    `(x)`, `(x:1.2)` and `\\(` are as here; all else is plain text there, a backslash too.
    """
    pieces = _ESCAPED.split(text)
    return "".join(piece if at % 2 else as_words(piece) for at, piece in enumerate(pieces))


def take_prompts(draft: Draft, prompt: Sequence[str], negative: Sequence[str]) -> None:
    """Set both prompts, translated, and say which files they want.

    Several texts are encoded apart and stand behind one another: our BREAK.
    """
    for name, texts in (("prompt", prompt), ("negative_prompt", negative)):
        draft.take(name, " BREAK ".join(from_comfy(text) for text in texts))
        for text in texts:
            lack_tags(draft, text)
