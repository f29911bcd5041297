"""The worker: the process that owns the device. Started by the studio, speaks frames over pipes."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from webui import builtin
from webui.engine.frames import FrameWriter, read_frame
from webui.engine.protocol import EngineStatus, Listener
from webui.engine.runner import Runner
from webui.engine.watchdog import HUNG, Watchdog
from webui.events import Event, Failed, to_parts
from webui.extension.loading import Host, load
from webui.extension.registry import Registry
from webui.extension.switches import FILE, Switches
from webui.pipelines import Hashes, Shelf, scan
from webui.pipelines.keep import keep_json, kept_json
from webui.settings import HOUSE, Settings

if TYPE_CHECKING:
    from webui.engine.loop import Watching


def worker_command(settings: Settings) -> list[str]:
    """The command that starts a worker for these folders.

    It imports this very program: what lies in the folder where the studio was started has no say.
    """
    start = f"import sys; sys.path.insert(0, {str(HOUSE)!r}); from webui.worker import main; main()"
    folders = (settings.models, settings.outputs, settings.extensions)
    words = [*map(str, folders), str(settings.patience), "safe" if settings.safe_mode else ""]
    return [sys.executable, "-P", "-c", start, *words]


def registry_of(settings: Settings, host: Host) -> Registry:
    """What we ship, and the extensions that are here. Imports what they import."""
    switches = Switches(settings.state / FILE)
    folders = [] if settings.safe_mode else [settings.extensions]
    return load(folders, switches.off, host, settings.state, builtin, settings=switches.settings)


def build_runner(
    settings: Settings,
    registry: Registry,
    listener: Listener,
    tell: Callable[[EngineStatus], None],
    watching: Watching | None = None,
) -> Runner:
    """Put a manager, a loop and a runner together. Imports torch."""
    from webui.builtin.plugging import plugged
    from webui.engine.keeping import kept_widths
    from webui.engine.kept import KeptLatents
    from webui.engine.loop import EngineLoop, unwatched
    from webui.images.content import read_kept
    from webui.pipelines.manager import PipelineManager
    from webui.pipelines.tuning import Tunings
    from webui.recipes import Planner

    models, state = settings.models, settings.state
    hashes = Hashes(state / "hashes.json")
    manager = PipelineManager(
        lambda: scan(models, registry.families),
        hashes,
        Tunings(state / "tuning.json"),
        Shelf(models, hashes),
        plugged=plugged(registry),
    )
    path = state / f"speed-{manager.device.type}.json"
    loop = EngineLoop(
        manager,
        Planner(builtin.Tools(registry)),
        listener,
        widths=kept_widths(kept_json(path)),
        read_input=partial(read_kept, settings.inputs),
        kept=KeptLatents(state / "latents"),
        watching=watching or unwatched,
    )
    return Runner(
        loop,
        manager.device.type,
        lambda: manager.loaded,
        tell,
        lambda measured: keep_json(path, measured),
        time.monotonic,
    )


def _feed(file: BinaryIO, runner: Runner) -> None:
    """Pass commands on. When the studio is gone, so are we, whatever is being computed."""
    while (frame := read_frame(file)) is not None:
        runner.commands.put(frame[0])
        if frame[0]["do"] == "close":
            return
    os._exit(0)


def main() -> None:
    """The process that `worker_command` starts; its words are said there."""
    # The pipe is ours alone: what a library prints goes to the terminal instead.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    writer = FrameWriter(pipe)
    models, outputs, extensions = map(Path, sys.argv[1:4])
    settings = Settings(
        models=models,
        outputs=outputs,
        extensions=extensions,
        patience=float(sys.argv[4]),
        safe_mode=bool(sys.argv[5]),
    )

    def listener(event: Event) -> None:
        writer.write(*to_parts(event))

    def tell(status: EngineStatus) -> None:
        message: dict[str, Any] = {"kind": "status", "status": asdict(status)}
        writer.write(message)

    def gave_up(job: str, extensions: tuple[str, ...]) -> None:
        """End with the job that hangs; the studio puts the others back."""
        listener(_hung(job, extensions, settings.patience))
        os._exit(HUNG)

    watchdog = Watchdog(settings.patience, gave_up, time.monotonic)
    registry = registry_of(settings, "worker")
    runner = build_runner(settings, registry, listener, tell, watchdog.watching)
    commands = os.fdopen(os.dup(0), "rb", buffering=0)
    threading.Thread(target=_feed, args=(commands, runner), name="commands", daemon=True).start()
    runner.run()


def _hung(job: str, extensions: tuple[str, ...], patience: float) -> Failed:
    names = " or ".join(repr(one) for one in extensions)
    return Failed(
        job,
        f"The extension {names} kept the engine for more than {patience:g} seconds without coming"
        " back, so this job was ended; the others go on. Make the picture without it, or switch it"
        " off.",
        extension=extensions[0],
    )
