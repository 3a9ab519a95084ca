"""The moment that somebody looks back to: a time, or a revision."""

from __future__ import annotations

import re
import time
from typing import NamedTuple

from natstui.model.moments import parse_moment

_REVISION = re.compile(r"(?:#|r|rev|revision)[ :=]*(\d[\d,]*)", re.IGNORECASE)


class AsOf(NamedTuple):
    """`at` in seconds since the epoch, or, where that is None, `revision`."""

    at: float | None
    revision: int = 0


def parse_as_of(text: str, now: float | None = None) -> AsOf:
    """What is meant by `2h ago`, `12:30`, `2026-01-31 08:00`, or by `#1234`, a revision.

    ValueError if it is none of them, or is still to come.
    """
    now = time.time() if now is None else now
    if found := _REVISION.fullmatch(text.strip()):
        return AsOf(None, int(found[1].replace(",", "")))
    try:
        at = parse_moment(text, now)
    except (ValueError, OverflowError):
        raise ValueError("like 2h ago, 12:30, 2026-01-31 08:00, or #1234 for a revision") from None
    if at > now:
        raise ValueError("that is still to come")
    return AsOf(max(0.0, at))
