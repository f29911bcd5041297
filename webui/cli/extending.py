"""Commands about extensions: what is there, a new one, whether one is good, on and off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from webui.cli.frame import EXTENSIONS, HOUSE, Outputs, app, say, stop
from webui.errors import NotFound, WebuiError
from webui.settings import Settings

extensions_app = typer.Typer(
    name="extensions",
    help="List, begin, check and switch extensions.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(extensions_app)

Home = Annotated[
    Path, typer.Option("--extensions", envvar=EXTENSIONS, help="Folder with extensions.")
]


@extensions_app.command("list")
def list_extensions(home: Home = HOUSE.extensions, outputs: Outputs = HOUSE.outputs) -> None:
    """List the extensions, what they contribute, and what is wrong with them."""
    from webui.worker import registry_of

    settings = Settings(outputs=outputs.resolve(), extensions=home.resolve())
    found = registry_of(settings, "web").extensions
    for one in found:
        say(f"{one.id} {one.version}  {one.status}  {one.name}")
        for line in one.problem.splitlines() if one.problem else one.contributes:
            say(f"    {line}")
    if not found:
        say(f"There is no extension in {home}. Begin one: webui extensions new my-sampler")


@extensions_app.command()
def new(
    name: Annotated[str, typer.Argument(help="Its id, such as my-sampler.")],
    kind: Annotated[str, typer.Option(help="sampler, guidance, preprocessor or tab.")] = "sampler",
    home: Home = HOUSE.extensions,
) -> None:
    """Begin an extension: a small one that works, with its test."""
    from webui.extension.starting import start_extension

    try:
        folder = start_extension(home.resolve(), name, kind)
    except WebuiError as error:
        stop(error)
    for path in sorted(folder.iterdir()):
        say(str(path))
    say(f"Try it out: webui extensions check {folder}")


@extensions_app.command()
def check(path: Annotated[Path, typer.Argument(help="The folder of an extension.")]) -> None:
    """Load an extension and try everything in it out. It runs with all rights you have."""
    from webui.testing import check_extension

    problems = check_extension(path)
    for problem in problems:
        say(problem)
    if problems:
        raise typer.Exit(1)
    say(f"{path} is good.")


@extensions_app.command()
def enable(
    extension: Annotated[str, typer.Argument(help="Its id.")],
    home: Home = HOUSE.extensions,
    outputs: Outputs = HOUSE.outputs,
) -> None:
    """Switch an extension on, from the next start of the studio on."""
    _switch(extension, Settings(outputs=outputs.resolve(), extensions=home.resolve()), on=True)


@extensions_app.command()
def disable(
    extension: Annotated[str, typer.Argument(help="Its id.")],
    home: Home = HOUSE.extensions,
    outputs: Outputs = HOUSE.outputs,
) -> None:
    """Switch an extension off, from the next start of the studio on."""
    _switch(extension, Settings(outputs=outputs.resolve(), extensions=home.resolve()), on=False)


def _switch(extension: str, settings: Settings, *, on: bool) -> None:
    from webui.extension.crashes import CrashMarks
    from webui.extension.discovery import discover
    from webui.extension.switches import FILE, Switches

    known = [one.id for one in discover([settings.extensions])]
    try:
        if extension not in known:
            there = ", ".join(known) or "none"
            raise NotFound(f"There is no extension {extension!r}. There is: {there}.")
        Switches(settings.state / FILE).switch(extension, on=on)
    except WebuiError as error:
        stop(error)
    if on:
        CrashMarks(settings.state).forget(extension)
    say(f"{extension} is {'on' if on else 'off'} from the next start on.")
