"""A device that takes no time but counts it, and recipes without networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from webui.calls import Call, Decode, Denoise, EncodePrompt
from webui.engine.loop import EngineLoop
from webui.engine.packing import Widths
from webui.events import Event
from webui.families import Facts
from webui.request import FileUsed, ResolvedRequest

FACTS = Facts(4, 8, "epsilon", 0.00085, 0.012, "scaled_linear", 1000)


@dataclass(frozen=True)
class Shaped:
    """Stands for a tensor: only its shape is looked at."""

    shape: tuple[int, ...]
    tag: str = ""

    def __len__(self) -> int:
        return self.shape[0]


class Pixels(Shaped):
    """Stands for a finished picture."""

    def numpy(self) -> Pixels:
        return self

    def tobytes(self) -> bytes:
        return self.tag.encode()


def a_request(**changes: Any) -> ResolvedRequest:
    """A resolved request; `prompt` names it in the device's log."""
    fields: dict[str, Any] = {
        "prompt": "p",
        "negative_prompt": "",
        "sampler": "euler",
        "schedule": "normal",
        "steps": 4,
        "cfg_scale": 7.0,
        "width": 64,
        "height": 64,
        "seed": 1,
        "batch_size": 1,
        "batch_count": 1,
        "checkpoint": "pocket",
        "lane": "interactive",
        "exact": False,
        "files": (FileUsed(role="checkpoint", name="pocket", sha256="0" * 64),),
    }
    return ResolvedRequest(**{**fields, **changes})


def fake_recipe(request: ResolvedRequest, index: int, see: Callable[[Any], None]) -> Iterator[Call]:
    """Encode, `steps` denoising calls, decode. The prompt "raise at N" raises before step N.

    "a|b" asks as "a" does for the first half of the steps.
    """
    size = (request.width // 8, request.height // 8)
    first, _, then = request.prompt.partition("|")
    tag = f"{first}#{index}"
    yield EncodePrompt((tag,))
    for step in range(request.steps):
        if request.prompt == f"raise at {step}":
            raise ValueError("the sampler of this test broke")
        if then and step >= request.steps // 2:
            tag = f"{then}#{index}"
        rows = 1 if request.cfg_scale == 1 else 2
        x, sigma = Shaped((rows, 4, *size), tag), 1.0 - step / 100
        see((yield Denoise(x, sigma, Shaped((rows, 77, 8)), 0.0)))  # type: ignore[arg-type]
    yield Decode(Shaped((1, 4, *size), tag))  # type: ignore[arg-type]
    return Pixels((1, request.height, request.width, 3), tag)


@dataclass(frozen=True)
class FakePlan:
    asks: int
    rows: int
    shape: tuple[int, int, int]
    start: Callable[[int, Callable[[Any], None]], Any]


def fake_plan(request: ResolvedRequest, facts: Any) -> FakePlan:
    rows = 1 if request.cfg_scale == 1 else 2
    shape = FACTS.latent_shape(request.width, request.height)
    return FakePlan(request.steps, rows, shape, lambda index, see: fake_recipe(request, index, see))


@dataclass
class FakeDevice:
    """A manager and its one pipeline. A forward of n calls takes `base + each * n` seconds."""

    base: float = 1.0
    each: float = 0.0
    now: float = 0.0
    log: list[list[str]] = field(default_factory=list)
    fail: Callable[[Sequence[Call]], Exception | None] = lambda calls: None
    tiled_decode: bool = False
    made_with: dict[str, str] = field(default_factory=lambda: {"device": "fake"})
    previews: int = 0
    preview_cost: float = 0.0
    leased: list[str] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def facts(self, name: str) -> Facts:
        return FACTS

    @contextmanager
    def lease(
        self, name: str, sha256: str | None = None, dtype: str | None = None
    ) -> Iterator[FakeDevice]:
        if not self.leased or self.leased[-1] != name:
            self.leased.append(name)
        yield self

    def answer(self, calls: Sequence[Call]) -> list[Any]:
        error = self.fail(calls)
        if error:
            raise error
        self.log.append([tag_of(call) for call in calls])
        if isinstance(calls[0], Denoise):
            self.now += self.base + self.each * len(calls)
        return list(calls)

    def preview(self, x0: Any) -> tuple[int, int, bytes]:
        self.previews += 1
        self.now += self.preview_cost
        return 1, 1, b"rgb"

    def steps(self) -> list[list[str]]:
        """The denoising forwards: who was in each."""
        return [tags for tags in self.log if tags[0].startswith("step ")]


def tag_of(call: Call) -> str:
    if isinstance(call, EncodePrompt):
        return f"encode {call.texts[0]}"
    if isinstance(call, Denoise):
        return f"step {call.x.tag}"  # type: ignore[attr-defined]
    return f"decode {call.latents.tag}"  # type: ignore[attr-defined]


@dataclass
class Bench:
    """A loop over a fake device, with everything it said and when."""

    device: FakeDevice = field(default_factory=FakeDevice)
    said: list[Event] = field(default_factory=list)
    when: dict[tuple[str, str], float] = field(default_factory=dict)
    loop: EngineLoop = field(init=False)

    def __post_init__(self) -> None:
        self.loop = EngineLoop(
            self.device, fake_plan, self._emit, widths=Widths(), clock=self.device.clock
        )

    def _emit(self, event: Event) -> None:
        self.said.append(event)
        self.when.setdefault((event.job, event.kind), self.device.now)

    def submit(self, job: str, owner: str = "ann", **changes: Any) -> None:
        self.loop.submit(job, owner, a_request(**{"prompt": job, **changes}))

    def run(self, ticks: int = 100_000) -> None:
        for _ in range(ticks):
            if not self.loop.tick():
                return

    def run_until_step(self, count: int) -> None:
        while len(self.device.steps()) < count:
            assert self.loop.tick()

    def kinds(self, job: str) -> list[str]:
        return [event.kind for event in self.said if event.job == job]

    def last(self, job: str) -> Event:
        return [event for event in self.said if event.job == job][-1]

    def ended_at(self, job: str) -> float:
        return self.when[(job, "done")]
