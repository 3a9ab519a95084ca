"""Draws the table of the JetStream workloads, line by line as they come, and sums it up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.jetstream.measure import Sample
from bench.jetstream.workloads import Workload


@dataclass(frozen=True)
class Row:
    """A workload with its samples of nats-py and of natstui, round by round."""

    key: str
    workload: Workload
    theirs: list[Sample]
    ours: list[Sample]
    floor: float | None
    """Seconds that the least takes that any client could do; None where nobody measured it."""

    @property
    def ratios(self) -> list[float]:
        """How much faster natstui was, in each round."""
        return [their.seconds / our.seconds for their, our in self._pairs]

    @property
    def reached(self) -> bool:
        return median(self.ratios) >= self.workload.target

    @property
    def most(self) -> float | None:
        """The ratio that a client would have that does nothing but the least."""
        return self.floor and median(sample.seconds for sample in self.theirs) / self.floor

    @property
    def _pairs(self) -> list[tuple[Sample, Sample]]:
        return list(zip(self.theirs, self.ours, strict=True))


HEADING = (
    f"{'JetStream':<28}{'':<8}{'nats-py':>9}{'natstui':>9}{'floor':>9}"
    f"{'ratio':>8} {'(spread)':<14}{'floor':>7}{'target':>9} {'':<5}"
    f"{'CPU µs each':>16}{'peak MB':>16}"
)


def line(row: Row) -> str:
    """One row."""
    work, ratios = row.workload, row.ratios
    floor = "" if row.floor is None else f"{in_unit(work, row.floor):.0f}"
    most = "" if row.most is None else f"{row.most:.2f}"
    spread = f"({min(ratios):.2f}-{max(ratios):.2f})"
    speeds = [
        in_unit(work, median(sample.seconds for sample in side)) for side in (row.theirs, row.ours)
    ]
    return (
        f"{work.label:<28}{work.unit:<8}{speeds[0]:>9.0f}{speeds[1]:>9.0f}{floor:>9}"
        f"{median(ratios):>8.2f} {spread:<14}{most:>7}{f'>={work.target:g}':>9} "
        f"{'yes' if row.reached else 'NO':<5}"
        f"{_both(row, lambda sample: sample.cpu_seconds / work.operations * 1e6):>16}"
        f"{_both(row, lambda sample: sample.growth_bytes / 2**20):>16}"
    )


def summary(rows: list[Row]) -> str:
    """How many targets were reached, and which were not."""
    missed = [row.key for row in rows if not row.reached]
    text = f"JetStream, ratio at least the target: {len(rows) - len(missed)} of {len(rows)}"
    return f"{text}; missed: {', '.join(missed)}" if missed else text


def in_unit(workload: Workload, seconds: float) -> float:
    """A time as the workload's unit says it."""
    if workload.unit == "p50 µs":
        return seconds * 1e6
    return workload.count / seconds / (1e6 if workload.unit == "MB/s" else 1e3)


def _both(row: Row, quantity: Callable[[Sample], float]) -> str:
    theirs, ours = (median(map(quantity, side)) for side in (row.theirs, row.ours))
    return f"{theirs:.1f} -> {ours:.1f}"
