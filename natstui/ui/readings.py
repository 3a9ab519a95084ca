"""Messages on their way into a model that wants each of them once: from a tail, or a stream.

A level that looks at messages all together is given a `Source` and asks it for a `Reading`. Of a
tail it takes what is in view and then what arrives; through a stream it goes once, with progress,
and can be ended and gone on with.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from natstui.client.protocol.subjects import subject_matches
from natstui.model.field_filter import added_to
from natstui.model.filter import parse_filter
from natstui.model.stream_reader import StreamReader
from natstui.model.stream_scan import StreamFeed
from natstui.model.tail import Record
from natstui.model.tail_feed import TailFeed
from natstui.model.tail_view import TailView
from natstui.model.work import Work
from natstui.ui import words
from natstui.ui.drawing import Span
from natstui.ui.pane import Level

if TYPE_CHECKING:
    from natstui.ui.pane import DrillPane

Take = Callable[[Record], None]
_MANY = 1_000  # messages: fewer are read before anybody could say so


class Reading(ABC):
    """One way through the messages."""

    @property
    @abstractmethod
    def is_complete(self) -> bool:
        """Whether all that there is now was looked at."""

    @abstractmethod
    def counts(self) -> list[Span]:
        """How many messages were looked at, and how many were not."""

    def advance(self, seconds: float) -> None:
        """Work for so long, if it does not go on by itself."""
        return

    def toggle(self) -> None:
        """End it, or go on with it."""
        return

    def stop(self) -> None:
        """End it for good."""
        return


class Source(ABC):
    """Where messages come from. `is_live`: there are always more."""

    is_live = False

    @property
    @abstractmethod
    def clock(self) -> str:
        """Whose times the messages have."""

    def now(self, newest: float) -> float:
        """What time it is there, after a message of this time: that one's, where no more come."""
        return newest

    @abstractmethod
    def sees(self, subject: str) -> bool | None:
        """Whether what is published there would be among the messages; None if nobody knows."""

    @abstractmethod
    def read(self, pane: DrillPane, take: Take, name: str, most: int | None = None) -> Reading:
        """Begin to give messages to `take`, `most` of them if it is given.

        `name` is what this is called while it goes on.
        """

    @abstractmethod
    def show(self, level: Level, term: str) -> None:
        """Show the messages that this filter lets through."""

    @abstractmethod
    async def get(self, seq: int) -> Record | None:
        """The whole message with this sequence; None if it is not there any more."""


class TailReading(Reading):
    """What a tail shows: advanced piece by piece, for as long as somebody looks."""

    def __init__(self, view: TailView, take: Take, most: int | None = None) -> None:
        self.feed = TailFeed(view, take)
        self.most = most

    @property
    def is_complete(self) -> bool:
        return self._is_enough() or not self.feed.waiting

    def _is_enough(self) -> bool:
        return self.most is not None and self.feed.looked >= self.most

    def counts(self) -> list[Span]:
        feed = self.feed
        spans: list[Span] = [("plain", f"{feed.looked:,} read")]
        if self._is_enough() or not (feed.missed or feed.waiting > _MANY):
            return spans
        spans = [("plain", f"{words.count(feed.looked)} read")]
        if feed.waiting > _MANY:
            spans.append(("muted", f" · {words.count(feed.waiting)} left"))
        if feed.missed:
            spans.append(("warn", f" · {words.count(feed.missed)} missed"))
        return spans

    def advance(self, seconds: float) -> None:
        if not self._is_enough():
            self.feed.advance(seconds)


class TailSource(Source):
    """The tail pane's messages; `filter_by` goes back to it and filters it.

    `patterns` are the subjects that are tailed.
    """

    is_live = True
    clock = "arrival times"

    def __init__(
        self,
        view: TailView,
        filter_by: Callable[[str], None],
        patterns: Callable[[], list[str]],
    ) -> None:
        self.view = view
        self._filter_by = filter_by
        self._patterns = patterns

    def now(self, newest: float) -> float:
        return max(time.time(), newest)

    def sees(self, subject: str) -> bool | None:
        patterns = self._patterns()
        return any(subject_matches(each, subject) for each in patterns) if patterns else None

    def read(self, pane: DrillPane, take: Take, name: str, most: int | None = None) -> Reading:
        return TailReading(self.view, take, most)

    def show(self, level: Level, term: str) -> None:
        now = self.view.filter
        self._filter_by(added_to(now.text if now else "", term))

    async def get(self, seq: int) -> Record | None:
        window = self.view.window
        return window.get(seq) if window.first <= seq < window.end else None


class RecordedSource(TailSource):
    """The messages of a recording; its time ends with the newest."""

    def now(self, newest: float) -> float:
        return newest


class StreamReading(Reading):
    """A whole stream, newest message first, as work that the pane shows."""

    def __init__(
        self, pane: DrillPane, reader: StreamReader, take: Take, name: str, most: int | None
    ) -> None:
        self.feed = StreamFeed(reader, take, most=most)
        self.work: Work | None = None
        self._pane = pane
        self._name = name
        pane.tui.start(self._first())

    @property
    def is_complete(self) -> bool:
        return self.feed.is_complete or self.feed.is_full

    def counts(self) -> list[Span]:
        feed = self.feed
        spans: list[Span] = [("plain", f"{feed.searched:,} read")]
        if not self.is_complete and feed.total:
            spans.append(("warn", f" · {feed.done / feed.total:.0%}, space goes on"))
        return spans

    def toggle(self) -> None:
        if self.work is not None and self.work.is_running:
            self.work.cancel()
        elif not self.is_complete:
            self._begin()

    def stop(self) -> None:
        if self.work is not None:
            self.work.cancel()

    async def _first(self) -> None:
        before = self._pane.work
        if before is not None and before.is_running and before.name in _READINGS:
            # It can be gone on with; what is looked at now comes first.
            before.cancel()
            await before.wait()
            self._pane.frame()
        self._begin()

    def _begin(self) -> None:
        work = Work(self._name, total=self.feed.total)
        work.if_cancelled = ""  # the last line says how far it came
        if self._pane.begin(work, self._run(work)):
            self.work = work

    async def _run(self, work: Work) -> str:
        await self.feed.run(work)
        return ""


_READINGS = frozenset({"fields", "groups", "what belongs together", "conversations"})


class StreamSource(Source):
    """A stream, or the messages of one subject in it."""

    clock = "server times"

    def __init__(self, reader: StreamReader) -> None:
        self.reader = reader

    def sees(self, subject: str) -> bool | None:
        return False  # where an answer is wanted is not stored

    def read(self, pane: DrillPane, take: Take, name: str, most: int | None = None) -> Reading:
        return StreamReading(pane, self._own_reader(), take, name, most)

    def show(self, level: Level, term: str) -> None:
        from natstui.ui.stream_search import SearchLevel  # a level that is a source itself

        wanted = parse_filter(term)
        if wanted is not None:
            level.tui.start(level.pane.push(SearchLevel(level.desk, self.reader, wanted)))

    async def get(self, seq: int) -> Record | None:
        return await self._own_reader().get(seq)

    def _own_reader(self) -> StreamReader:
        reader = self.reader
        return StreamReader(reader.session, reader.stream, reader.subject)
