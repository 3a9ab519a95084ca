"""The words of the panes: those of every front end."""

from __future__ import annotations

from natstui.model.words import (
    age,
    bars,
    clock,
    count,
    day_and_time,
    plural,
    rate,
    seconds,
    short_size,
    size,
)

__all__ = [
    "age",
    "bars",
    "clock",
    "count",
    "day_and_time",
    "plural",
    "rate",
    "seconds",
    "short_size",
    "size",
]
