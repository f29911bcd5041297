"""The command `webui`: serve, generate, and what there is to choose from."""

from webui.cli import making, opening, showing
from webui.cli.frame import app

__all__ = ["app", "main", "making", "opening", "showing"]


def main() -> None:
    """The entry of the command `webui`."""
    app()
