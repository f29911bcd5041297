"""Dynamic thresholding, the "CFG scale fix": high scales without burnt colours."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from webui.extension import hook

if TYPE_CHECKING:
    from webui.request import ResolvedRequest


@hook
def wrap_sampling(
    sampling: Generator[Any, Any, Any], request: ResolvedRequest, inputs: Mapping[str, Any]
) -> Generator[Any, Any, Any] | None:
    """Limit what is seen at every step; at a scale of 1 and below nothing is exaggerated."""
    if request.cfg_scale <= 1:
        return None
    from .thresholding import Limits, limited

    return limited(sampling, Limits.of(request.cfg_scale, inputs))
