"""Teaches the text encoder what a caption says before the UNet listens to it.

Through cross-attention alone a text encoder from nothing learns late. Here small readers look over
the caption's states as the UNet's attention will, one for each place where a thing can stand and
one for each property of the whole, and have to name the painter's metadata.
"""

from __future__ import annotations

import random

import torch
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer

from .captions import caption
from .objects import OBJECTS
from .painter import POSITIONS, SIZES, Scene
from .palette import COLOURS
from .places import PLACES, TIMES
from .styles import STYLES

BATCH = 128
LEARNING_RATE = 1e-3
LONGEST = 48  # tokens of a caption that are read here: the rest is padding
NOTHING = -100  # cross_entropy's own word for "do not count this one"

WHOLE: dict[str, tuple[str, ...]] = {
    "place": tuple(PLACES),
    "time": tuple(TIMES),
    "style": tuple(STYLES),
}
EACH: dict[str, tuple[str, ...]] = {
    "kind": ("nothing", *OBJECTS),
    "colour": tuple(COLOURS),
    "size": tuple(SIZES),
}


def tokenize(tokenizer: CLIPTokenizer, captions: list[str]) -> torch.Tensor:
    """Token ids padded to the length that the pipeline uses, too."""
    return tokenizer(captions, padding="max_length", truncation=True, return_tensors="pt").input_ids


def labels(scenes: list[Scene]) -> dict[str, torch.Tensor]:
    """Class indices (n,) of the properties of the whole, and (n, 3) of what stands in each place.

    Colour and size of an empty place are NOTHING.
    """
    whole = {n: [values.index(getattr(s, n)) for s in scenes] for n, values in WHOLE.items()}
    each = {n: [[_index(s, at, n) for at in POSITIONS] for s in scenes] for n in EACH}
    return {name: torch.tensor(values) for name, values in {**whole, **each}.items()}


def _index(scene: Scene, position: str, name: str) -> int:
    for thing in scene.things:
        if thing.position == position:
            return EACH[name].index(getattr(thing, name))
    return 0 if name == "kind" else NOTHING


class Readers(nn.Module):
    """One attention query for each place and each property, and linear answers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(len(POSITIONS) + len(WHOLE), width) * 0.1)
        self.keys, self.values = nn.Linear(width, width), nn.Linear(width, width)
        answers = {**WHOLE, **EACH}
        self.answers = nn.ModuleDict({n: nn.Linear(width, len(v)) for n, v in answers.items()})

    def forward(self, states: torch.Tensor) -> dict[str, torch.Tensor]:
        """Scores (n, classes) or (n, 3, classes) from states (n, tokens, width)."""
        queries = self.queries.expand(len(states), -1, -1)
        read = nn.functional.scaled_dot_product_attention(
            queries, self.keys(states), self.values(states)
        )
        places = read[:, : len(POSITIONS)]
        scores = {name: self.answers[name](places) for name in EACH}
        for i, name in enumerate(WHOLE):
            scores[name] = self.answers[name](read[:, len(POSITIONS) + i])
        return scores


def warm_up(
    encoder: CLIPTextModel, tokenizer: CLIPTokenizer, scenes: list[Scene], steps: int, seed: int
) -> None:
    """Trains `encoder` in place; the readers are thrown away."""
    rng, device = random.Random(seed), encoder.device
    readers = Readers(encoder.config.hidden_size).to(device)
    parameters = [*encoder.parameters(), *readers.parameters()]
    optimizer = torch.optim.AdamW(parameters, LEARNING_RATE, weight_decay=0.01)
    for step in range(steps):
        drawn = rng.sample(scenes, BATCH)
        texts = [caption(scene, rng) for scene in drawn]
        spoken = [i for i, text in enumerate(texts) if text]
        tokens = tokenize(tokenizer, [texts[i] for i in spoken])[:, :LONGEST].to(device)
        scores = readers(encoder(tokens).last_hidden_state)
        wanted = {n: v.to(device) for n, v in labels([drawn[i] for i in spoken]).items()}
        loss = sum(_loss(scores[n], wanted[n]) for n in wanted)
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (step + 1) / 50) * (1 - 0.8 * step / steps)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if step % 50 == 49:
            _report(step + 1, loss, {n: (scores[n].argmax(-1), wanted[n]) for n in wanted})


def _loss(scores: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return nn.functional.cross_entropy(scores.flatten(0, -2), wanted.flatten())


def _report(
    step: int, loss: torch.Tensor, answers: dict[str, tuple[torch.Tensor, torch.Tensor]]
) -> None:
    shares = " ".join(
        f"{name} {(got == want)[want != NOTHING].float().mean().item():.2f}"
        for name, (got, want) in answers.items()
    )
    print(f"text: step {step} loss {loss.item():.3f} {shares}", flush=True)
