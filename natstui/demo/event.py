"""What the demo publishes: a timeline of events that is the same for the same seed."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

Headers = dict[str, str | list[str]]


class Event(NamedTuple):
    """One message: `at` seconds after the start. With `ask` it is a request."""

    at: float
    subject: str
    payload: bytes
    headers: Headers | None = None
    ask: bool = False


@dataclass(frozen=True)
class Stage:
    """What a source of events needs: its own luck, and the time that the story started."""

    random: Random
    start: datetime

    def time(self, at: float) -> str:
        """The moment `at` seconds after the start, as people write it into messages."""
        moment = (self.start + timedelta(seconds=at)).astimezone(UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def moments(self, per_second: float, *, start: float = 0.0) -> Iterator[float]:
        """Times from `start` on, irregular as real traffic is, this many in a second on average."""
        at = start
        while True:
            at += self.random.expovariate(per_second)
            yield at

    def trace(self) -> str:
        """A new W3C trace context."""
        trace, span = self.random.getrandbits(128), self.random.getrandbits(64)
        return f"00-{trace:032x}-{span:016x}-01"


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def in_order(sources: Iterable[Iterator[Event]]) -> Iterator[Event]:
    """All events of `sources`, each of which is in order of time, in order of time."""
    return heapq.merge(*sources, key=lambda event: event.at)
