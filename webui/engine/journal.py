"""The journal of a job: what its pictures asked already, and what was answered.

Cells of a grid that begin alike ask alike: with the same question the answer is looked up instead
of computed, so that they fork from one run. Nothing is guessed: a question is the same only if
every byte of it is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import fields
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from torch import Tensor

from webui.calls import Call, Control
from webui.engine.company import ALONE, Pack

_MOST_BYTES = 512 << 20
"""Of answers kept; beyond it the oldest go."""


def digest(checkpoint: str, call: Call) -> bytes:
    """Tells one question from every other."""
    known = blake2b(f"{checkpoint}\0{type(call).__name__}".encode(), digest_size=16)
    for part in _parts(call):
        known.update(part)
    return known.digest()


def _parts(value: Any) -> Iterator[bytes]:
    """Every byte that tells a value from others."""
    if isinstance(value, Tensor):
        yield f"{value.dtype}{tuple(value.shape)}".encode()
        yield value.contiguous().cpu().reshape(-1).view(torch.uint8).numpy().tobytes()
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, Control | Call):
        for part in fields(value):
            yield from _parts(getattr(value, part.name))
    elif isinstance(value, tuple) and any(isinstance(one, Control) for one in value):
        for one in value:
            yield from _parts(one)
    else:
        yield repr(value).encode("utf-8", "backslashreplace")


class Journal:
    """Answers by question, the latest of them, within a number of bytes."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._answers: OrderedDict[bytes, tuple[Any, Pack]] = OrderedDict()
        self._bytes = 0
        self._most_bytes = most_bytes

    def get(self, question: bytes) -> tuple[Any, Pack] | None:
        """The answer and its company, None if it is not known (any more)."""
        if question in self._answers:
            self._answers.move_to_end(question)
        return self._answers.get(question)

    def put(self, question: bytes, answer: Any, pack: Pack = ALONE) -> None:
        if question in self._answers:
            return
        # An answer of a shared forward is a view of it: kept alone, it lets go of the others'.
        if isinstance(answer, Tensor) and answer.untyped_storage().nbytes() > _size(answer):
            answer = answer.clone()
        self._answers[question] = answer, pack
        self._bytes += _size(answer)
        while self._bytes > self._most_bytes:
            _, (oldest, _) = self._answers.popitem(last=False)
            self._bytes -= _size(oldest)


def _size(answer: Any) -> int:
    if isinstance(answer, np.ndarray):
        return answer.nbytes
    return answer.numel() * answer.element_size() if isinstance(answer, Tensor) else 0
