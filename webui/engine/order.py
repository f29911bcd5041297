"""Order: whose turn it is.

Lanes first. Within a lane owners share the device by seconds: the one who was served least is
next (start-time fair queueing). Within an owner the job that ends soonest is next, and waiting
makes every job look shorter, so that long ones are not put off for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from webui.engine.job import Job

_LANES = {"interactive": 0, "normal": 1, "background": 2}
_AGEING = 0.25
"""Seconds of work that a second of waiting takes off."""

_STAY = 3.0
"""Seconds for which a loaded checkpoint may keep the device before a switch is considered."""


@dataclass(slots=True)
class Order:
    """Seconds served by owner; chooses among jobs."""

    served: dict[str, float] = field(default_factory=dict)
    weights: str | None = None
    since: float = 0.0

    def arrive(self, owner: str, active: set[str]) -> None:
        """An owner who had no work starts level with the least served of those who have.

        Idle time earns no credit, and a newcomer does not push everybody else aside for long.
        """
        floor = min((self.served[name] for name in active if name in self.served), default=0.0)
        self.served[owner] = max(self.served.get(owner, 0.0), floor)

    def charge(self, owner: str, seconds: float) -> None:
        self.served[owner] = self.served.get(owner, 0.0) + seconds

    def serve(self, weights: str, now: float) -> None:
        """Note which weights have the device from now on."""
        if weights != self.weights:
            self.weights, self.since = weights, now

    def rank(
        self, jobs: Sequence[Job], seconds_left: Callable[[Job], float], now: float
    ) -> list[Job]:
        """All jobs, the next one first."""

        def turn(job: Job) -> tuple[int, float, float, int]:
            left = seconds_left(job) - _AGEING * (now - job.submitted)
            lane = _LANES[job.request.lane]
            return (lane, self.served.get(job.owner, 0.0), left, job.number)

        ranked = sorted(jobs, key=turn)
        return self._with_affinity(ranked, now)

    def _with_affinity(self, ranked: list[Job], now: float) -> list[Job]:
        """Keep the loaded checkpoint for a few seconds if the same lane has work for it."""
        if not ranked or ranked[0].weights == self.weights:
            return ranked
        lane = ranked[0].request.lane
        stays = [j for j in ranked if j.weights == self.weights and j.request.lane == lane]
        if stays and now - self.since < _STAY:
            return stays + [job for job in ranked if job not in stays]
        return ranked
