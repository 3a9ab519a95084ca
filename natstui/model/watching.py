"""All watches of a session, and the boards that they look at: as few as possible.

JetStream is asked as the panes ask, every two seconds and for at most a tenth of the time; watches
of the same stream share a question. A subject is subscribed to. Nothing is created.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from natstui.model.alert import Alert, Thing, Watched
from natstui.model.consumer_board import ConsumerBoard
from natstui.model.consumer_fields import CONSUMER_FIELDS
from natstui.model.fields import values
from natstui.model.kv_board import BucketBoard
from natstui.model.kv_fields import BUCKET_FIELDS
from natstui.model.polling import Poll
from natstui.model.session import Session
from natstui.model.stream_board import StreamBoard
from natstui.model.stream_fields import STREAM_FIELDS
from natstui.model.watch import ANY, Watch
from natstui.model.watched_subject import WatchedSubject

LOOK_EVERY = 2.0
LISTEN_EVERY = 0.5

Listener = Callable[[list[Alert]], None]


class Watching:
    """The watches, in the order they were added; whoever is in `listeners` hears what they say.

    `version` grows with each look. To be used within a running loop; `stop` it in the end.
    """

    def __init__(
        self,
        session: Session,
        every: float = LOOK_EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = session
        self.watched: list[Watched] = []
        self.listeners: list[Listener] = []
        self.version = 0
        self._every = every
        self._clock = clock
        self._boards: dict[tuple[str, str], _Board] = {}
        self._subjects: dict[Watched, WatchedSubject] = {}
        self._listening: asyncio.Task[None] | None = None

    @property
    def firing(self) -> int:
        """How many things there are that a watch fires for."""
        return sum(len(each.firing) for each in self.watched)

    async def add(self, watch: Watch) -> Watched:
        """Watch from now on. ValueError if that is done already."""
        if any(each.watch.text == watch.text for each in self.watched):
            raise ValueError("that is watched already")
        watched = Watched(watch)
        self.watched.append(watched)
        self.version += 1
        if watch.kind == "subject":
            await self._listen(watched)
        else:
            self._board_of(watch).add(watched)
        return watched

    async def remove(self, watched: Watched) -> None:
        """Watch it no more."""
        self.watched.remove(watched)
        self.version += 1
        if subject := self._subjects.pop(watched, None):
            await subject.stop()
        for key, board in list(self._boards.items()):
            if watched in board.watched:
                board.watched.remove(watched)
            if not board.watched:
                board.poll.stop()
                del self._boards[key]

    async def stop(self) -> None:
        """End all of it."""
        for watched in list(self.watched):
            await self.remove(watched)
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None

    # JetStream

    def _board_of(self, watch: Watch) -> _Board:
        only = "" if watch.kind == "bucket" or watch.names[0] == ANY else watch.names[0]
        key = (watch.kind, only)
        if key not in self._boards:
            source = _SOURCES[watch.kind](self.session, only)
            self._boards[key] = _Board(self, source, self._every)
        return self._boards[key]

    def looked(self, watched: Watched, things: Iterable[Thing]) -> None:
        """Something is known anew."""
        alerts = watched.look(self._clock(), things)
        self.version += 1
        if alerts:
            for listener in self.listeners:
                listener(alerts)

    # Subjects

    async def _listen(self, watched: Watched) -> None:
        subject = WatchedSubject(self.session, watched, self._clock)
        self._subjects[watched] = subject
        if self._listening is None:
            self._listening = asyncio.create_task(self._look_at_subjects(), name="watches")
        await subject.start()

    async def _look_at_subjects(self) -> None:
        while True:
            await asyncio.sleep(LISTEN_EVERY)
            if self.session.is_connected:
                for watched, subject in list(self._subjects.items()):
                    self.looked(watched, [((subject.pattern,), subject.look())])
                    watched.problem = subject.problem
                    watched.unsearched = subject.unsearched


class _Board:
    """One question to JetStream, and the watches that it is asked for."""

    def __init__(self, watching: Watching, source: _Source, every: float) -> None:
        self.watching = watching
        self.source = source
        self.watched: list[Watched] = []
        self.poll = Poll(watching.session, source.load, every)
        self._loads = 0
        self.poll.listeners.append(self._on_change)

    def add(self, watched: Watched) -> None:
        self.watched.append(watched)
        self.poll.start()
        self.poll.now()

    def _on_change(self) -> None:
        if self.poll.loads != self._loads:
            self._loads = self.poll.loads
            things = list(self.source.things())
            for watched in self.watched:
                self.watching.looked(watched, things)
        elif self.poll.problem is not None:
            for watched in self.watched:
                watched.problem = str(self.poll.problem)
            self.watching.version += 1


class _Source(Protocol):
    async def load(self) -> None: ...

    def things(self) -> Iterable[Thing]:
        """What is known of each, by its names."""


class _Streams:
    def __init__(self, session: Session, only: str) -> None:
        self.board = StreamBoard(session, only=(only,) if only else ())
        self.load = self.board.load

    def things(self) -> Iterable[Thing]:
        for row in self.board.rows.items:
            yield (row.name,), values(STREAM_FIELDS, row)


class _Consumers:
    def __init__(self, session: Session, only: str) -> None:
        self.board = ConsumerBoard(session, only=only)
        self.load = self.board.load

    def things(self) -> Iterable[Thing]:
        for row in self.board.rows.items:
            yield (row.stream, row.name), values(CONSUMER_FIELDS, row)


class _Buckets:
    def __init__(self, session: Session, only: str) -> None:
        self.board = BucketBoard(session)
        self.load = self.board.load

    def things(self) -> Iterable[Thing]:
        for row in self.board.rows.items:
            yield (row.name,), values(BUCKET_FIELDS, row)


_SOURCES: dict[str, Callable[[Session, str], _Source]] = {
    "stream": _Streams,
    "consumer": _Consumers,
    "bucket": _Buckets,
}
