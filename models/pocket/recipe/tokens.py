"""A small vocabulary in CLIPTokenizer form: each word of the domain one token, all else letters."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from tokenizers import pre_tokenizers
from transformers import CLIPTokenizer

from .settings import TOKENS
from .words import vocabulary

END_OF_WORD = "</w>"
START, END = "<|startoftext|>", "<|endoftext|>"


def build_tokenizer() -> CLIPTokenizer:
    """Learns the merges that make every word of the captions whole; takes under a second."""
    merges = _learn_merges(vocabulary())
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    entries = [*letters, *(letter + END_OF_WORD for letter in letters)]
    entries += [first + second for first, second in merges]
    entries = [*dict.fromkeys(entries), START, END]
    return CLIPTokenizer(
        vocab={entry: i for i, entry in enumerate(entries)},
        merges=merges,
        model_max_length=TOKENS,
    )


def _learn_merges(words: list[str]) -> list[tuple[str, str]]:
    """Byte-pair merges until every word is whole.

    Ties are broken by the alphabet: the trainer of `tokenizers` breaks them differently each
    run, and then a checkpoint would not fit the tokenizer that a resumed run builds.
    """
    spelled = [[*word[:-1], word[-1] + END_OF_WORD] for word in words]
    merges: list[tuple[str, str]] = []
    while any(len(parts) > 1 for parts in spelled):
        pairs = Counter(pair for parts in spelled for pair in pairwise(parts))
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        spelled = [_merged(parts, best) for parts in spelled]
        merges.append(best)
    return merges


def _merged(parts: list[str], pair: tuple[str, str]) -> list[str]:
    result: list[str] = []
    for part in parts:
        if result and (result[-1], part) == pair:
            result[-1] += part
        else:
            result.append(part)
    return result
