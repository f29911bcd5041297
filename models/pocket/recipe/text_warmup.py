"""Teaches the text encoder what a caption says before the UNet listens to it.

Through cross-attention alone a text encoder from nothing learns late; predicting the painter's
metadata gives its last state a meaning within a minute.
"""

from __future__ import annotations

import random

import torch
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer

from .captions import POSITION_PHRASES, caption
from .objects import OBJECTS
from .painter import SIZES, Scene
from .palette import COLOURS
from .places import PLACES, TIMES

BATCH = 128
LEARNING_RATE = 1e-3

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "object": tuple(OBJECTS),
    "colour": tuple(COLOURS),
    "place": tuple(PLACES),
    "time": tuple(TIMES),
    "size": tuple(SIZES),
    "position": tuple(POSITION_PHRASES),
}


def tokenize(tokenizer: CLIPTokenizer, captions: list[str]) -> torch.Tensor:
    """Token ids padded to the length that the pipeline uses, too."""
    return tokenizer(captions, padding="max_length", truncation=True, return_tensors="pt").input_ids


def labels(scenes: list[Scene]) -> dict[str, torch.Tensor]:
    """The metadata of the scenes as class indices by attribute."""
    return {
        name: torch.tensor([values.index(getattr(scene, name)) for scene in scenes])
        for name, values in ATTRIBUTES.items()
    }


def warm_up(
    encoder: CLIPTextModel, tokenizer: CLIPTokenizer, scenes: list[Scene], steps: int, seed: int
) -> None:
    """Trains `encoder` in place; the heads are thrown away."""
    rng = random.Random(seed)
    width = encoder.config.hidden_size
    heads = nn.ModuleDict({name: nn.Linear(width, len(v)) for name, v in ATTRIBUTES.items()})
    parameters = [*encoder.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(parameters, LEARNING_RATE, weight_decay=0.01)
    for step in range(steps):
        drawn = rng.sample(scenes, BATCH)
        texts = [caption(scene, rng) for scene in drawn]
        said = torch.tensor([text != "" for text in texts])
        state = encoder(tokenize(tokenizer, texts)).last_hidden_state[said, -1]
        wanted = labels(drawn)
        scores = {name: heads[name](state) for name in ATTRIBUTES}
        loss = sum(nn.functional.cross_entropy(scores[n], wanted[n][said]) for n in ATTRIBUTES)
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (step + 1) / 50) * (1 - 0.7 * step / steps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 50 == 49:
            _report(step + 1, loss, {n: (scores[n].argmax(1), wanted[n][said]) for n in scores})


def _report(
    step: int, loss: torch.Tensor, answers: dict[str, tuple[torch.Tensor, torch.Tensor]]
) -> None:
    right = {name: (got == want).float().mean().item() for name, (got, want) in answers.items()}
    shares = " ".join(f"{name} {share:.2f}" for name, share in right.items())
    print(f"text: step {step} loss {loss.item():.3f} {shares}", flush=True)
