"""What comes next for a consumer: a list of messages that it is not asked for."""

from __future__ import annotations

from collections.abc import Hashable

from natstui.model.consumer_peek import ConsumerPeek
from natstui.model.consumer_row import Key
from natstui.model.decoders import Decoders
from natstui.model.polling import Poll
from natstui.model.tail import Record
from natstui.ui import words
from natstui.ui.consumer_help import PEEK_HELP
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.message_level import MessageLevel
from natstui.ui.polled import poll_hint
from natstui.ui.stored_rows import StoredRows

LOOK_EVERY = 1.0
_MARK = 5


class PeekRows(StoredRows):
    """Stored messages, each with whether it was sent already."""

    def __init__(self, peek: ConsumerPeek, decoders: Decoders) -> None:
        super().__init__(peek, decoders)
        self.peek = peek

    def key(self, row: int) -> Hashable:
        return self.peek.is_next(self.peek.record(row)), super().key(row)

    def line(self, row: int, width: int) -> list[Span]:
        is_next = self.peek.is_next(self.peek.record(row))
        mark: Span = ("good", " next") if is_next else ("warn", " sent")
        return [mark, *super().line(row, width - _MARK)]


class PeekLevel(MessageLevel):
    """Looked at anew each second, read anew where the consumer moved."""

    HELP = PEEK_HELP

    def __init__(self, desk: Desk, key: Key, crumb: str) -> None:
        self._crumb = crumb
        self.peek = ConsumerPeek(desk.session, key)
        self.poll = Poll(desk.session, self.peek.load, every=LOOK_EVERY)
        super().__init__(desk, self.peek.reader, self.peek, self.poll, following=False)
        self.rows = PeekRows(self.peek, desk.session.settings.config.decoders)
        self.list.source = self.rows
        self._drawn = 0
        self._cursor_seq = 0

    @property
    def crumb(self) -> str:
        return self._crumb

    def frame(self) -> None:
        self.list.say_while_empty(poll_hint(self.poll, self._empty()))
        if self.peek.version != self._drawn:
            self._drawn = self.peek.version
            self.list.redraw()
            self.list.go_to(self._row_of(self._cursor_seq or self.peek.row.position + 1))
        record = self.record(self.list.cursor)
        self._cursor_seq = record.seq if record is not None else 0
        self.draw_messages()

    def _row_of(self, seq: int) -> int:
        """The row of the message with this sequence, or of the first one behind it."""
        rows = (row for row, each in enumerate(self.peek.records) if each.seq >= seq)
        return next(rows, max(0, self.peek.end - 1))

    def _empty(self) -> list[list[Span]]:
        return [
            [("strong", "Nothing comes next.")],
            [("muted", "what is stored for it appears here by itself; esc goes back")],
        ]

    def about(self) -> list[Span]:
        row = self.peek.row
        if not row.info:
            return []
        return [
            ("plain", f"{row.pending:,}"),
            ("muted", " pending, "),
            ("plain", f"{row.outstanding:,}"),
            ("muted", " unacked"),
        ]

    def trouble(self) -> str:
        problem = self.poll.problem
        return problem.what if problem is not None and self.peek.row.info else ""

    def counts(self) -> list[Span]:
        row = self.peek.row
        said: list[Span] = []
        if self.peek.more:
            said.append(("muted", f"the first {words.plural(self._next_count(), 'message')}"))
        if row.config.get("deliver_policy") == "last_per_subject":
            said.append(("warn", " · of what was there first, only the newest of a subject"))
        if row.redelivered:
            said.append(("warn", f" · {row.redelivered:,} redelivered, some may come before"))
        return said

    def _next_count(self) -> int:
        return sum(self.peek.is_next(record) for record in self.peek.records)

    def _about(self, record: Record) -> str:
        next_ = self.peek.is_next(record)
        return f"{super()._about(record)}, {'comes next' if next_ else 'was sent already'}"
