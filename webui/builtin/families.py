"""The architectures that we know."""

from __future__ import annotations

from webui.families import Family
from webui.families.sd1 import Sd1

FAMILIES: tuple[Family, ...] = (Sd1(),)
