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
from typing import Any, BinaryIO

from webui.builtin import FAMILIES, BuiltinTools
from webui.engine.frames import FrameWriter, read_frame
from webui.engine.protocol import EngineStatus, Listener
from webui.engine.runner import Runner
from webui.events import Event, to_parts
from webui.pipelines import Hashes, Shelf, scan
from webui.pipelines.keep import keep_json, kept_json
from webui.settings import HOUSE, inputs_folder


def worker_command(models: Path, state: Path | None) -> list[str]:
    """The command that starts a worker for these folders.

    It imports this very program: what lies in the folder where the studio was started has no say.
    """
    start = f"import sys; sys.path.insert(0, {str(HOUSE)!r}); from webui.worker import main; main()"
    return [sys.executable, "-P", "-c", start, str(models), str(state or "")]


def build_runner(
    models: Path, state: Path | None, listener: Listener, tell: Callable[[EngineStatus], None]
) -> Runner:
    """Put a manager, a loop and a runner together. Imports torch."""
    from webui.engine.keeping import kept_widths
    from webui.engine.kept import KeptLatents
    from webui.engine.loop import EngineLoop
    from webui.images.content import read_kept
    from webui.pipelines.manager import PipelineManager
    from webui.pipelines.tuning import Tunings
    from webui.recipes import Planner

    hashes = Hashes(state / "hashes.json" if state else None)
    tunings = Tunings(state / "tuning.json" if state else None)
    manager = PipelineManager(
        lambda: scan(models, FAMILIES), hashes, tunings, Shelf(models, hashes)
    )
    path = state / f"speed-{manager.device.type}.json" if state else None
    loop = EngineLoop(
        manager,
        Planner(BuiltinTools()),
        listener,
        widths=kept_widths(kept_json(path)),
        read_input=partial(read_kept, inputs_folder(state or Path())),
        kept=KeptLatents(state / "latents" if state else None),
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
    """The process that `worker_command` starts; its words are the folders MODELS and STATE."""
    # The pipe is ours alone: what a library prints goes to the terminal instead.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    writer = FrameWriter(pipe)
    models, state = Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2] else None

    def listener(event: Event) -> None:
        writer.write(*to_parts(event))

    def tell(status: EngineStatus) -> None:
        message: dict[str, Any] = {"kind": "status", "status": asdict(status)}
        writer.write(message)

    runner = build_runner(models, state, listener, tell)
    commands = os.fdopen(os.dup(0), "rb", buffering=0)
    threading.Thread(target=_feed, args=(commands, runner), name="commands", daemon=True).start()
    runner.run()
