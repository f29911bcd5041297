"""The command `webui`: serve, generate, and what there is to choose from."""

from webui.cli import extending, making, opening, showing
from webui.cli.frame import app

__all__ = ["app", "extending", "main", "making", "opening", "showing"]


def main() -> None:
    """The entry of the command `webui`."""
    app()
