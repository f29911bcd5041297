"""LoHa and LoKr whose directions and lengths were learned apart (DoRA)."""

from __future__ import annotations

from webui.adapters.formats import LoraFormat, dora

from .formats import LOHA, LOKR

LOHA_DORA: LoraFormat = dora(LOHA)
LOKR_DORA: LoraFormat = dora(LOKR)
