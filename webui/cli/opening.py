"""The command that opens the studio."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from webui.cli.frame import EXTENSIONS, HOUSE, Models, Outputs, app, stop
from webui.errors import WebuiError
from webui.settings import Settings


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = HOUSE.host,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = HOUSE.port,
    models: Models = HOUSE.models,
    outputs: Outputs = HOUSE.outputs,
    extensions: Annotated[
        Path, typer.Option(help="Folder with extensions.", envvar=EXTENSIONS)
    ] = HOUSE.extensions,
    patience: Annotated[
        float, typer.Option(min=1, max=3600, help="Seconds an extension may keep the engine.")
    ] = HOUSE.patience,
    safe_mode: Annotated[
        bool, typer.Option("--safe-mode", help="Start without any extension.")
    ] = False,
) -> None:
    """Open the studio in the browser, and its API."""
    from webui.serving import serve_studio

    settings = Settings(
        host,
        port,
        models.resolve(),
        outputs.resolve(),
        extensions.resolve(),
        patience=patience,
        safe_mode=safe_mode,
    )
    try:
        serve_studio(settings)
    except WebuiError as error:
        stop(error)
