"""The journal: answers within a number of bytes, whatever they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from webui.engine.journal import Journal


@pytest.mark.parametrize("answer", [np.zeros((10, 10, 3), np.uint8), torch.zeros(75)])
def test_the_oldest_answers_go_where_bytes_run_out(answer: object) -> None:
    journal = Journal(1000)
    for number in range(5):
        journal.put(bytes([number]), answer)
    kept = [number for number in range(5) if journal.get(bytes([number]))]
    assert kept == [2, 3, 4]
