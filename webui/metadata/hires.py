"""The second pass as A1111 and its kin write it: "Hires upscale", "Hires upscaler", …"""

from __future__ import annotations

from collections.abc import Mapping

from webui.errors import RequestRejected
from webui.metadata.draft import Draft
from webui.metadata.networks import lack_upscaler
from webui.metadata.values import as_number, is_something
from webui.request.infotext_keys import HIRES, STRENGTH, UPSCALERS

SCALE = "Hires upscale"
UPSCALER = "Hires upscaler"
_SAMPLER, _SCHEDULE = "Hires sampler", "Hires schedule type"
KEYS = frozenset((SCALE, UPSCALER, STRENGTH, _SAMPLER, _SCHEDULE, *HIRES.values()))
_AS_FIRST = "Use same"
"""How others say that the second pass has what the first one has."""

_LATENTS = {"latent": "latent", "latent (nearest)": "latent_nearest"}


def take_hires(pairs: Mapping[str, str], draft: Draft) -> frozenset[str]:
    """Set the fields of a second pass. Returns the keys that were read: none without a pass."""
    if as_number(pairs.get(SCALE)) is None:
        lack_upscaler(draft, pairs.get(UPSCALER, ""))
        return frozenset()
    draft.take("hires_scale", pairs[SCALE])
    draft.take("hires_strength", pairs.get(STRENGTH))
    for field, key in HIRES.items():
        value = pairs.get(key)
        # 0 steps are as many as the first pass has.
        if value and not value.startswith(_AS_FIRST) and value != "0":
            draft.take(field, value)
    _take_names(pairs, draft)
    return KEYS


def _take_names(pairs: Mapping[str, str], draft: Draft) -> None:
    for field, key, find in (
        ("hires_sampler", _SAMPLER, draft.choices.sampler),
        ("hires_schedule", _SCHEDULE, draft.choices.schedule),
    ):
        name = pairs.get(key, "")
        if is_something(name) and not name.startswith(_AS_FIRST) and name != "Automatic":
            try:
                draft.take(field, find(name).id)
            except RequestRejected:
                draft.leave(key, name)
    _take_upscaler(pairs.get(UPSCALER, ""), draft)


def _take_upscaler(name: str, draft: Draft) -> None:
    known = {label.casefold(): own for own, label in UPSCALERS.items()} | _LATENTS
    known |= {own.casefold(): own for own in draft.choices.upscalers}
    found = known.get(name.strip().casefold())
    if found:
        draft.take("hires_upscaler", found)
    elif is_something(name):
        lack_upscaler(draft, name)
        draft.note(f"It was enlarged with {name}, which is not here; latents are enlarged instead.")
