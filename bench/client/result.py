"""What the samples of a case come to: medians, ratios, and whether a target was reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.client.cases import NATS_JS, ONE_BY_ONE, TARGETS, Case
from bench.client.measure import Sample

SMALL_BYTES = 2 * 1024 * 1024
"""Growth of memory below which two clients are called alike: pages, not messages, are counted."""


@dataclass(frozen=True)
class Comparison:
    """One quantity of both clients, over all rounds."""

    baseline: float
    """Median of nats-py."""

    ours: float
    """Median of natstui."""

    ratio: float
    """Median of the rounds' ratios: each is of two runs next to each other."""

    least: float
    most: float
    """The spread of the rounds' ratios."""


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    case: Case
    quantity: str
    """rate (1/s, higher is better), p50 or p99 (seconds, lower is better)."""

    speed: Comparison
    """Its ratios are such that above 1 natstui is better."""

    target: float | None
    cpu: Comparison | None
    """Seconds a message, below 1 natstui is better; None on a second row of the same runs."""

    memory: Comparison | None
    """Bytes that the resident memory grew at most, below 1 natstui is better; None likewise."""

    @property
    def reached(self) -> bool | None:
        """None without a target."""
        return None if self.target is None else self.speed.ratio >= self.target

    @property
    def cpu_reached(self) -> bool | None:
        return None if self.cpu is None else self.cpu.ratio < 1

    @property
    def memory_reached(self) -> bool | None:
        """None also when neither client grows by what is worth a verdict."""
        if self.memory is None or max(self.memory.baseline, self.memory.ours) < SMALL_BYTES:
            return None
        return self.memory.ratio < 1

    @property
    def nats_js(self) -> float | None:
        """Messages a second of nats.js, for comparison."""
        return NATS_JS.get(self.case.key)


def rows(case: Case, baseline: list[Sample], ours: list[Sample]) -> list[Row]:
    """The rows of one case: two for latencies, else one."""
    target = TARGETS.get(case.key)
    cpu = _compare(baseline, ours, lambda sample: sample.cpu_each)
    memory = _compare(baseline, ours, lambda sample: sample.growth_bytes)
    if case.key not in ONE_BY_ONE:
        rate = _compare(baseline, ours, lambda sample: sample.rate)
        return [Row(case, "rate", rate, target, cpu, memory)]
    # Swapped, for a latency is better when it is lower.
    p50 = _compare(baseline, ours, lambda sample: sample.p50_seconds, better_lower=True)
    p99 = _compare(baseline, ours, lambda sample: sample.p99_seconds, better_lower=True)
    return [Row(case, "p50", p50, target, cpu, memory), Row(case, "p99", p99, None, None, None)]


def _compare(
    baseline: list[Sample],
    ours: list[Sample],
    quantity: Callable[[Sample], float],
    better_lower: bool = False,
) -> Comparison:
    pairs = [(quantity(a), quantity(b)) for a, b in zip(baseline, ours, strict=True)]
    ratios = [_ratio(a, b) if better_lower else _ratio(b, a) for a, b in pairs]
    medians = (median(a for a, _ in pairs), median(b for _, b in pairs))
    return Comparison(*medians, median(ratios), min(ratios), max(ratios))


def _ratio(over: float, under: float) -> float:
    if under:
        return over / under
    return float("inf") if over else 1.0
