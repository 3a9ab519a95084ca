"""The words of the panes: those of every front end."""

from __future__ import annotations

from natstui.model.words import (
    age,
    bar,
    bars,
    clock,
    count,
    day_and_time,
    gist,
    number,
    percent,
    plural,
    rate,
    seconds,
    short_size,
    size,
)

__all__ = [
    "age",
    "bar",
    "bars",
    "clock",
    "count",
    "day_and_time",
    "gist",
    "number",
    "percent",
    "plural",
    "rate",
    "seconds",
    "short_size",
    "size",
]
