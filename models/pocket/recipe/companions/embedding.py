"""A textual-inversion embedding: new word vectors for something the words cannot say.

Gal et al. 2022, arXiv:2208.01618.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from .lesson import Base, Batch, Lesson, teach


class NewWord(nn.Module):
    """Vectors that stand in the place of a run of tokens: all tokens that `spelling` becomes."""

    def __init__(self, base: Base, spelling: str, begin: str) -> None:
        super().__init__()
        self.tokens = base.tokenizer(spelling).input_ids[1:-1]
        table = base.text.get_input_embeddings()
        first = base.tokenizer(begin).input_ids[1]
        start = table.weight[first].detach().clone()
        self.vectors = nn.Parameter(start.repeat(len(self.tokens), 1))
        self._hook = table.register_forward_hook(lambda _, args, out: self._put(args[0], out))

    def take_away(self) -> None:
        """The text encoder reads the spelling again."""
        self._hook.remove()

    def _put(self, ids: torch.Tensor, embedded: torch.Tensor) -> torch.Tensor:
        """Replaces each run of the spelling's tokens in ids (n, tokens)."""
        length = len(self.tokens)
        runs = ids.unfold(1, length, 1) == torch.tensor(self.tokens, device=ids.device)
        for row, column in runs.all(-1).nonzero().tolist():
            before, after = embedded[row, :column], embedded[row, column + length :]
            whole = torch.cat([before, self.vectors.to(embedded.dtype), after])
            embedded = torch.cat([embedded[:row], whole[None], embedded[row + 1 :]])
        return embedded


def train_embedding(
    base: Base, lesson: Lesson, word: NewWord, minutes: float, seed: int, rate: float = 5e-3
) -> int:
    """Teaches the lesson; the number of steps."""

    def loss_of(batch: Batch) -> torch.Tensor:
        return batch.loss(base.unet(batch.noisy, batch.times, batch.context).sample)

    return teach(base, lesson, word.parameters(), loss_of, minutes=minutes, rate=rate, seed=seed)


def load_embedding(base: Base, path: Path) -> NewWord:
    """Puts the vectors of a file in the place of its name."""
    word = NewWord(base, path.stem, begin=path.stem)
    word.vectors.data = load_file(path)["emb_params"].float()
    return word


def save_embedding(word: NewWord, path: Path) -> None:
    """The layout of A1111's safetensors: one tensor `emb_params` (vectors, width)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    vectors = word.vectors.detach().half().cpu().contiguous()
    save_file({"emb_params": vectors}, path, metadata={"format": "pt", "name": path.stem})
