"""Work on whole pictures that needs no network: sheets of many."""

from webui.images.sheet import draw_sheet

__all__ = ["draw_sheet"]
