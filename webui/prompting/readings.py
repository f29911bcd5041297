"""Every text that a text encoder is given for a prompt, over its parts and over the steps."""

from __future__ import annotations

from webui.phrases import Emphasis, Phrase, PromptText
from webui.prompting.attention import parse_attention
from webui.prompting.comments import without_comments
from webui.prompting.composition import parse_composition
from webui.prompting.editing import parse_timeline
from webui.prompting.tags import split_tags


def readings(
    text: str, steps: int, *, is_negative: bool = False, emphasis: Emphasis = "original"
) -> tuple[PromptText, ...]:
    """The different texts of a prompt, without choices, for a picture of `steps` steps.

    At least one. In a negative prompt AND is a word.
    """
    words, _ = split_tags(without_comments(text))
    parts = [words] if is_negative else [part.text for part in parse_composition(words)]
    texts = dict.fromkeys(one for part in parts for one in parse_timeline(part).texts(steps))
    if emphasis == "none":
        return tuple((Phrase(one),) for one in texts)
    return tuple(parse_attention(one) for one in texts)
