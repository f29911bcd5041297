"""The strength of a LoRA whose file keeps it in diffusers' metadata instead of `.alpha` tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, FiniteFloat, TypeAdapter, ValidationError

from webui.adapters.lora_names import PARTS, Part, Place, flat
from webui.errors import BadFile

_KEY = "lora_adapter_metadata"
_ANYTHING = TypeAdapter(dict[str, Any])


class _Config(BaseModel):
    """The fields of PEFT's `LoraConfig` that change the strength."""

    lora_alpha: FiniteFloat | None = None
    alpha_pattern: dict[str, FiniteFloat] = {}
    use_rslora: bool = False


@dataclass(frozen=True, slots=True)
class PeftScale:
    """The strength of one part: `alpha` (None: the rank), and others for some ends of names."""

    alpha: float | None
    by_end: Mapping[str, float]
    is_rank_stabilised: bool

    def of(self, place: Place, rank: int) -> float | None:
        """The alpha that is divided by the rank; None where nothing is said.

        "Rank-stabilised" LoRA (arXiv:2312.03732) divides by √rank: there it is alpha · √rank.
        """
        alpha = self._alpha(place)
        if alpha is None:
            return None
        return alpha * math.sqrt(rank) if self.is_rank_stabilised else alpha

    def _alpha(self, place: Place) -> float | None:
        """The longest end of the name that is given an alpha of its own."""
        if not self.by_end:
            return self.alpha
        words = place[1].split("_")
        ends = ("_".join(words[start:]) for start in range(len(words)))
        return next((self.by_end[end] for end in ends if end in self.by_end), self.alpha)


def peft_scales(metadata: Mapping[str, str], name: str) -> Mapping[Part, PeftScale]:
    """What the metadata of the file `name` says, part by part. Raises BadFile for nonsense."""
    try:
        said = _ANYTHING.validate_json(metadata.get(_KEY, "{}"))
        return {part: _scale(said, part) for part in PARTS}
    except ValidationError:
        raise BadFile(
            f"{name} is damaged: its {_KEY!r} cannot be read, so nobody knows how strong it is."
            " Download it again."
        ) from None


def _scale(said: Mapping[str, Any], part: Part) -> PeftScale:
    """`unet.lora_alpha` of whole pipelines, `lora_alpha` of a network saved by itself."""
    fields = _Config.model_fields
    bare = {key: said[key] for key in fields if key in said}
    own = {key: said[f"{part}.{key}"] for key in fields if f"{part}.{key}" in said}
    config = _Config.model_validate(bare | own)
    by_end = {flat(part, end.removeprefix("^")): a for end, a in config.alpha_pattern.items()}
    return PeftScale(config.lora_alpha, by_end, config.use_rslora)
