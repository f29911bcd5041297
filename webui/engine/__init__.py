"""The engine: jobs as generators, order, packing, and the process they run in.

Importing this package needs no torch; `webui.engine.loop` does.
"""

from webui.engine.local import LocalEngine
from webui.engine.protocol import Engine, EngineStatus, Listener

__all__ = ["Engine", "EngineStatus", "Listener", "LocalEngine"]
