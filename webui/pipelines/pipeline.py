"""A pipeline: the components of one checkpoint, answering packed calls."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from webui.calls import Call, Decode, Denoise, EncodePrompt
from webui.errors import WebuiError
from webui.families import Components
from webui.phrases import PromptText
from webui.pipelines.catalogue import Checkpoint
from webui.pipelines.preview import LatentPreview
from webui.pipelines.tuning import Tuning
from webui.sampling import TrainedSigmas

_TEXTS_KEPT = 64


class Pipeline:
    """Owned by the manager and used by the engine's thread only."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        sha256: str,
        components: Components,
        device: torch.device,
        tuning: Tuning,
    ) -> None:
        facts = checkpoint.facts
        self.checkpoint = checkpoint
        self.sha256 = sha256
        self.tuning = tuning
        self.device = device
        self.nbytes = components.nbytes()
        self.tiled_decode = False
        self._components = components
        self._trained = TrainedSigmas.from_betas(
            facts.beta_start, facts.beta_end, facts.train_steps, facts.beta_schedule
        )
        self._texts: OrderedDict[tuple[PromptText, ...], Tensor] = OrderedDict()
        self._preview = LatentPreview(facts, self._decode_rows)

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
        if isinstance(first, EncodePrompt):
            return [self._encode(cast(EncodePrompt, call).texts) for call in calls]
        if isinstance(first, Denoise):
            return self._denoise(cast(Sequence[Denoise], calls))
        return self._decode(cast(Sequence[Decode], calls))

    def preview(self, x0: Tensor) -> tuple[int, int, bytes]:
        """A small view of predicted latents [1, c, h, w]: width, height and RGB bytes."""
        return self._preview.view(x0)

    def _encode(self, texts: tuple[PromptText, ...]) -> Tensor:
        if texts in self._texts:
            self._texts.move_to_end(texts)
        else:
            self._texts[texts] = self._components.encode(texts)
            if len(self._texts) > _TEXTS_KEPT:
                self._texts.popitem(last=False)
        return self._texts[texts]

    def _denoise(self, calls: Sequence[Denoise]) -> list[Tensor]:
        rows = [len(call.x) for call in calls]
        sigmas = [call.sigma for call, n in zip(calls, rows, strict=True) for _ in range(n)]
        steps = [self._trained.sigma_to_t(sigma) for sigma in sigmas]
        x = torch.cat([call.x for call in calls]).to(self.device, torch.float32)
        context = torch.cat([call.context for call in calls])
        x0 = self._components.denoise(x, self._column(sigmas), self._column(steps), context)
        return list(x0.cpu().split(rows))

    def _decode(self, calls: Sequence[Decode]) -> list[Tensor]:
        latents = torch.cat([call.latents for call in calls])
        if not bool(torch.isfinite(latents).all()):
            raise WebuiError(
                "The picture broke down into values that are not numbers. Try another sampler,"
                " a lower CFG scale or another seed."
            )
        pictures = self._decode_rows(latents)
        return list(pictures.cpu().split([len(call.latents) for call in calls]))

    def _decode_rows(self, latents: Tensor) -> Tensor:
        return self._components.decode(latents.to(self.device), tiled=self.tiled_decode)

    def _column(self, values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=self.device)
