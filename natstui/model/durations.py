"""Durations as the `nats` tool takes them: `5s`, `1m30s`, `1d3h`, `250ms`."""

from __future__ import annotations

import re
from decimal import Decimal

SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 7 * 86400.0,
    "M": 30 * 86400.0,
    "y": 365 * 86400.0,
}
_PART = r"(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|[smhdwMy])"


def parse_nanoseconds(text: str) -> int:
    """Nanoseconds in `text`, exactly; otherwise as `parse_duration`."""
    parse_duration(text)
    parts = re.findall(_PART, text) or [(text.strip(), "s")]
    return int(sum(Decimal(number) * round(SECONDS[unit] * 1e9) for number, unit in parts))


def parse_duration(text: str) -> float:
    """Seconds in `text`; a number without a unit is seconds. ValueError when it is neither."""
    cleaned = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", cleaned):
        return float(cleaned)
    if not re.fullmatch(f"(?:{_PART})+", cleaned):
        raise ValueError(f"{text!r} is not a duration; write it like 5s, 1m30s or 250ms")
    return sum(float(number) * SECONDS[unit] for number, unit in re.findall(_PART, cleaned))
