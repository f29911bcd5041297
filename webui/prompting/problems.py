"""What in a prompt is probably not meant as it is written. The prompt works all the same."""

from __future__ import annotations

import re
from heapq import nsmallest
from itertools import chain

from webui.prompting.bracket_problems import bracket_problems
from webui.prompting.comments import COMMENT
from webui.prompting.form_problems import (
    choice_problems,
    edit_problems,
    tag_problems,
    wildcard_problems,
)
from webui.prompting.problem import Problem
from webui.prompting.tags import TAG, read_tag
from webui.prompting.wildcards import Wildcards

_MOST = 100
"""Problems that are told of one prompt: nobody reads more."""


def problems(text: str, wildcards: Wildcards | None = None) -> tuple[Problem, ...]:
    """What is odd in a prompt, in the order of the places; at most the first hundred.

    Wildcards are looked for only if they are given. No text is an error.
    """
    noted = COMMENT.sub(_blank, text)
    plain = TAG.sub(lambda tag: _blank(tag) if read_tag(tag) else tag[0], noted)
    found = chain(
        tag_problems(noted), bracket_problems(plain), edit_problems(plain), choice_problems(plain)
    )
    unknown = wildcard_problems(plain, wildcards) if wildcards else ()
    return tuple(nsmallest(_MOST, chain(found, unknown)))


def _blank(match: re.Match[str]) -> str:
    """Space of the same length: places stay what they are."""
    return " " * len(match[0])
