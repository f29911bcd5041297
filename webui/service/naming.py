"""Files that prompts name: LoRAs by their tags, embeddings by their bare names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from webui.errors import BadFile, NotFound, RequestRejected
from webui.families.chunks import Names
from webui.pipelines import Shelf, UpscalerFiles
from webui.pipelines.control_files import ControlFiles
from webui.prompting import Tag, pointed, split_tags, without_comments
from webui.prompting.nearest import did_you_mean
from webui.request import FileUsed
from webui.request.choices import PLAIN_UPSCALERS
from webui.request.control import REFERENCE_ONLY

_SHORT = 12
"""Digits of a hash, as other tools write it."""


_MOST = 50
"""Files that the prompts of one picture may name."""

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Upscaling:
    """Finds the files of upscalers.

    `brought`: those of extensions, which need no file; the hash over the extension stands for it.
    """

    files: UpscalerFiles
    brought: Mapping[str, str] = field(default_factory=dict[str, str])

    def __call__(self, name: str, field: str) -> FileUsed | None:
        """The file; None for one that needs none. Raises RequestRejected."""
        if name.strip().casefold() in PLAIN_UPSCALERS:
            return None
        if name in self.brought:
            return FileUsed(role="upscaler", name=name, sha256=self.brought[name])
        try:
            path = self.files.find(name)
            sha256 = self.files.hashes.of_file(path)
        except (NotFound, BadFile) as error:
            known = (*PLAIN_UPSCALERS, *self.files.names())
            raise RequestRejected(
                f"{error.message} {did_you_mean(name, known)} There is: {', '.join(known)}. Files"
                " belong into models/upscalers.".replace("  ", " "),
                field=field,
                value=name,
            ) from None
        return FileUsed(role="upscaler", name=path.stem, sha256=sha256)


@dataclass(frozen=True, slots=True)
class Controlling:
    """Finds the files of models that steer."""

    files: ControlFiles

    def __call__(self, name: str, field: str) -> FileUsed | None:
        """The file; None for what needs none. Raises RequestRejected."""
        if name == REFERENCE_ONLY:
            return None
        try:
            sha256 = self.files.sha256_of(name)
        except (NotFound, BadFile) as error:
            raise RequestRejected(error.message, field=field, value=name) from None
        return FileUsed(role="control", name=name, sha256=sha256)


@dataclass(frozen=True, slots=True)
class Naming:
    """Finds on the shelf what prompts name."""

    shelf: Shelf

    def __call__(self, prompt: str, negative: str) -> tuple[FileUsed, ...]:
        """Every file, once. Raises RequestRejected with a caret for a LoRA that is not there."""
        files = [*self._loras(prompt, negative), *self._embeddings(prompt, negative)]
        distinct = tuple(dict.fromkeys(files))
        if len(distinct) > _MOST:
            raise RequestRejected(
                f"The prompts name {len(distinct)} LoRAs and embeddings; one picture can have at"
                f" most {_MOST}. Name fewer.",
                field="prompt",
            )
        return distinct

    def _loras(self, prompt: str, negative: str) -> Iterator[FileUsed]:
        # Carets point into the prompts as they are read: without their notes.
        _, others = split_tags(without_comments(negative))
        if others:
            raise RequestRejected(
                "A LoRA acts on the whole picture, so its tag belongs into the prompt, not into"
                f" the negative prompt.\n{pointed(without_comments(negative), others[0].at)}",
                field="negative_prompt",
            )
        words = without_comments(prompt)
        for tag in split_tags(words)[1]:
            yield self._lora(tag, words)

    def _lora(self, tag: Tag, words: str) -> FileUsed:
        if tag.kind != "lora" or len(tag.weights) > 2:
            what = "Hypernetworks" if tag.kind != "lora" else "LoRAs with a part of their ranks"
            raise RequestRejected(
                f"{what} cannot be used in this version. Remove the tag.\n{pointed(words, tag.at)}",
                field="prompt",
            )
        if len(tag.name) > _LONGEST_NAME:
            raise RequestRejected(
                f"No LoRA has a name of {len(tag.name):,} characters.\n{pointed(words, tag.at)}",
                field="prompt",
            )
        try:
            path = self.shelf.find("lora", tag.name)
        except NotFound as error:
            hint = did_you_mean(tag.name, self.shelf.names("lora"))
            raise RequestRejected(
                f"{error.message} {hint} LoRAs lie in models/loras.\n{pointed(words, tag.at)}",
                field="prompt",
                value=tag.name,
            ) from None
        hashes = self.shelf.hashes
        return FileUsed(
            role="lora",
            name=tag.name,
            sha256=hashes.of_file(path),
            short_hash=hashes.of_tensors(path)[:_SHORT],
        )

    def _embeddings(self, prompt: str, negative: str) -> Iterator[FileUsed]:
        known = Names(self.shelf.names("embedding"))
        # By turns what is between names and a name: exactly those that the encoder will find.
        found = known.split(without_comments(f"{prompt}\n{negative}"))[1::2]
        for name in dict.fromkeys(found):
            sha256 = self.shelf.hashes.of_file(self.shelf.find("embedding", name))
            yield FileUsed(role="embedding", name=name, sha256=sha256, short_hash=sha256[:_SHORT])
