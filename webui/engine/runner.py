"""Running the loop: commands come in by a queue, one thread ticks, status goes out."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from webui.engine.keeping import keep_widths
from webui.engine.protocol import EngineStatus
from webui.request import ResolvedRequest

if TYPE_CHECKING:
    from webui.engine.loop import EngineLoop

Command = dict[str, Any]
"""{"do": "submit" | "cancel" | "watch" | "warm" | "close", …}"""

_STATUS_PAUSE = 0.5
_IDLE = 0.5


class Runner:
    """Drives an EngineLoop until it is told to close. `run` is the engine's thread."""

    def __init__(
        self,
        loop: EngineLoop,
        device: str,
        loaded: Callable[[], dict[str, int]],
        tell: Callable[[EngineStatus], None],
        keep: Callable[[dict[str, Any]], None],
        clock: Callable[[], float],
    ) -> None:
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._loop = loop
        self._device = device
        self._loaded = loaded
        self._tell = tell
        self._keep = keep
        self._clock = clock
        self._told = float("-inf")

    def run(self) -> None:
        """Until a close command: take commands, run forwards, tell the status."""
        open_ = True
        while open_:
            open_ = self._take_commands(wait=self._loop.is_idle)
            if open_:
                self._loop.tick()
                self._tell_status()
                self._keep_measured()
        self._loop.close()

    def _take_commands(self, *, wait: bool) -> bool:
        try:
            while self._obey(self.commands.get(block=wait, timeout=_IDLE)):
                wait = False
        except queue.Empty:
            return True
        return False

    def _obey(self, command: Command) -> bool:
        """Carry a command out. False for close."""
        match command["do"]:
            case "submit":
                request = ResolvedRequest.model_validate(command["request"])
                self._loop.submit(command["job"], command["owner"], request, command["skip"])
            case "cancel":
                self._loop.cancel(command["job"])
            case "watch":
                self._loop.watch(command["job"], command["watched"])
            case "warm":
                self._loop.warm(command["checkpoint"])
            case _:
                return False
        self._told = float("-inf")
        return True

    def _tell_status(self) -> None:
        now = self._clock()
        if now - self._told >= _STATUS_PAUSE:
            self._told = now
            standing = tuple(self._loop.standing())
            self._tell(EngineStatus("ready", self._device, standing, self._loaded()))

    def _keep_measured(self) -> None:
        if self._loop.settled:
            self._loop.settled = False
            self._keep(keep_widths(self._loop.widths))
