"""Commands that show and measure: what there is to choose from, what pictures say, evaluate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from webui.cli.frame import HOUSE, Models, Outputs, app, say, settings_of, stop
from webui.errors import BadFile, WebuiError
from webui.request import Choices, SamplerInfo, ScheduleInfo


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
    models: Models = HOUSE.models,
    outputs: Outputs = HOUSE.outputs,
) -> None:
    """Draw a fixed list of prompts with a checkpoint, and measure the pictures."""
    from webui.evaluating.command import run_evaluation
    from webui.evaluating.evaluate import Plan

    plan = Plan(checkpoint, prompts, count, steps, sampler, cfg_scale, seed, reference)
    settings = settings_of(models, outputs)
    try:
        for line in run_evaluation(plan, settings, report):
            say(line)
    except WebuiError as error:
        stop(error)


def _choices(models: Path, outputs: Path) -> Choices:
    """What there is to choose from here, with what extensions bring."""
    from webui.opening import surroundings

    return surroundings(settings_of(models, outputs)).choices()


def _say_table(known: Sequence[SamplerInfo | ScheduleInfo]) -> None:
    ids, labels = (max(len(getattr(one, name)) for one in known) for name in ("id", "label"))
    for one in known:
        say(f"{one.id:<{ids}}  {one.label:<{labels}}  {one.help}")


@app.command()
def checkpoints(models: Models = HOUSE.models, outputs: Outputs = HOUSE.outputs) -> None:
    """List the checkpoints that can be used, and what is wrong with the others."""
    choices = _choices(models, outputs)
    for info in choices.checkpoints:
        fits = info.defaults
        size = f"{fits.width} × {fits.height}"
        say(f"{info.name}  {info.family}, {info.size / 1e6:,.0f} MB, draws best at {size}")
    for file in choices.broken:
        say(f"{file.name}  cannot be used: {file.problem}")
    if not choices.checkpoints:
        say(f"There is no checkpoint in {models}.")


@app.command()
def samplers(models: Models = HOUSE.models, outputs: Outputs = HOUSE.outputs) -> None:
    """List the samplers."""
    _say_table(_choices(models, outputs).samplers)


@app.command()
def schedules(models: Models = HOUSE.models, outputs: Outputs = HOUSE.outputs) -> None:
    """List the schedules."""
    _say_table(_choices(models, outputs).schedules)


@app.command()
def upscalers(models: Models = HOUSE.models, outputs: Outputs = HOUSE.outputs) -> None:
    """List what pictures can be enlarged with."""
    for name in _choices(models, outputs).upscalers:
        say(name)


@app.command()
def read(
    source: Annotated[Path, typer.Argument(help="A picture of any tool, or a text file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
    models: Models = HOUSE.models,
    outputs: Outputs = HOUSE.outputs,
) -> None:
    """Say how a picture was made, what is missing here, and what could not be carried over."""
    from webui.service.reading import found_in

    try:
        found = found_in(
            _text(source) if source.suffix in (".txt", ".json") else source,
            _choices(models, outputs),
            {},
        )
    except WebuiError as error:
        stop(error)
    if as_json:
        say(found.model_dump_json(exclude={"shown", "is_empty"}))
        return
    say(f"Made with {found.tool}." if found.tool else "Nothing tells what it was made with.")
    for name, value in found.shown:
        say(f"{name}: {value}")
    for one in found.missing:
        say(f"Not here: {one.kind} {one.name} {one.hash}".rstrip())
    for name, value in found.unmapped:
        say(f"Not carried over: {name}: {value}")
    for note in found.notes:
        say(note)


def _text(source: Path) -> str:
    try:
        return source.read_text("utf-8", errors="replace")
    except OSError as error:
        raise BadFile(f"{source.name} cannot be read: {error.strerror}.") from None
