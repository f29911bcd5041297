"""The prompt language: from what people type to what the text encoder is given. No torch."""

from webui.prompting.attention import parse_attention
from webui.prompting.editing import Timeline, parse_timeline

__all__ = ["Timeline", "parse_attention", "parse_timeline"]
