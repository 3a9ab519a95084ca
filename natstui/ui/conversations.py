"""Conversations: messages that belong together, and the waterfall of one of them."""

from __future__ import annotations

import time

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget

from natstui.client import errors
from natstui.model.conversations import MOST, Conversation, Conversations, Step
from natstui.model.field import Field
from natstui.model.rows import Rows
from natstui.ui import words
from natstui.ui.board_table import BoardTable
from natstui.ui.conversation_help import CONVERSATIONS_HELP
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.lines import LineList
from natstui.ui.message_page import MessagePage
from natstui.ui.reading_table import ReadingTable
from natstui.ui.readings import Reading, Source
from natstui.ui.table import Column
from natstui.ui.waterfall import Waterfall, lapse

_PATIENCE = 1.0  # seconds, for who was asked


class ConversationsLevel(ReadingTable):
    """A table of them; below it the messages of the one under the cursor."""

    THING, HELP, READING = "conversation", CONVERSATIONS_HELP, "conversations"

    def __init__(self, desk: Desk, source: Source, by: Field | None) -> None:
        super().__init__(desk, source)
        self.by = by
        self.found = Conversations(by)
        self.rows: Rows[Conversation] = Rows(lambda row: row.id, _searched)
        self.table = BoardTable(self.rows, self._columns(), id="conversations-table", order="open")
        self.waterfall = Waterfall()
        self.steps = LineList(self.waterfall, id="waterfall")
        self._shown: object = None

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.steps

    @property
    def crumb(self) -> str:
        return "request and reply" if self.by is None else self.by.name

    def target(self) -> Widget:
        return self.table

    def begin(self) -> Reading:
        self.found = Conversations(self.by)
        found = self.found
        return self.source.read(self.pane, found.take, self.READING)

    def known(self) -> int:
        return self.found.version

    def fill(self) -> None:
        self.rows.set_items(self.found.newest())

    def _columns(self) -> tuple[Column[Conversation], ...]:
        return (
            Column(
                "conversation",
                self._called,
                28,
                ink="accent",
                sort=lambda row: row.id,
            ),
            Column(
                "open",
                lambda row: f"{self._open(row)} ?" if self._open(row) else "",
                5,
                right=True,
                ink="bad",
                sort=lambda row: (self._open(row) > 0, row.last_at),
                descending=True,
            ),
            Column(
                "messages",
                lambda row: f"{row.messages:,}",
                8,
                right=True,
                sort=lambda row: row.messages,
                descending=True,
            ),
            Column(
                "span",
                lambda row: lapse(row.span),
                8,
                right=True,
                ink="number",
                sort=lambda row: row.span,
                descending=True,
            ),
            Column(
                "slowest",
                lambda row: lapse(row.slowest[0]) if row.messages > 1 else "",
                8,
                right=True,
                sort=lambda row: row.slowest[0],
                descending=True,
            ),
            Column("before", _slowest_subject, 24, ink="muted", leave_out=1),
            Column(
                "last",
                lambda row: words.clock(row.last_at)[:8],
                8,
                sort=lambda row: row.last_at,
                descending=True,
                ink="muted",
            ),
            Column("subjects", _subjects, ink="muted", leave_out=2, at_least=20),
        )

    def _called(self, row: Conversation) -> str:
        """Of an inbox, what was asked; else what its messages share."""
        return f"{row.steps[0].subject}  {row.id}" if self.by is None else row.id

    # Who did not answer

    def _judges(self, step: Step) -> bool:
        """Whether an answer would have been seen by now: else that there is none says nothing."""
        if time.time() - step.at < _PATIENCE:
            return False
        sees = self.source.sees(step.reply)
        return self.found.answers > 0 if sees is None else sees

    def _open(self, conversation: Conversation) -> int:
        return sum(map(self._judges, conversation.unanswered))

    # Drawing

    def frame(self) -> None:
        super().frame()
        row = self.table.item
        shown = None if row is None else (row.id, row.messages, row.first_at, self.size.width)
        if shown != self._shown:
            changed = self.waterfall.conversation is not row
            self._shown = shown
            judges = row is not None and self._open(row) > 0
            self.waterfall.show(row, judges=judges)
            self.steps.redraw()
            if changed:
                self.steps.go_to(0)
        self.steps.sync()

    def summary(self) -> list[Span]:
        found = self.found
        kept = min(MOST, len(found.all))
        return [
            ("plain", words.plural(kept, "conversation")),
            ("muted", f" · {found.without:,} in none"),
            ("faint", f" · {self.source.clock}"),
        ]

    def trouble(self) -> str:
        said = []
        if self.found.let_go:
            said.append(f"{self.found.let_go:,} messages of older conversations were let go")
        left_out = self.waterfall.conversation.left_out if self.waterfall.conversation else 0
        if left_out:
            said.append(f"{words.plural(left_out, 'message')} of this one not shown")
        return "; ".join(said)

    def empty(self) -> list[list[Span]]:
        if self.reading is None or not self.reading.is_complete or not self.known():
            return super().empty()
        what = "is a request" if self.by is None else f"has {self.by.name}"
        return [[("strong", f"No message {what}.")], [("muted", "esc goes back")]]

    # Going down, and back

    def chosen(self) -> None:
        if (row := self.table.item) is not None:
            self.table.go_to_item(row.id)  # and there it stays, whatever comes
            self.steps.focus()

    def out(self) -> bool:
        if self.steps.has_focus:
            self.table.focus()
            return True
        return super().out()

    @on(LineList.Chosen, "#waterfall")
    def _step_chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        conversation = self.waterfall.conversation
        if conversation is not None and event.row < len(conversation.steps):
            self.tui.start(self._show(conversation.steps[event.row]))

    async def _show(self, step: Step) -> None:
        try:
            record = await self.source.get(step.seq)
        except (errors.Error, TimeoutError) as error:
            self.pane.complain(error)
            return
        if record is None:
            self.pane.say("that message is not kept any more", bad=True)
            return
        about = f"{self.crumb}: {self._id_of(step)}"
        await self.pane.push(MessagePage(self.desk, record, about))

    def _id_of(self, step: Step) -> str:
        conversation = self.waterfall.conversation
        return "" if conversation is None else conversation.id


def _slowest_subject(row: Conversation) -> str:
    step = row.slowest[1]
    return "" if step is None else step.subject


def _subjects(row: Conversation) -> str:
    return " → ".join(row.subjects)


def _searched(row: Conversation) -> str:
    return " ".join([row.id, *row.subjects])
