"""What we ship: samplers, schedules and families. Importing this needs no torch."""

from webui.builtin.core import FAMILIES, BuiltinTools
from webui.builtin.samplers import SAMPLERS
from webui.builtin.schedules import SCHEDULES

__all__ = ["FAMILIES", "SAMPLERS", "SCHEDULES", "BuiltinTools"]
