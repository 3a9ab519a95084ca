"""Draws the table of the JetStream workloads, line by line as they come, and sums it up."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from bench.jetstream.measure import Sample
from bench.jetstream.result import Row
from bench.jetstream.workloads import Workload

HEADING = (
    f"{'JetStream':<28}{'':<8}{'nats-py':>9}{'natstui':>9}{'floor':>9}"
    f"{'ratio':>8} {'(spread)':<14}{'floor':>7}{'target':>9} {'':<5}"
    f"{'CPU µs each':>20}{'peak MB':>16}"
)


def line(row: Row) -> str:
    """One row: k/s and MB/s are better when higher, p50 when lower; ratios always when higher."""
    work, ratios = row.workload, row.ratios
    theirs, ours = row.medians(lambda sample: _in_unit(work, sample.seconds))
    floor = "" if row.floor is None else f"{_in_unit(work, row.floor):.0f}"
    most = "" if row.most is None else f"{row.most:.2f}"
    spread = f"({min(ratios):.2f}-{max(ratios):.2f})"
    cells = (
        f"{work.label:<28}{work.unit:<8}{theirs:>9.0f}{ours:>9.0f}{floor:>9}"
        f"{median(ratios):>8.2f} {spread:<14}{most:>7}{f'>={work.target:g}':>9} "
        f"{'yes' if row.reached else 'NO':<5}"
        f"{_both(row, lambda sample: sample.cpu_seconds / work.operations * 1e6):>20}"
        f"{_both(row, lambda sample: sample.growth_bytes / 2**20):>16}"
    )
    return cells.rstrip()


def summary(rows: list[Row]) -> str:
    """How many targets were reached, and what was in the way of the others."""
    missed = [row for row in rows if not row.reached]
    lines = [f"JetStream, ratio at least the target: {len(rows) - len(missed)} of {len(rows)}"]
    for row in missed:
        target = row.workload.target
        text = f"  {row.key}: {median(row.ratios):.2f} of {target:g}"
        if row.most is not None and row.most < target:
            text += f"; not to be had: the least that a client can do comes to {row.most:.2f}"
        lines.append(text)
    return "\n".join(lines)


def _in_unit(workload: Workload, seconds: float) -> float:
    if workload.unit == "p50 µs":
        return seconds * 1e6
    return workload.count / seconds / (1e6 if workload.unit == "MB/s" else 1e3)


def _both(row: Row, quantity: Callable[[Sample], float]) -> str:
    return "{:.1f} -> {:.1f}".format(*row.medians(quantity))
