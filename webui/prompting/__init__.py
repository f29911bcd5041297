"""The prompt language: from what people type to what the text encoder is given. No torch.

In this order: styles, choices and wildcards, notes, tags, AND, edits over the steps, emphasis.
"""

from webui.prompting.attention import parse_attention
from webui.prompting.comments import without_comments
from webui.prompting.composition import Part, parse_composition
from webui.prompting.editing import Timeline, parse_timeline
from webui.prompting.expanding import expand, expand_each, has_choices
from webui.prompting.pointing import pointed
from webui.prompting.problem import Problem
from webui.prompting.problems import problems
from webui.prompting.readings import readings
from webui.prompting.style_sheet import StyleRow, StyleSheet, read_styles, write_styles
from webui.prompting.styles import apply_styles, extract_styles, find_styles
from webui.prompting.tags import Tag, split_tags
from webui.prompting.wildcards import Wildcards
from webui.request.choices import Style

__all__ = [
    "Part",
    "Problem",
    "Style",
    "StyleRow",
    "StyleSheet",
    "Tag",
    "Timeline",
    "Wildcards",
    "apply_styles",
    "expand",
    "expand_each",
    "extract_styles",
    "find_styles",
    "has_choices",
    "parse_attention",
    "parse_composition",
    "parse_timeline",
    "pointed",
    "problems",
    "read_styles",
    "readings",
    "split_tags",
    "without_comments",
    "write_styles",
]
