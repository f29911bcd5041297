"""The draft: what a reader has gathered so far, every value checked as it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from webui.metadata.found import Found, Missing, MissingKind
from webui.metadata.values import brief, sendable
from webui.request import Choices, ResolvedRequest, TextToImage
from webui.request.explain import allowed, shown

_MOST = 200
"""Rows of each list. A hostile file may say millions of things."""

_YES_OR_NO = ("zero_terminal_snr", "exact")
_FIRST_BELOW_SECOND = (("guidance_start", "guidance_end"), ("sigma_min", "sigma_max"))


@dataclass(slots=True)
class Draft:
    """`choices`: what this machine has. `hashes`: checkpoint name → sha256, where known."""

    choices: Choices
    hashes: Mapping[str, str]
    tool: str = ""
    fields: dict[str, object] = field(default_factory=dict[str, object])
    unmapped: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    missing: dict[tuple[str, str], Missing] = field(default_factory=dict[tuple[str, str], Missing])
    notes: list[str] = field(default_factory=list[str])
    request: ResolvedRequest | None = None
    made_with: Mapping[str, str] = field(default_factory=dict[str, str])

    def take(self, name: str, value: object) -> None:
        """Set a field of the request. Numbers may come as text; None says nothing.

        What is outside the field's limits is noted and not set.
        """
        if value is None or (isinstance(value, bool) and name not in _YES_OR_NO):
            return
        plain = sendable(value) if isinstance(value, str) else value
        try:
            checked = TextToImage.model_validate({name: plain}, strict=False)
        except ValidationError:
            title = TextToImage.model_fields[name].title
            rule = allowed(TextToImage, name)
            self.note(f"{title} {shown(plain)} was left out: here it {rule}.")
        else:
            self.fields[name] = getattr(checked, name)

    def leave(self, key: str, value: object) -> None:
        """Keep something that has no place in a request, for people to see."""
        if len(self.unmapped) < _MOST:
            self.unmapped.append((brief(key), brief(value)))

    def lack(self, kind: MissingKind, name: str, hash: str = "") -> None:
        """Say that something is not on this machine, if it is not; the same thing once."""
        here = {"lora": self.choices.loras, "embedding": self.choices.embeddings}.get(kind, ())
        if name.strip().casefold() in (one.casefold() for one in here):
            return
        name, hash = brief(name.strip()), brief(hash)
        key = (kind, name.casefold())
        known = self.missing.get(key)
        if known is None and len(self.missing) >= _MOST:
            return
        if known is None or (hash and not known.hash):
            self.missing[key] = Missing(kind, name, hash)

    def note(self, sentence: str) -> None:
        """Say something, once."""
        if sentence not in self.notes and len(self.notes) < _MOST:
            self.notes.append(sentence)

    def found(self) -> Found:
        """What was gathered; fields that contradict each other are noted and left out."""
        for low, high in _FIRST_BELOW_SECOND:
            self._check_order(low, high)
        return Found(
            tool=self.tool,
            fields=dict(self.fields),
            unmapped=tuple(self.unmapped),
            missing=tuple(self.missing.values()),
            notes=tuple(self.notes),
            request=self.request,
            made_with=dict(self.made_with),
        )

    def _check_order(self, low: str, high: str) -> None:
        first, second = (
            self.fields.get(name, TextToImage.model_fields[name].default) for name in (low, high)
        )
        if isinstance(first, float) and isinstance(second, float) and first >= second:
            titles = [TextToImage.model_fields[name].title for name in (low, high)]
            self.note(
                f"{titles[0]} {first:g} and {titles[1]} {second:g} were left out: the first must"
                " be below the second."
            )
            self.fields.pop(low, None)
            self.fields.pop(high, None)
