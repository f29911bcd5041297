"""What the header of an adapter tells for its card, kept so that it is read once."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from webui.adapters.embedding_layout import vectors_name, vectors_shape
from webui.adapters.formats import LoraFormat
from webui.adapters.lora_layers import find_layers
from webui.adapters.words import short
from webui.errors import BadFile
from webui.pipelines.card_files import CardFile
from webui.pipelines.keep import keep_json, kept_json
from webui.pipelines.lora_family import family_of, family_of_words, family_said
from webui.pipelines.lora_header import LoraHeader, read_header
from webui.pipelines.lora_training import training_of
from webui.pipelines.shelf import Kind

_MOST = 20_000
"""States of files that are kept; the oldest go."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Empty where nothing is known. `formats`: of a LoRA; `vectors`: of an embedding.

    `problem`: why the file cannot be used; None for nothing.
    """

    title: str = ""
    trigger: str = ""
    family: str = ""
    formats: tuple[str, ...] = ()
    vectors: int = 0
    problem: str | None = None


_KEPT = TypeAdapter(dict[str, Facts])


class KeptFacts:
    """Facts by the state of the file, in a file of our own. Safe to use from several threads."""

    def __init__(self, path: Path | None, formats: tuple[LoraFormat, ...]) -> None:
        self._path = path
        self._formats = formats
        # Other formats read other files: what was told without them is asked anew.
        self._made_with = ",".join(sorted(one.id for one in formats))
        self._lock = threading.Lock()
        self._known = self._kept()

    def of(self, kind: Kind, files: Iterable[CardFile]) -> list[Facts]:
        """Those of each file, reading the headers that are not known."""
        with self._lock:
            known = len(self._known)
            found = [self._of(kind, file) for file in files]
            if len(self._known) != known:
                self._keep()
        return found

    def _of(self, kind: Kind, file: CardFile) -> Facts:
        if file.key not in self._known:
            self._known[file.key] = _read(kind, Path(file.path), self._formats)
        return self._known[file.key]

    def _kept(self) -> dict[str, Facts]:
        kept = kept_json(self._path)
        if kept.pop("formats", None) != self._made_with:
            return {}
        try:
            return _KEPT.validate_python(kept)
        except ValidationError:
            return {}

    def _keep(self) -> None:
        for key in list(self._known)[: max(0, len(self._known) - _MOST)]:
            del self._known[key]
        said = {key: asdict(facts) for key, facts in self._known.items()}
        keep_json(self._path, {"formats": self._made_with, **said})


def _read(kind: Kind, path: Path, formats: tuple[LoraFormat, ...]) -> Facts:
    try:
        header = read_header(path)
    except BadFile as error:
        return Facts(problem=error.message)
    return _of_lora(path, header, formats) if kind == "lora" else _of_embedding(path, header)


def _of_lora(path: Path, header: LoraHeader, formats: tuple[LoraFormat, ...]) -> Facts:
    trained = training_of(header.metadata)
    try:
        layers = find_layers(header.shapes, path.name, formats).by_place
    except BadFile as error:
        family = family_said(header.metadata)
        return Facts(trained.title, trained.trigger, family, problem=error.message)
    labels = tuple(sorted({layer.format.label for layer in layers.values()}))
    return Facts(trained.title, trained.trigger, family_of(layers, header.metadata), labels)


def _of_embedding(path: Path, header: LoraHeader) -> Facts:
    title = short(header.metadata.get("modelspec.title", ""))
    try:
        vectors, channels = _vectors(header.shapes, path.name)
    except BadFile as error:
        family = "SDXL" if "clip_g" in header.shapes else ""
        return Facts(title, path.stem, family, problem=error.message)
    return Facts(title, path.stem, family_of_words(channels), vectors=vectors)


def _vectors(shapes: Mapping[str, tuple[int, ...]], name: str) -> tuple[int, int]:
    return vectors_shape(shapes, vectors_name(shapes, name), name)
