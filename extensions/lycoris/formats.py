"""The formats that LyCORIS writes beside LoRA, DoRA and full differences.

Importing needs no torch: the process that serves the web looks at headers with these values too.
"""

from webui.adapters.formats import LoraFormat, dora

from .glora import GLORA
from .ia3 import IA3
from .loha import LOHA
from .lokr import LOKR

FORMATS: tuple[LoraFormat, ...] = (LOHA, dora(LOHA), LOKR, dora(LOKR), GLORA, IA3)
"""All of them; LoHa and LoKr also with learned lengths (DoRA)."""

__all__ = ["FORMATS", "GLORA", "IA3", "LOHA", "LOKR"]
