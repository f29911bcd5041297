"""Whether a sampler is one: on data where the right answer is known."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from webui.errors import WebuiError
from webui.extension.guarding import Guard
from webui.sampling import TrainedSigmas, karras
from webui.sampling.guarding import guarded
from webui.testing.data import Gaussian, Points
from webui.testing.driving import Denoiser, drive, fake_noise

_SHAPE = (1, 32, 32)
_COUNTS = (1, 2, 7, 30)
_FEW, _MANY = 20, 80
_FAR = 0.15
"""Of data that spreads by 0.7: a sampler that is right is nearer with 80 steps."""

_NEAR = 1e-3
_SAME = 1e-4
_TRAINED = TrainedSigmas.from_betas()
_DATA = Gaussian()


@dataclass(frozen=True, slots=True)
class _Tried:
    """A sampler as it is tried out."""

    function: Callable[..., Any]
    name: str

    def run(
        self, steps: int, seeds: tuple[int, ...], noise: int = 0, on: Denoiser = _DATA
    ) -> Tensor:
        """The last x of a run. Raises WebuiError for what the engine would refuse.

        `seeds`: of what each image begins with; `noise` is added to them for that on the way.
        """
        sigmas = self.sigmas(steps)
        guard = Guard(self.name, self.function.__module__, f"The sampler {self.name}", "")
        start = fake_noise(_SHAPE, seeds).draw() * sigmas[0]
        way = fake_noise(_SHAPE, tuple(seed + noise + 1000 for seed in seeds))
        return drive(guarded(self.function, guard)(start, sigmas, way), on)

    def sigmas(self, steps: int) -> Sequence[float]:
        """The levels of a run."""
        return karras(steps, _TRAINED)


def check_sampler(
    function: Callable[..., Any], name: str = "", *, converges: bool = True
) -> list[str]:
    """What is wrong with a sampler `function(x, sigmas, noise)`; nothing, if it is good.

    It must ask and return what is fit with one step and with many, give the same pixels for the
    same seeds, alone and beside another image, be closed at any point, and come to the known
    solution as the steps become more. `converges=False` leaves the last out, for samplers that are
    made for other networks (LCM).
    """
    tried = _Tried(function, name or getattr(function, "__name__", "this"))
    try:
        problems = _fit(tried) or _repeatable(tried)
        if not problems and converges:
            problems = _right(tried)
    except WebuiError as error:
        return [error.message.strip()]
    return problems + _closable(tried)


def _fit(tried: _Tried) -> list[str]:
    """Whatever is unfit is raised by the guard, in words."""
    for steps in _COUNTS:
        tried.run(steps, (1,))
        tried.run(steps, (1,), on=Points())
    return []


def _repeatable(tried: _Tried) -> list[str]:
    alone, again = tried.run(7, (1,)), tried.run(7, (1,))
    if not torch.equal(alone, again):
        return [f"{tried.name} gives other pixels for the same seed: draw only from `noise`."]
    other, beside = tried.run(7, (2,)), tried.run(7, (1, 2))
    if float((beside - torch.cat([alone, other])).abs().max()) > _SAME:
        return [f"{tried.name} gives an image other pixels when another is beside it."]
    return []


def _right(tried: _Tried) -> list[str]:
    # With many steps: some add noise only where there are steps to spare.
    if torch.equal(tried.run(_MANY, (1,)), tried.run(_MANY, (1,), noise=1)):
        return _converging(tried)
    return _distributed(tried)


def _converging(tried: _Tried) -> list[str]:
    """Without noise on the way the end of the way is known."""
    few, many = (_error(tried, steps) for steps in (_FEW, _MANY))
    if many > _FAR:
        return [f"{tried.name} ends {many:.2g} from the known solution with {_MANY} steps."]
    if many > _NEAR and many > 0.8 * few:
        return [
            f"{tried.name} does not come nearer to the known solution with more steps: it ends"
            f" {few:.2g} away with {_FEW}, {many:.2g} with {_MANY}."
        ]
    return []


def _error(tried: _Tried, steps: int) -> float:
    high = tried.sigmas(steps)[0]
    start = fake_noise(_SHAPE, (1,)).draw() * high
    return float((tried.run(steps, (1,)) - _DATA.flow(start, high)).abs().mean())


def _distributed(tried: _Tried) -> list[str]:
    """With noise on the way it is known how pixels are spread: as in the data."""
    made = tried.run(_MANY, (1, 2, 3, 4))
    mean, std = float(made.mean()), float(made.std())
    if abs(mean - _DATA.mean) > _FAR or abs(std - _DATA.std) > _FAR:
        return [
            f"{tried.name} gives pixels of {mean:.2f} ± {std:.2f} where the data is"
            f" {_DATA.mean} ± {_DATA.std}."
        ]
    return []


def _closable(tried: _Tried) -> list[str]:
    """Closed after any number of questions, as the engine does where a job is cancelled."""
    for asks in range(4):
        sigmas = tried.sigmas(3)
        noise = fake_noise(_SHAPE)
        sampling = tried.function(noise.draw() * sigmas[0], sigmas, noise)
        try:
            _ask(sampling, asks)
            sampling.close()
        except Exception as error:  # noqa: BLE001 (told, whatever it is)
            said = f"{type(error).__name__}: {error}"
            return [f"{tried.name} cannot be closed after {asks} questions: {said}."]
    return []


def _ask(sampling: Generator[Any, Tensor, Tensor], asks: int) -> None:
    def stopping(x: Tensor, sigma: float) -> Tensor:
        nonlocal asks
        asks -= 1
        if asks <= 0:
            raise _Enough
        return _DATA(x, sigma)

    if asks:
        try:
            drive(sampling, stopping)
        except _Enough:
            return


class _Enough(Exception):
    """Ends a run."""
