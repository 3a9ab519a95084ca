"""What happened to the connection, in order: bounded, counted, repetitions folded."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from natstui.model.denied import Denied

MAX_EVENTS = 1_000

EventKind = Literal[
    "connecting",
    "connected",
    "disconnected",
    "reconnected",
    "resumed",
    "discovered",
    "lame duck",
    "denied",
    "error",
    "closed",
    "note",
    "config",
    "alert",
    "recovered",
]

TROUBLE: frozenset[EventKind] = frozenset(
    {"disconnected", "lame duck", "denied", "error", "closed", "config", "alert"}
)
"""The kinds that a person should know of."""


@dataclass(slots=True)
class Event:
    """`at` is the wall clock in seconds; `times` how often it was said, lastly at `last`.
    `denied` is what a "denied" one is about."""

    at: float
    kind: EventKind
    text: str
    times: int = 1
    last: float = 0.0
    denied: Denied | None = None

    @property
    def is_trouble(self) -> bool:
        return self.kind in TROUBLE


class Timeline:
    """The latest events, oldest first; `counts` has all there ever were, by kind."""

    def __init__(
        self, max_events: int = MAX_EVENTS, clock: Callable[[], float] = time.time
    ) -> None:
        self.events: deque[Event] = deque(maxlen=max_events)
        self.counts: Counter[EventKind] = Counter()
        self.version = 0
        self.first = 0
        self._clock = clock
        self._unseen_trouble = 0

    @property
    def end(self) -> int:
        """One more than the number of the newest event; the oldest kept has the number `first`."""
        return self.first + len(self.events)

    @property
    def unseen_trouble(self) -> int:
        """How many events of trouble came since somebody looked."""
        return self._unseen_trouble

    def add(self, kind: EventKind, text: str, denied: Denied | None = None) -> Event:
        """Write down that it happened now; the same again only counts up."""
        self.version += 1
        self.counts[kind] += 1
        now = self._clock()
        if self._repeats(kind, text):
            event = self.events[-1]
            event.times += 1
            event.last = now
            return event
        event = Event(now, kind, text, last=now, denied=denied)
        if len(self.events) == self.events.maxlen:
            self.first += 1
        self.events.append(event)
        self._unseen_trouble += event.is_trouble
        return event

    def get(self, number: int) -> Event:
        """The event with this number; LookupError if it is no longer there."""
        if not self.first <= number < self.end:
            raise LookupError(number)
        return self.events[number - self.first]

    def denials(self, denied: Denied) -> int:
        """How often, of late, the server did not permit this."""
        return sum(event.times for event in self.events if event.denied == denied)

    def looked(self) -> None:
        """Somebody has read them all."""
        if self._unseen_trouble:
            self._unseen_trouble = 0
            self.version += 1

    def _repeats(self, kind: EventKind, text: str) -> bool:
        if not self.events:
            return False
        last = self.events[-1]
        return (last.kind, last.text) == (kind, text)
