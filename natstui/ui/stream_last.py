"""The newest message of each subject of a stream."""

from __future__ import annotations

from natstui.model.polling import Poll
from natstui.model.stream_reader import Page, StreamReader
from natstui.model.stream_window import head_of
from natstui.model.tail import Record
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.message_level import MessageLevel
from natstui.ui.polled import poll_hint

MOST = 1_000
LOOK_EVERY = 5.0


class LastRecords:
    """A page of messages as rows."""

    first = 0

    def __init__(self) -> None:
        self.page = Page([], more=False)
        self.version = 0

    @property
    def end(self) -> int:
        return len(self.page.records)

    def record(self, row: int) -> Record:
        if not 0 <= row < self.end:
            raise LookupError(row)
        return self.page.records[row]


class LastLevel(MessageLevel):
    """At most a thousand of them, in the order of their sequences, the newest last."""

    def __init__(self, desk: Desk, reader: StreamReader) -> None:
        own = StreamReader(reader.session, reader.stream, reader.subject)
        self.last = LastRecords()
        self.poll = Poll(desk.session, self._look, every=LOOK_EVERY)
        super().__init__(desk, own, self.last, self.poll, following=False)
        self._drawn = 0

    @property
    def crumb(self) -> str:
        return "last of each subject"

    async def _look(self) -> None:
        page = await self.reader.last_of_each(MOST)
        heads = [head_of(record) for record in page.records]
        if heads != self.last.page.records:
            self.last.page = Page(heads, page.more)
            self.last.version += 1

    def frame(self) -> None:
        self.list.say_while_empty(
            poll_hint(
                self.poll, [[("strong", "The stream is empty.")], [("muted", "esc goes back")]]
            )
        )
        if self.last.version != self._drawn:
            first = not self._drawn
            self._drawn = self.last.version
            self.list.redraw()
            self.list.go_to(self.last.end - 1 if first else self.list.cursor)
        self.draw_messages()

    def about(self) -> list[Span]:
        count = f"{self.last.end:,}"
        return [
            ("plain", count),
            ("muted", " subjects, and more" if self.last.page.more else " subjects"),
        ]
