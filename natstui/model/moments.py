"""Moments to come and moments past, as people write and read them."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

from natstui.client.js.api import Timestamp
from natstui.model.durations import parse_duration

_AGO = re.compile(r"\s+ago$")
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")


def parse_until(text: str, now: datetime | None = None) -> datetime:
    """A moment to come: how long from now ("1h", "1d3h"), or a local date and time.

    ValueError if it is neither, or not to come.
    """
    now = now or datetime.now().astimezone()
    when = _moment(text.strip(), now)
    if when <= now:
        raise ValueError("that is not in the future")
    return when


def _moment(text: str, now: datetime) -> datetime:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).astimezone()
        except ValueError:
            continue
    try:
        return now + timedelta(seconds=parse_duration(text))
    except (ValueError, OverflowError):
        raise ValueError("like 1h, 1d3h or 2026-01-31 08:00") from None


def until_words(text: str, now: datetime | None = None) -> str:
    """When an RFC 3339 moment is, in local time: the time of day if that is clear enough."""
    try:
        when = datetime.fromtimestamp(Timestamp.parse(text).timestamp()).astimezone()
    except (ValueError, OverflowError, OSError):
        return text
    now = now or datetime.now().astimezone()
    near = when.date() == now.date() or abs((when - now).total_seconds()) < 12 * 3600
    return when.strftime("%H:%M:%S" if near else "%Y-%m-%d %H:%M")


def parse_moment(text: str, now: float | None = None) -> float:
    """Seconds since the epoch: a local time of today, a date and time, or a duration ago
    ("15m", "2h ago").

    ValueError for anything else.
    """
    now = time.time() if now is None else now
    text = _AGO.sub("", text.strip())
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        pass
    try:
        return now - parse_duration(text)
    except ValueError:
        pass
    today = datetime.fromtimestamp(now).date().isoformat()
    return datetime.fromisoformat(f"{today} {text}").timestamp()
