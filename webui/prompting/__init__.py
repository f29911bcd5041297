"""The prompt language: from what people type to what the text encoder is given. No torch."""

from webui.prompting.attention import parse_attention
from webui.prompting.comments import without_comments
from webui.prompting.composition import Part, parse_composition
from webui.prompting.editing import Timeline, parse_timeline

__all__ = [
    "Part",
    "Timeline",
    "parse_attention",
    "parse_composition",
    "parse_timeline",
    "without_comments",
]
