"""What is said of fields and their values, in the tables and below them."""

from __future__ import annotations

from natstui.model.field_survey import FieldStats
from natstui.model.spread import Spread
from natstui.ui import words
from natstui.ui.drawing import Span

QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))


def gist(stats: FieldStats) -> str:
    """A field in a few words: how its numbers are spread, or its most frequent value."""
    return words.gist(stats.numbers, stats.top(), stats.messages, stats.is_numeric)


def spread_line(numbers: Spread) -> list[Span]:
    """Smallest, percentiles, largest and mean of some numbers."""
    if not numbers.count:
        return [("muted", "no numbers")]
    said = [("min", numbers.low)]
    said += [(name, numbers.quantile(share)) for name, share in QUANTILES]
    said += [("max", numbers.high), ("mean", numbers.mean)]
    line: list[Span] = []
    for name, number in said:
        line += [("muted", f"{name} "), ("number", words.number(number)), ("faint", " · ")]
    return [*line[:-1], ("faint", error_words(numbers))]


def error_words(numbers: Spread) -> str:
    """How far the percentiles may be off."""
    return f"  ±{numbers.error * 100:.2g}%" if numbers.error else ""
