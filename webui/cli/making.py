"""Commands that make pictures: generate, grid, remake."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from webui.cli.beginning import beginning
from webui.cli.frame import HOUSE, Models, Outputs, app, say, settings_of, stop
from webui.cli.steering import control_units, extension_inputs
from webui.errors import RequestRejected, WebuiError
from webui.request import TextToImage
from webui.request.from_picture import KINDS, AnyDrawing
from webui.request.presets import FEW_STEPS
from webui.request.prompt_lines import field_value

if TYPE_CHECKING:
    from webui.generating import Made

Output = Annotated[
    Path, typer.Option("--output", "-o", help="The PNG to write; several are numbered.")
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", help='Any other field, such as "clip_skip=2" or "eta=0.5".'),
]
Styles = Annotated[list[str] | None, typer.Option("--style", help="A kept style; repeatable.")]


def _set_fields(sets: list[str] | None, kind: type[AnyDrawing] = TextToImage) -> dict[str, Any]:
    """The fields that --set names. Raises RequestRejected."""
    fields: dict[str, Any] = {}
    for one in sets or ():
        name, equals, value = one.partition("=")
        if not equals:
            raise RequestRejected(f"--set takes field=value, not {one!r}.")
        field, read = field_value(name.strip(), value.strip(), kind)
        fields[field] = read
    return fields


@app.command()
def generate(
    prompt: Annotated[str, typer.Argument(help="What the picture should show.")],
    output: Output,
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
    init: Annotated[
        list[Path] | None,
        typer.Option(help="A picture to draw over, or a folder of them; repeatable."),
    ] = None,
    strength: Annotated[float | None, typer.Option(help="0 keeps it, 1 draws it anew.")] = None,
    mask: Annotated[
        Path | None,
        typer.Option(help='White is drawn anew; "alpha" takes what is transparent.'),
    ] = None,
    outpaint: Annotated[
        str | None,
        typer.Option(help='What the canvas grows by: "left=64,top=32" or "ratio=16:9".'),
    ] = None,
    control: Annotated[
        list[str] | None,
        typer.Option(
            help='A picture that steers: "map.png,model=pocket-edges,preprocessor=canny";'
            " repeatable."
        ),
    ] = None,
    extension: Annotated[
        list[str] | None,
        typer.Option(help='An extension that acts: "seamless,sides=both"; repeatable.'),
    ] = None,
    exact: Annotated[bool, typer.Option("--exact")] = False,
    style: Styles = None,
    few_steps: Annotated[
        str | None,
        typer.Option(help=f"Settings of a distilled checkpoint: {', '.join(FEW_STEPS)}."),
    ] = None,
    sets: Sets = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    models: Models = HOUSE.models,
    outputs: Outputs = HOUSE.outputs,
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
        "styles": style,
        "strength": strength,
    }
    settings = settings_of(models, outputs)
    try:
        kind, sent, more = beginning(init, mask, outpaint)
        fields = {**_preset(few_steps), **_set_fields(sets, KINDS[kind]), **more, "kind": kind}
        fields |= {name: value for name, value in asked.items() if value is not None}
        units, pictures = control_units(control)
        if units:
            fields["controls"], sent = units, {**sent, "controls": pictures}
        if extension:
            fields["extensions"] = extension_inputs(extension)
        quiet = as_json or not sys.stderr.isatty()
        made = generate_pictures(fields, output, settings, sent=sent, quiet=quiet)
    except WebuiError as error:
        stop(error)
    _say_made(made, as_json=as_json)


def _say_made(made: Made, *, as_json: bool = False) -> None:
    if as_json:
        say(json.dumps([{"path": str(path), "seed": seed} for path, seed in made.pictures]))
        return
    for note in made.notes:
        say(note)
    for path, own_seed in made.pictures:
        say(f"{path}  (seed {own_seed})")


@app.command()
def upscale(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, or folders of them.")],
    output: Output,
    scale: Annotated[float | None, typer.Option(help="How many times larger, up to 8.")] = None,
    upscaler: Annotated[str | None, typer.Option(help="One of `webui upscalers`.")] = None,
    upscaler_2: Annotated[str | None, typer.Option(help="A second one to blend with.")] = None,
    blend: Annotated[float | None, typer.Option(help="The share of the second one.")] = None,
    strength: Annotated[
        float | None, typer.Option(help="Draw over it at its new size; 0 only enlarges.")
    ] = None,
    prompt: Annotated[str | None, typer.Option(help="What it shows, to draw over it.")] = None,
    sets: Sets = None,
    models: Models = HOUSE.models,
    outputs: Outputs = HOUSE.outputs,
) -> None:
    """Make pictures larger, by Lanczos or an upscaler in models/upscalers."""
    from webui.generating import generate_pictures, picture_files

    asked: dict[str, Any] = {
        "scale": scale,
        "upscaler": upscaler,
        "upscaler_2": upscaler_2,
        "blend": blend,
        "strength": strength,
        "prompt": prompt,
    }
    try:
        fields = {**_set_fields(sets, KINDS["upscale"]), "kind": "upscale"}
        fields |= {name: value for name, value in asked.items() if value is not None}
        sent = {"init": picture_files(pictures)}
        quiet = not sys.stderr.isatty()
        made = generate_pictures(
            fields, output, settings_of(models, outputs), sent=sent, quiet=quiet
        )
    except WebuiError as error:
        stop(error)
    _say_made(made)


def _preset(name: str | None) -> dict[str, Any]:
    """Raises RequestRejected for a name that is not known."""
    if name is None:
        return {}
    if name not in FEW_STEPS:
        raise RequestRejected(f"--few-steps is one of {', '.join(FEW_STEPS)}, not {name!r}.")
    return FEW_STEPS[name]


@app.command()
def grid(
    prompt: Annotated[str, typer.Argument(help="What the pictures should show.")],
    output: Output,
    x: Annotated[str, typer.Option(help='Columns: field=values, such as "steps=4-20 [5]".')],
    y: Annotated[str | None, typer.Option(help="Rows, likewise.")] = None,
    z: Annotated[str | None, typer.Option(help="Sheets below each other, likewise.")] = None,
    margin: Annotated[int | None, typer.Option(help="Pixels between the pictures.")] = None,
    style: Styles = None,
    sets: Sets = None,
    cost: Annotated[bool, typer.Option("--cost", help="Only say what it would take.")] = False,
    models: Models = HOUSE.models,
    outputs: Outputs = HOUSE.outputs,
) -> None:
    """Draw one prompt for every combination of values: single pictures and a labelled sheet."""
    from webui.generating import cost_of, generate_pictures

    settings = settings_of(models, outputs)
    try:
        base = {**_set_fields(sets), "prompt": prompt, "styles": style or []}
        axes = {side: _axis(text) for side, text in (("x", x), ("y", y), ("z", z)) if text}
        fields = {"kind": "grid", "base": base, **axes}
        fields |= {} if margin is None else {"margin": margin}
        takes = cost_of(fields, settings)
        say(f"{takes.pictures} pictures, {takes.steps} steps in all")
        if cost:
            return
        made = generate_pictures(fields, output, settings, quiet=not sys.stderr.isatty())
    except WebuiError as error:
        stop(error)
    for path, _ in made.pictures:
        say(str(path))


def _axis(text: str) -> dict[str, str]:
    """Raises RequestRejected where the form is another."""
    field, equals, values = text.partition("=")
    if not equals:
        raise RequestRejected(f'An axis is field=values, such as "steps=4-20 [5]", not {text!r}.')
    return {"field": field.strip().replace("-", "_"), "values": values.replace("\\n", "\n")}


@app.command()
def remake(
    picture: Annotated[Path, typer.Argument(help="A PNG that Darkroom made.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The PNG to write; else only compared.")
    ] = None,
    models: Models = HOUSE.models,
    outputs: Outputs = HOUSE.outputs,
) -> None:
    """Make a saved picture again from what it carries, and say whether the pixels are equal."""
    from webui.remaking import look_at

    settings = settings_of(models, outputs)
    try:
        again = look_at(picture, output, settings)
        for warning in again.warnings:
            say(warning)
        made = again.run(settings, quiet=not sys.stderr.isatty())
    except WebuiError as error:
        stop(error)
    say(made.words)
    if not made.equal:
        raise typer.Exit(1)
