"""Draws the rows as a table, line by line as they come, and says what was reached."""

from __future__ import annotations

from bench.client.result import Comparison, Row

_VERDICTS = {None: "", True: "yes", False: "NO"}
_MARKS = {None: "  ", True: "  ", False: " !"}


def heading(module: str) -> str:
    """The column titles, where `module` is what is compared with nats-py."""
    titles = (
        f"{'workload':<24}{'payload':<17}{'nats-py':>10}{module.partition('.')[0]:>11}"
        f"{'ratio':>7} {'(spread)':<13}{'target':>7} {'':<4}"
        f"{'CPU µs each':>16}{'ratio':>7}   {'peak MB':>14}{'ratio':>7}   nats.js"
    )
    return f"{titles}\n{'-' * len(titles)}"


def line(row: Row) -> str:
    """One row: rates in messages a second, latencies in µs."""
    name = row.case.label + ("" if row.quantity == "rate" else f", {row.quantity} µs")
    speed, target = row.speed, f">={row.target:g}" if row.target else ""
    spread = f"({speed.least:.2f}-{speed.most:.2f})"
    cells = (
        f"{name:<24}{row.case.size_label:<17}"
        f"{_value(speed.baseline, row):>10}{_value(speed.ours, row):>11}"
        f"{speed.ratio:>7.2f} {spread:<13}{target:>7} {_VERDICTS[row.reached]:<4}"
        f"{_cost(row.cpu, 1e6, row.cpu_reached)} {_cost(row.memory, 2**-20, row.memory_reached)}"
        f" {_rate(row.nats_js) if row.nats_js else ''}"
    )
    return cells.rstrip()


def summary(rows: list[Row]) -> str:
    """How many targets were reached, and the name of each case that missed one."""
    return "\n".join(
        [
            _score("ratio at least the target", [(r, r.reached) for r in rows]),
            _score("CPU a message below nats-py's", [(r, r.cpu_reached) for r in rows]),
            _score("peak memory below nats-py's", [(r, r.memory_reached) for r in rows]),
        ]
    )


def _score(what: str, verdicts: list[tuple[Row, bool | None]]) -> str:
    judged = [(row, verdict) for row, verdict in verdicts if verdict is not None]
    missed = [row.case.key for row, verdict in judged if not verdict]
    text = f"{what}: {len(judged) - len(missed)} of {len(judged)}"
    return f"{text}; missed: {', '.join(missed)}" if missed else text


def _value(value: float, row: Row) -> str:
    return _rate(value) if row.quantity == "rate" else f"{value * 1e6:.0f}"


def _rate(value: float) -> str:
    return f"{value / 1e6:.2f} M/s" if value >= 1e6 else f"{value / 1e3:.1f} k/s"


def _cost(cost: Comparison | None, factor: float, reached: bool | None) -> str:
    if cost is None:
        return " " * 25
    values = f"{cost.baseline * factor:.2f} -> {cost.ours * factor:.2f}"
    return f"{values:>16}{cost.ratio:>7.2f}{_MARKS[reached]}"
