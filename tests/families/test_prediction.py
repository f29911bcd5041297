"""Networks that know the truth: whatever they were trained to say, x0 comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine.fakes import FACTS
from webui.errors import BadFile
from webui.families.protocol import Prediction
from webui.families.sd1 import Sd1
from webui.families.sd1.components import Sd1Components

SHAPE = (2, 4, 8, 8)
X0 = torch.randn(SHAPE, generator=torch.Generator().manual_seed(1))
EPS = torch.randn(SHAPE, generator=torch.Generator().manual_seed(2))


class Knowing:
    """A UNet that was shown `x0` and `eps` mixed, and says exactly what it was trained to say."""

    dtype = torch.float32

    def __init__(self, prediction: Prediction, sigma: Tensor) -> None:
        self.prediction = prediction
        self.sigma = sigma.double().view(-1, 1, 1, 1)

    def __call__(self, shown: Tensor, t: Tensor, encoder_hidden_states: Tensor) -> Any:
        x0, eps, sigma = X0.double(), EPS.double(), self.sigma
        if self.prediction == "flow":
            time = sigma / (1 + sigma)
            expected, said = (1 - time) * x0 + time * eps, eps - x0
        else:
            alpha, beta = (1 + sigma**2).rsqrt(), sigma * (1 + sigma**2).rsqrt()
            expected = alpha * x0 + beta * eps
            said = {"epsilon": eps, "v_prediction": alpha * eps - beta * x0, "sample": x0}[
                self.prediction
            ]
        torch.testing.assert_close(shown.double(), expected, atol=1e-5, rtol=1e-5)
        return SimpleNamespace(sample=said.float())


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction", "sample", "flow"])
@pytest.mark.parametrize("sigmas", [(0.001, 0.03), (0.5, 1.0), (3.0, 14.6), (999.0, 4096.0)])
def test_x0_comes_back_from_what_the_network_says(
    prediction: Prediction, sigmas: tuple[float, float]
) -> None:
    sigma = torch.tensor(sigmas)
    net = Knowing(prediction, sigma)
    words = SimpleNamespace(get_vocab=dict)
    components = Sd1Components(replace(FACTS, prediction=prediction), words, None, net, None)
    x = X0 + EPS * sigma.view(-1, 1, 1, 1)
    x0 = components.denoise(x, sigma, torch.zeros(2), torch.zeros(2, 77, 8))
    # x itself is rounded to float32; what says noise has that noise taken off again
    loses = 1e-7 * max(sigmas) * 10 if prediction == "epsilon" else 0
    torch.testing.assert_close(x0, X0, atol=1e-5 + loses, rtol=1e-5)


@pytest.mark.parametrize(
    ("config", "prediction"),
    [
        ({}, "epsilon"),
        ({"prediction_type": "v_prediction"}, "v_prediction"),
        ({"prediction_type": "sample"}, "sample"),
        ({"prediction_type": "flow_prediction"}, "flow"),
        ({"_class_name": "FlowMatchEulerDiscreteScheduler"}, "flow"),
    ],
)
def test_prediction_is_read_from_the_scheduler(
    tmp_path: Path, config: dict[str, Any], prediction: str
) -> None:
    facts = Sd1().facts(folder(tmp_path, config))
    assert facts.prediction == prediction
    assert not facts.zero_terminal_snr


def test_zero_terminal_snr_is_read_from_the_scheduler(tmp_path: Path) -> None:
    assert Sd1().facts(folder(tmp_path, {"rescale_betas_zero_snr": True})).zero_terminal_snr


def test_unknown_prediction_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="prediction_type"):
        Sd1().facts(folder(tmp_path, {"prediction_type": "dream"}))


def folder(path: Path, scheduler: dict[str, Any]) -> Path:
    """As much of a checkpoint as facts are read from."""
    for part, name, body in (
        ("unet", "config.json", {}),
        ("vae", "config.json", {}),
        ("scheduler", "scheduler_config.json", scheduler),
    ):
        (path / part).mkdir()
        (path / part / name).write_text(json.dumps(body))
    return path
