"""A pipeline: the components of one checkpoint, answering packed calls."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor

from webui.adapters import LoraFile, Patcher, Worn, read_embedding, read_lora
from webui.calls import (
    Call,
    Decode,
    Denoise,
    Detect,
    EncodeImage,
    EncodePrompt,
    Enlarge,
    Lora,
    Word,
)
from webui.errors import WebuiError
from webui.families import Components
from webui.phrases import Emphasis, PromptText
from webui.pipelines.bench import Tools
from webui.pipelines.catalogue import Checkpoint
from webui.pipelines.preview import LatentPreview
from webui.pipelines.shelf import Kind, Shelf
from webui.pipelines.tuning import Tuning

_MOST_WINDOWS = 2048
"""Windows of text of one picture: about half a gigabyte of states in SD 1.5. As many are kept."""

_ADAPTERS_KEPT = 8
"""Files of LoRAs and embeddings that are kept read."""

_PICTURES_KEPT = 32
"""Encodings of inputs that are kept. A megapixel is 256 KiB."""

_Read: TypeAlias = tuple[PromptText, int, Emphasis, int, tuple[Lora, ...], tuple[Word, ...]]
"""What the states of a text depend on: itself, windows, emphasis, clip_skip, LoRAs, embeddings."""


class Pipeline:
    """Owned by the manager and used by the engine's thread only."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        sha256: str,
        components: Components,
        device: torch.device,
        tuning: Tuning,
        shelf: Shelf,
        tools: Tools,
    ) -> None:
        self.checkpoint = checkpoint
        self.sha256 = sha256
        self.tuning = tuning
        self.device = device
        self.nbytes = components.nbytes()
        self.tiled_decode = False
        self._components = components
        self._states: OrderedDict[_Read, Tensor] = OrderedDict()
        self._windows_kept = 0
        self._shelf = shelf
        self._tools = tools
        self._pictures: OrderedDict[str, Tensor] = OrderedDict()
        self._patcher = Patcher(components.modules)
        self._worn: tuple[Lora, ...] | None = ()
        self._adapters: OrderedDict[str, Any] = OrderedDict()
        self._preview = LatentPreview(checkpoint.facts, self._decode_rows)

    @property
    def made_with(self) -> dict[str, str]:
        """What the pixels depend on beside the request."""
        return {
            "device": self.device.type,
            "dtype": self.tuning.dtype,
            "threads": str(self.tuning.threads),
            "torch": torch.__version__,
        }

    def answer(self, calls: Sequence[Call]) -> list[Tensor]:
        """One forward for calls of one kind and shape; an answer for each, in order."""
        torch.set_num_threads(self.tuning.threads)
        first = calls[0]
        if isinstance(first, EncodePrompt | Denoise):
            self._wear(first.loras)
        if isinstance(first, Enlarge | Detect):
            return self._tools.answer(cast(Sequence[Detect | Enlarge], calls))
        if isinstance(first, EncodeImage):
            return [self._read_picture(cast(EncodeImage, call)) for call in calls]
        if isinstance(first, EncodePrompt):
            return [self._encode(cast(EncodePrompt, call)) for call in calls]
        if isinstance(first, Denoise):
            return self._denoise(cast(Sequence[Denoise], calls))
        return self._decode(cast(Sequence[Decode], calls))

    def preview(self, x0: Tensor) -> tuple[int, int, bytes]:
        """A small view of predicted latents [1, c, h, w]: width, height and RGB bytes."""
        return self._preview.view(x0)

    def _encode(self, call: EncodePrompt) -> Tensor:
        """Each text by itself, so that its states do not depend on who else is read.

        A picture must be the same whether it is made alone or as the cell of a grid, whose other
        cells need other texts.
        """
        words = self._words(call.words)
        windows = self._windows(call.texts, words)
        rest = windows, call.emphasis, call.clip_skip, call.loras, call.words
        return torch.cat([self._read((text, *rest)) for text in call.texts])

    def _windows(self, texts: Sequence[PromptText], words: Mapping[str, Tensor]) -> int:
        """Those of the longest text, which all are padded to."""
        longest = 1
        for text in texts:
            longest = max(longest, self._components.windows(text, words))
            if longest * len(texts) > _MOST_WINDOWS:
                raise WebuiError(
                    "The prompt changes so often and is so long that more than"
                    f" {_MOST_WINDOWS:,} windows of text would have to be read. Shorten it."
                )
        return longest

    def _read(self, read: _Read) -> Tensor:
        """States [1, tokens, channels], kept for the next time."""
        if read in self._states:
            self._states.move_to_end(read)
            return self._states[read]
        text, windows, emphasis, clip_skip, _, words = read
        states = self._components.encode(
            [text],
            windows=windows,
            emphasis=emphasis,
            clip_skip=clip_skip,
            words=self._words(words),
        )
        self._states[read] = states
        self._windows_kept += windows
        while self._windows_kept > _MOST_WINDOWS:
            (_, gone, *_), _ = self._states.popitem(last=False)
            self._windows_kept -= gone
        return states

    def _wear(self, loras: tuple[Lora, ...]) -> None:
        """Have exactly these LoRAs in the weights. Raises BadFile."""
        if loras == self._worn:
            return
        worn = [Worn(self._lora(one), one.unet, one.text_encoder, one.blocks) for one in loras]
        # Whatever goes wrong half way, the next call begins with the base's own weights.
        self._worn = None
        self._patcher.wear(worn)
        self._worn = loras

    def _lora(self, lora: Lora) -> LoraFile:
        return self._read_once(
            lora.sha256, lambda: read_lora(self._file("lora", lora), self._tools.lora_formats)
        )

    def _words(self, words: tuple[Word, ...]) -> dict[str, Tensor]:
        """The vectors of embeddings, by the names that stand in texts. Raises BadFile."""
        return {
            word.name: self._read_once(
                word.sha256, lambda word=word: read_embedding(self._file("embedding", word))
            )
            for word in words
        }

    def _file(self, kind: Kind, wanted: Lora | Word) -> Path:
        return self._shelf.checked(kind, wanted.name, wanted.sha256)

    def _read_once(self, sha256: str, read: Callable[[], Any]) -> Any:
        """What a file holds, kept for the next time."""
        if sha256 not in self._adapters:
            self._adapters[sha256] = read()
            if len(self._adapters) > _ADAPTERS_KEPT:
                self._adapters.popitem(last=False)
        self._adapters.move_to_end(sha256)
        return self._adapters[sha256]

    def _denoise(self, calls: Sequence[Denoise]) -> list[Tensor]:
        rows = [len(call.x) for call in calls]
        sigmas = [call.sigma for call, n in zip(calls, rows, strict=True) for _ in range(n)]
        steps = [call.t for call, n in zip(calls, rows, strict=True) for _ in range(n)]
        x = torch.cat([call.x for call in calls]).to(self.device, torch.float32)
        context = torch.cat([call.context for call in calls])
        beside = None
        if calls[0].beside is not None:
            parts = [call.beside for call in calls if call.beside is not None]
            beside = torch.cat(parts).to(self.device, torch.float32)
        steered = self._tools.controls.steered(self._components, calls)
        times = self._column(sigmas), self._column(steps)
        x0 = self._components.denoise(x, *times, context, beside, steered)
        return list(x0.cpu().split(rows))

    def _decode(self, calls: Sequence[Decode]) -> list[Tensor]:
        latents = torch.cat([call.latents for call in calls])
        if not bool(torch.isfinite(latents).all()):
            raise WebuiError(
                "The picture broke down into values that are not numbers. Try another sampler,"
                " a lower CFG scale or another seed."
            )
        pictures = self._decode_rows(latents, tiled=calls[0].tiled)
        return list(pictures.cpu().split([len(call.latents) for call in calls]))

    def _decode_rows(self, latents: Tensor, *, tiled: bool = False) -> Tensor:
        return self._components.decode(latents.to(self.device), tiled=tiled or self.tiled_decode)

    def _read_picture(self, call: EncodeImage) -> Tensor:
        """The latents of a picture, kept for the next time: an input is drawn over many times."""
        tiled = call.tiled or self.tiled_decode
        pixels = call.pixels.contiguous().cpu()
        key = sha256(pixels.numpy().tobytes()).hexdigest() + f"{tuple(pixels.shape)}{tiled}"
        if key not in self._pictures:
            latents = self._components.read(pixels.to(self.device, torch.float32), tiled=tiled)
            self._pictures[key] = latents.cpu()
            if len(self._pictures) > _PICTURES_KEPT:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        return self._pictures[key]

    def _column(self, values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=self.device)
