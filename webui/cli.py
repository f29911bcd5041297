"""The command `webui`: serve, generate, and what there is to choose from."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from webui.errors import WebuiError
from webui.request import Choices, SamplerInfo, ScheduleInfo
from webui.settings import Settings

app = typer.Typer(
    name="webui",
    help="Darkroom: a web studio for diffusion images.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_HOUSE = Settings()
Models = Annotated[Path, typer.Option(help="Folder with checkpoints.")]
Outputs = Annotated[Path, typer.Option(help="Folder for pictures and the studio's database.")]


def _stop(error: WebuiError) -> NoReturn:
    Console(stderr=True, highlight=False, soft_wrap=True).print(error.message, markup=False)
    raise typer.Exit(2)


def _say(text: str) -> None:
    typer.echo(text)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = _HOUSE.host,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = _HOUSE.port,
    models: Models = _HOUSE.models,
    outputs: Outputs = _HOUSE.outputs,
    extensions: Annotated[Path, typer.Option(help="Folder with extensions.")] = _HOUSE.extensions,
) -> None:
    """Open the studio in the browser, and its API."""
    from webui.serving import serve_studio

    settings = Settings(host, port, models.resolve(), outputs.resolve(), extensions.resolve())
    try:
        serve_studio(settings)
    except WebuiError as error:
        _stop(error)


@app.command()
def generate(
    prompt: Annotated[str, typer.Argument(help="What the picture should show.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The PNG to write; several are numbered.")
    ],
    negative_prompt: Annotated[str | None, typer.Option()] = None,
    steps: Annotated[int | None, typer.Option()] = None,
    sampler: Annotated[str | None, typer.Option()] = None,
    schedule: Annotated[str | None, typer.Option()] = None,
    cfg_scale: Annotated[float | None, typer.Option()] = None,
    width: Annotated[int | None, typer.Option()] = None,
    height: Annotated[int | None, typer.Option()] = None,
    seed: Annotated[int | None, typer.Option()] = None,
    variation_seed: Annotated[int | None, typer.Option()] = None,
    variation_strength: Annotated[float | None, typer.Option()] = None,
    seed_resize_width: Annotated[int | None, typer.Option()] = None,
    seed_resize_height: Annotated[int | None, typer.Option()] = None,
    noise_source: Annotated[str | None, typer.Option(help="cpu or nv.")] = None,
    batch_size: Annotated[int | None, typer.Option()] = None,
    batch_count: Annotated[int | None, typer.Option()] = None,
    checkpoint: Annotated[str | None, typer.Option()] = None,
    exact: Annotated[bool, typer.Option("--exact")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    models: Models = _HOUSE.models,
    outputs: Outputs = _HOUSE.outputs,
) -> None:
    """Make pictures here and now, without a running studio."""
    from webui.generating import generate_pictures

    asked: dict[str, Any] = {
        "prompt": prompt,
        "negative_prompt": negative_prompt,
        "steps": steps,
        "sampler": sampler,
        "schedule": schedule,
        "cfg_scale": cfg_scale,
        "width": width,
        "height": height,
        "seed": seed,
        "variation_seed": variation_seed,
        "variation_strength": variation_strength,
        "seed_resize_width": seed_resize_width,
        "seed_resize_height": seed_resize_height,
        "noise_source": noise_source,
        "batch_size": batch_size,
        "batch_count": batch_count,
        "checkpoint": checkpoint,
        "exact": exact,
    }
    fields = {name: value for name, value in asked.items() if value is not None}
    settings = Settings(models=models.resolve(), outputs=outputs.resolve())
    try:
        made = generate_pictures(fields, output, settings, quiet=as_json or not sys.stderr.isatty())
    except WebuiError as error:
        _stop(error)
    if as_json:
        _say(json.dumps([{"path": str(path), "seed": seed} for path, seed in made]))
        return
    for path, own_seed in made:
        _say(f"{path}  (seed {own_seed})")


@app.command()
def remake(
    picture: Annotated[Path, typer.Argument(help="A PNG that Darkroom made.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The PNG to write; else only compared.")
    ] = None,
    models: Models = _HOUSE.models,
    outputs: Outputs = _HOUSE.outputs,
) -> None:
    """Make a saved picture again from what it carries, and say whether the pixels are equal."""
    from webui.remaking import look_at
    from webui.service.files import write_whole

    settings = Settings(models=models.resolve(), outputs=outputs.resolve())
    try:
        remaking = look_at(picture, settings)
        target = remaking.place(output) if output else None
        for warning in remaking.warnings:
            _say(warning)
        made = remaking.run(settings, quiet=not sys.stderr.isatty())
        if target:
            write_whole(target, made.data)
    except WebuiError as error:
        _stop(error)
    _say(made.in_words())
    if not made.is_equal:
        raise typer.Exit(1)


@app.command()
def evaluate(
    checkpoint: Annotated[str | None, typer.Option(help="Else the default one.")] = None,
    prompts: Annotated[Path | None, typer.Option(help="A prompts.json of your own.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Draw only so many of them.")] = None,
    steps: Annotated[int | None, typer.Option()] = None,
    sampler: Annotated[str | None, typer.Option()] = None,
    cfg_scale: Annotated[float | None, typer.Option()] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the first picture; the next counts on.")] = 1,
    reference: Annotated[Path | None, typer.Option(help="A folder of real pictures.")] = None,
    report: Annotated[Path | None, typer.Option(help="The HTML page to write.")] = None,
    models: Models = _HOUSE.models,
    outputs: Outputs = _HOUSE.outputs,
) -> None:
    """Draw a fixed list of prompts with a checkpoint, and measure the pictures."""
    from webui.evaluating.command import run_evaluation
    from webui.evaluating.evaluate import Plan

    plan = Plan(checkpoint, prompts, count, steps, sampler, cfg_scale, seed, reference)
    settings = Settings(models=models.resolve(), outputs=outputs.resolve())
    try:
        for line in run_evaluation(plan, settings, report):
            _say(line)
    except WebuiError as error:
        _stop(error)


def _choices(models: Path) -> Choices:
    from webui.builtin import FAMILIES
    from webui.builtin.core import choices_of
    from webui.pipelines import scan

    return choices_of(scan(models.resolve(), FAMILIES))


def _say_table(known: Sequence[SamplerInfo | ScheduleInfo]) -> None:
    ids, labels = (max(len(getattr(one, name)) for one in known) for name in ("id", "label"))
    for one in known:
        _say(f"{one.id:<{ids}}  {one.label:<{labels}}  {one.help}")


@app.command()
def checkpoints(models: Models = _HOUSE.models) -> None:
    """List the checkpoints that can be used, and what is wrong with the others."""
    choices = _choices(models)
    for info in choices.checkpoints:
        fits = info.defaults
        size = f"{fits.width} × {fits.height}"
        _say(f"{info.name}  {info.family}, {info.size / 1e6:,.0f} MB, draws best at {size}")
    for file in choices.broken:
        _say(f"{file.name}  cannot be used: {file.problem}")
    if not choices.checkpoints:
        _say(f"There is no checkpoint in {models}.")


@app.command()
def samplers() -> None:
    """List the samplers."""
    from webui.builtin import SAMPLERS

    _say_table(SAMPLERS)


@app.command()
def schedules() -> None:
    """List the schedules."""
    from webui.builtin import SCHEDULES

    _say_table(SCHEDULES)


def main() -> None:
    """The entry of the command `webui`."""
    app()
