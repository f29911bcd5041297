"""The browser face: Gradio builds the page, our own events fill it."""

from webui.ui.mount import mount_ui

__all__ = ["mount_ui"]
