"""What a watch sees of a subject: how much comes, since when nothing did, what matches."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from natstui.model.alert import Watched
from natstui.model.fields import Value, values
from natstui.model.filter import SHOW
from natstui.model.rates import Rate
from natstui.model.session import Session
from natstui.model.tail_queue import TailQueue
from natstui.model.tailing import Tailing
from natstui.model.timeline import Event
from natstui.model.watch import SUBJECT_FIELDS, SubjectLook

# What comes between two looks and is more than that is counted and not searched.
_MOST = 10_000
_MOST_BYTES = 16 * 1024 * 1024
_SLICE = 0.02  # seconds in which messages are searched, a look


class WatchedSubject:
    """A subscription for a watch. Silence counts only while there is a connection."""

    def __init__(
        self, session: Session, watched: Watched, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.session = session
        self.pattern = watched.watch.names[0]
        self.unsearched = 0
        self._filter = watched.watch.matches
        self._clock = clock
        self._queue = TailQueue(_MOST if self._filter else 0, _MOST_BYTES)
        self._tailing = Tailing(session, self._queue)
        self._rate = Rate()
        self._quiet_since = clock()
        self._counted = 0
        session.listeners.append(self._on_event)

    async def start(self) -> None:
        """Subscribe, now or when there is a connection."""
        await self._tailing.add(self.pattern)

    async def stop(self) -> None:
        """Listen no more."""
        self.session.listeners.remove(self._on_event)
        await self._tailing.remove(self.pattern)
        self._tailing.close()

    @property
    def problem(self) -> str:
        """Why nothing will come, or ""."""
        return next((each.problem for each in self._tailing.subjects.subjects), "")

    def look(self) -> Mapping[str, Value]:
        """What there is to know now."""
        now, seen = self._clock(), self._queue.seen
        if seen != self._counted:
            self._counted, self._quiet_since = seen, now
        self._rate.sample(now, seen)
        quiet = now - self._quiet_since if self.session.is_connected else 0.0
        look = SubjectLook(seen, self._rate.per_second, quiet)
        return {**values(SUBJECT_FIELDS, look), "matched": self._search()}

    def _search(self) -> bool:
        """Whether one of the messages since the last look matches."""
        wanted, queue = self._filter, self._queue
        if wanted is None:
            return False
        deadline = self._clock() + _SLICE
        found = False
        while queue and not found:
            record = queue.take()
            found = not record.is_note and bool(wanted.verdict(record) & SHOW)
            if self._clock() > deadline:
                break
        if found:  # one is enough
            while queue:
                queue.take()
        self.unsearched = queue.dropped
        return found

    def _on_event(self, event: Event) -> None:
        if event.kind in ("connected", "reconnected"):
            self._quiet_since = self._clock()
