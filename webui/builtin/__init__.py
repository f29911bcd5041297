"""What we ship: samplers, schedules and families. Importing this needs no torch."""

from webui.builtin.core import FAMILIES, SAMPLERS, SCHEDULES, BuiltinTools

__all__ = ["FAMILIES", "SAMPLERS", "SCHEDULES", "BuiltinTools"]
