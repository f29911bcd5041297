"""A forward of the UNet while units steer it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from webui.families.protocol import Steered
from webui.families.sd1.control.attention import wearing
from webui.families.sd1.control.controlnet import residuals
from webui.families.sd1.control.ip_adapter import beside_text
from webui.families.sd1.control.look import Look
from webui.families.sd1.control.reference import referring
from webui.families.sd1.control.t2i_adapter import features


def steer(unet: Any, look: Look, units: Sequence[Steered]) -> Tensor:
    """What the UNet says. Rows that no unit acts on come out as without units.

    Raises RequestRejected for a unit that the UNet has no place for. The UNet is left as it was.
    """
    acting = [unit for unit in units if bool((unit.weights > 0).any())]
    added: dict[str, Any] = {}
    if said := residuals(look, acting):
        added["down_block_additional_residuals"] = said[:-1]
        added["mid_block_additional_residual"] = said[-1]
    if seen := features(look, acting):
        added["down_intrablock_additional_residuals"] = seen
    processors = {**beside_text(look, acting), **referring(unet, look, acting)}
    with wearing(unet, processors):
        return unet(look.whole, look.t, encoder_hidden_states=look.context, **added).sample
