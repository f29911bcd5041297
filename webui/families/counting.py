"""Counting the tokens of a prompt while it is typed: no torch, no engine, no loaded checkpoint."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import BPE

from webui.errors import BadFile
from webui.families.chunks import NO_WORDS, vector_ids, windows, with_names
from webui.phrases import PromptText

WINDOW = 75
"""Tokens of a prompt that fit between the begin and the end token of one CLIP window."""

_LARGEST = 32 << 20
_BEGIN, _END = "<|startoftext|>", "<|endoftext|>"
_WORDS = (
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
)
"""What CLIP takes for one word (Radford et al. 2021, arXiv:2103.00020; its published tokenizer)."""


@dataclass(frozen=True, slots=True)
class Count:
    """How full a prompt is: `tokens` of `limit`, which is all of its `windows`.

    Where a comma, BREAK or the vectors of a name that do not fit ended a window early, its rest
    counts as used: nothing comes into it.
    """

    tokens: int
    windows: int
    limit: int


class Readings(Protocol):
    """The texts that a text encoder is given; `webui.prompting.readings` is one."""

    def __call__(self, text: str, steps: int, *, is_negative: bool = False) -> Iterable[PromptText]:
        """At least one."""
        ...


class TokenCounter:
    """Counts with the tokenizer of one checkpoint. May be called from any thread."""

    def __init__(self, tokenizer: Tokenizer, readings: Readings) -> None:
        self._tokenizer = tokenizer
        self._readings = readings
        self._comma: int | None = tokenizer.token_to_id(",</w>")

    @classmethod
    def load(cls, folder: Path, readings: Readings) -> TokenCounter:
        """Of a checkpoint's diffusers folder. Raises BadFile."""
        return cls(load_tokenizer(folder / "tokenizer"), readings)

    def count(
        self,
        text: str,
        steps: int,
        *,
        is_negative: bool = False,
        words: Mapping[str, int] = NO_WORDS,
    ) -> Count:
        """The largest of all texts that are encoded for the prompt, at whatever step.

        `words`: how many vectors the embeddings have that the prompt may name.
        """
        # Most words are in the texts of many steps.
        ids_of = cache(with_names(self.ids, vector_ids(words)))
        texts = self._readings(text, steps, is_negative=is_negative)
        # One at a time: of names with many vectors the windows of all texts are too much to hold.
        cut = (windows(one, ids_of, self._comma, WINDOW) for one in texts)
        used, last = max((len(found), len(found[-1].ids)) for found in cut)
        return Count(WINDOW * (used - 1) + last, used, WINDOW * used)

    def ids(self, text: str) -> Sequence[int]:
        """The ids of words, without begin and end: what the text encoder is given."""
        return self._tokenizer.encode(text, add_special_tokens=False).ids


def load_tokenizer(folder: Path) -> Tokenizer:
    """CLIP's, from `tokenizer.json` or from `vocab.json` and `merges.txt`. Raises BadFile."""
    whole = folder / "tokenizer.json"
    try:
        if whole.exists():
            return Tokenizer.from_str(_read(whole))
        vocabulary: Any = json.loads(_read(folder / "vocab.json"))
        return _clip(vocabulary, _merges(_read(folder / "merges.txt")))
    except BadFile:
        raise
    except Exception as error:  # the library has no errors of its own and raises this very class
        raise BadFile(f"The tokenizer in {folder.parent.name} cannot be used: {error}.") from error


def _clip(vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> Tokenizer:
    tokenizer = Tokenizer(
        BPE(vocabulary, merges, end_of_word_suffix="</w>", unk_token=_END, fuse_unk=False)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in (_BEGIN, _END)])
    return tokenizer


def _merges(text: str) -> list[tuple[str, str]]:
    """Pairs, one a line, after a line that says the version."""
    pairs = [line.split() for line in text.split("\n") if not line.startswith("#version")]
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]


def _read(path: Path) -> str:
    name = f"{path.parent.name}/{path.name}"
    try:
        if path.stat().st_size > _LARGEST:
            raise BadFile(f"{name} is too large to be a tokenizer.")
        return path.read_text("utf-8")
    except OSError as error:
        raise BadFile(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadFile(f"{name} is not UTF-8 text.") from None
