"""Palette: an example of a tab with a route and a panel. It remembers who saved what last."""

from __future__ import annotations

from webui.extension import SavedImage, hook

from .latest import Latest

LATEST = Latest()
"""One for the process; the page looks into it."""


@hook
def image_saved(image: SavedImage) -> None:
    """Remember the picture for its owner."""
    LATEST.note(image.owner, image.path)
