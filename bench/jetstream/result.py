"""What the samples of a workload come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.jetstream.measure import Sample
from bench.jetstream.workloads import WORKLOADS, Workload


@dataclass(frozen=True)
class Row:
    """A workload with its samples of nats-py and of natstui, round by round."""

    key: str
    theirs: list[Sample]
    ours: list[Sample]
    floor: float | None
    """Seconds of a client that does nothing but the least; None where nobody measured it."""

    @property
    def workload(self) -> Workload:
        return WORKLOADS[self.key]

    @property
    def ratios(self) -> list[float]:
        """How much faster natstui was, in each round."""
        pairs = zip(self.theirs, self.ours, strict=True)
        return [their.seconds / our.seconds for their, our in pairs]

    @property
    def reached(self) -> bool:
        return median(self.ratios) >= self.workload.target

    @property
    def most(self) -> float | None:
        """The ratio that the least would have: what no client can exceed."""
        return None if self.floor is None else self.medians(lambda of: of.seconds)[0] / self.floor

    def medians(self, quantity: Callable[[Sample], float]) -> tuple[float, float]:
        """Of nats-py and of natstui."""
        return median(map(quantity, self.theirs)), median(map(quantity, self.ours))
