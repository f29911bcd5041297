"""The formats of LyCORIS, registered by name."""

from __future__ import annotations

from webui.extension import Format, hook


@hook
def lora_formats() -> list[Format]:
    """Those with learned lengths claim a layer only where it has them."""
    return [
        Format("loha", "LoHa", "formats:LOHA"),
        Format("loha_dora", "LoHa with DoRA", "lengths:LOHA_DORA"),
        Format("lokr", "LoKr", "formats:LOKR"),
        Format("lokr_dora", "LoKr with DoRA", "lengths:LOKR_DORA"),
        Format("glora", "GLoRA", "formats:GLORA"),
        Format("ia3", "(IA)³", "formats:IA3"),
    ]
