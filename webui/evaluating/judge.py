"""The judge: a small classifier that says what a painter's picture shows.

It looks at three places where a thing can stand (left, centre, right) and names for each the thing,
its colour and its size, and for the whole picture the place, the time of day and the style. It is
trained by the recipe of pocket and lies beside that model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from webui.errors import WebuiError

SIDE = 128
POSITIONS = ("left", "centre", "right")
NOTHING = "nothing"
_CELLS = 8  # the last features' side
_CHANNELS = 128


@dataclass(frozen=True)
class Answers:
    """The words a judge may answer with. `kinds` begins with "nothing"."""

    kinds: tuple[str, ...]
    colours: tuple[str, ...]
    sizes: tuple[str, ...]
    places: tuple[str, ...]
    times: tuple[str, ...]
    styles: tuple[str, ...]


@dataclass(frozen=True)
class SeenThing:
    """A thing in a picture; words as in `Answers`."""

    kind: str
    colour: str
    size: str
    position: str


@dataclass(frozen=True)
class Seen:
    """What a picture shows; its things from left to right."""

    things: tuple[SeenThing, ...]
    place: str
    time: str
    style: str


class JudgeNetwork(nn.Module):
    """Four strided convolutions, then one reader for all three places; about 0.8 M parameters.

    Each place sees the half of the columns around it, and all share the same weights: what a boat
    looks like on the left it looks like on the right.
    """

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((3, 24, 48, 96, _CHANNELS)):
            layers += [nn.Conv2d(inputs, outputs, 3, 2, 1), nn.BatchNorm2d(outputs), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        window = _CHANNELS * _CELLS * (_CELLS // 2)
        self.reader = nn.Sequential(nn.Flatten(2), nn.Linear(window, _CHANNELS), nn.ReLU())
        each = {"kind": answers.kinds, "colour": answers.colours, "size": answers.sizes}
        whole = {"place": answers.places, "time": answers.times, "style": answers.styles}
        self.each = nn.ModuleDict({n: nn.Linear(_CHANNELS, len(v)) for n, v in each.items()})
        self.whole = nn.ModuleDict({n: nn.Linear(2 * _CHANNELS, len(v)) for n, v in whole.items()})

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Scores from pictures (n, 3, 128, 128) in -1..1.

        (n, 3, words) for kind, colour and size; (n, words) for place, time and style.
        """
        cells = self.body(pictures)
        quarter = _CELLS // 4
        places = [cells[..., i * quarter : i * quarter + _CELLS // 2] for i in range(3)]
        read = self.reader(torch.stack(places, 1))
        scores = {name: head(read) for name, head in self.each.items()}
        return scores | {name: head(pooled(cells)) for name, head in self.whole.items()}


def pooled(cells: Tensor) -> Tensor:
    """Mean and maximum of features (n, c, h, w): (n, 2c)."""
    return torch.cat([cells.mean((2, 3)), cells.amax((2, 3))], 1)


class Judge:
    """A trained judge with its words."""

    def __init__(self, network: JudgeNetwork, answers: Answers) -> None:
        self._network = network.eval()
        self._answers = answers

    @classmethod
    def load(cls, folder: Path) -> Judge:
        """Read judge.json and judge.safetensors from `folder`. Raises WebuiError if damaged."""
        try:
            words: Mapping[str, list[str]] = json.loads((folder / "judge.json").read_text("utf-8"))
            answers = Answers(**{name: tuple(values) for name, values in words.items()})
            network = JudgeNetwork(answers)
            weights = load_file(folder / "judge.safetensors")
            network.load_state_dict({name: value.float() for name, value in weights.items()})
        except (OSError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
            raise WebuiError(f"The judge in {folder} cannot be read: {error}") from error
        return cls(network, answers)

    @torch.inference_mode()
    def look(self, images: Sequence[Image.Image]) -> list[Seen]:
        """What each of the pictures shows; they may have any size."""
        seen: list[Seen] = []
        for start in range(0, len(images), 64):
            scores = self._network(to_tensor(images[start : start + 64]))
            best = {name: values.argmax(-1) for name, values in scores.items()}
            seen += [self._seen(best, row) for row in range(len(best["place"]))]
        return seen

    @torch.inference_mode()
    def features(self, images: Sequence[Image.Image]) -> Tensor:
        """The pooled features, (n, 256): a space to compare sets of pictures in."""
        parts = [images[i : i + 64] for i in range(0, len(images), 64)]
        return torch.cat([pooled(self._network.body(to_tensor(part))) for part in parts])

    def _seen(self, best: Mapping[str, Tensor], row: int) -> Seen:
        words = self._answers
        things: list[SeenThing] = []
        for slot, position in enumerate(POSITIONS):
            kind = words.kinds[int(best["kind"][row, slot])]
            if kind != NOTHING:
                colour = words.colours[int(best["colour"][row, slot])]
                size = words.sizes[int(best["size"][row, slot])]
                things.append(SeenThing(kind, colour, size, position))
        return Seen(
            tuple(things),
            words.places[int(best["place"][row])],
            words.times[int(best["time"][row])],
            words.styles[int(best["style"][row])],
        )


def to_tensor(images: Sequence[Image.Image]) -> Tensor:
    """Pictures of any size and mode as (n, 3, 128, 128) floats in -1..1."""
    rows: list[Tensor] = []
    for image in images:
        small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        flat = torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8)
        rows.append(flat.view(SIDE, SIDE, 3).permute(2, 0, 1).float() / 127.5 - 1)
    return torch.stack(rows)
