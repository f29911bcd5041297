"""A job in the engine: a request with an owner, and the pictures that it is making."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from webui.calls import Call
from webui.engine.company import Pack
from webui.engine.journal import Journal
from webui.engine.packing import enlarge_key, step_key
from webui.request import ResolvedRequest
from webui.request.limits import Dtype


def _not_begun() -> Generator[Call, Any, Any]:
    """Stands where a recipe will be."""
    yield from ()


@dataclass(frozen=True, eq=False)
class Work:
    """What one picture takes, and how its recipe is begun: `start(index, see)`.

    `asks`: denoising calls; `rows`: samples in each of them; `sha256`: of the checkpoint's files
    when the request was accepted; `dtype`: a number format that is asked for. Pictures that differ
    in nothing but their seed share one. `shape`: of the latents of a call, without rows.
    `enlarges`: the upscaler of a work that draws nothing.
    """

    checkpoint: str
    sha256: str
    dtype: Dtype | None
    steps: int
    asks: int
    rows: int
    shape: tuple[int, int, int]
    start: Callable[[int, Callable[[Any], None]], Any]
    enlarges: str = ""

    @cached_property
    def weights(self) -> str:
        """Which loaded weights it needs: the checkpoint, and its number format if that is asked."""
        return f"{self.checkpoint}@{self.dtype}" if self.dtype else self.checkpoint

    @cached_property
    def step_key(self) -> str:
        """What the time of a step depends on."""
        if self.enlarges:
            return enlarge_key(self.enlarges)
        return step_key(self.weights, (self.rows, *self.shape))


@dataclass(slots=True)
class Picture:
    """One picture in the making: its recipe, the call it waits for and what was seen last."""

    index: int
    work: Work
    recipe: Generator[Call, Any, Any] = field(default_factory=_not_begun)
    pending: Call | None = None
    digest: bytes | None = None
    answered: int = 0
    seen: Any = None
    packs: list[Pack] = field(default_factory=list[Pack])
    """In which company each call was computed, but for texts, which are read alone."""

    @property
    def remaining(self) -> int:
        return max(0, self.work.asks - self.answered)

    def wait_for(self, call: Call) -> None:
        """The recipe's next call."""
        self.pending, self.digest = call, None

    def recall(self, packs: Sequence[Pack], asks: int) -> None:
        """Steps that need not be made: they count as made, in the company that they had."""
        self.packs.extend(packs)
        self.answered += asks

    def see(self, x0: Any) -> None:
        """Remember what the picture looks like now, for a preview."""
        self.seen = x0


@dataclass(slots=True)
class Job:
    """A running request. `todo` are the indices not begun; `open` are the pictures begun.

    `works`: of each picture, by index. `journal`: answers that its pictures may share.
    """

    id: str
    owner: str
    request: ResolvedRequest
    works: Sequence[Work]
    todo: list[int]
    number: int
    submitted: float
    journal: Journal | None = None
    company: Sequence[Pack] = ()
    """The company that the calls of a picture that is made again shall have."""
    open: list[Picture] = field(default_factory=list[Picture])
    device_seconds: float = 0.0
    started: bool = False
    watched: bool = False
    previewed: float | None = None
    total: int = 0
    """Denoising calls of the whole job, pictures that were made before a restart included."""
    ahead: Counter[Work] = field(default_factory=Counter[Work])
    """How many pictures of each work are not begun."""

    def __post_init__(self) -> None:
        self.total = sum(work.asks for work in self.works)
        self.ahead = Counter(self.works[index] for index in self.todo)

    def begin_next(self) -> Picture:
        """The next picture, from now on an open one."""
        index = self.todo.pop(0)
        work = self.works[index]
        self.ahead[work] -= 1
        self.open.append(Picture(index, work))
        return self.open[-1]

    @property
    def weights(self) -> str:
        """The weights that this job needs next."""
        if self.open:
            return self.open[0].work.weights
        return self.works[self.todo[0]].weights if self.todo else self.request.checkpoint

    def left(self) -> Iterator[tuple[Work, int]]:
        """Denoising calls still to be answered, by work."""
        yield from ((work, work.asks * count) for work, count in self.ahead.items())
        yield from ((picture.work, picture.remaining) for picture in self.open)

    @property
    def remaining(self) -> int:
        """Denoising calls still to be answered, over all pictures."""
        return sum(asks for _, asks in self.left())

    @property
    def is_finished(self) -> bool:
        return not self.todo and not self.open
