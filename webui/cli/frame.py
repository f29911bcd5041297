"""What all commands share: the program, its folders, and how it says what is wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from webui.errors import WebuiError
from webui.settings import Settings

app = typer.Typer(
    name="webui",
    help="Darkroom: a web studio for diffusion images.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
HOUSE = Settings()
EXTENSIONS = "WEBUI_EXTENSIONS"
"""The environment variable that says where extensions lie, for all commands."""

Models = Annotated[Path, typer.Option(help="Folder with checkpoints.")]
Outputs = Annotated[Path, typer.Option(help="Folder for pictures and the studio's database.")]


def settings_of(models: Path, outputs: Path) -> Settings:
    """The settings of a command that serves nobody."""
    extensions = Path(os.environ.get(EXTENSIONS) or HOUSE.extensions)
    return Settings(
        models=models.resolve(), outputs=outputs.resolve(), extensions=extensions.resolve()
    )


def stop(error: WebuiError) -> NoReturn:
    """Say what is wrong and end with 2."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(error.message, markup=False)
    raise typer.Exit(2)


def say(text: str) -> None:
    """A line of the answer."""
    typer.echo(text)
