"""By what messages may belong together: what some of them share, and others do not."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from natstui.model.correlation import SAMPLE, Candidate, Suggestions
from natstui.model.field import Field, FieldError, parse_field
from natstui.model.rows import Rows
from natstui.ui import words
from natstui.ui.board_table import BoardTable
from natstui.ui.conversation_help import CORRELATIONS_HELP
from natstui.ui.conversations import ConversationsLevel
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.reading_table import ReadingTable
from natstui.ui.readings import Reading, Source
from natstui.ui.table import Column

REPLY = "reply"

COLUMNS: tuple[Column[Candidate], ...] = (
    Column("put together by", lambda row: row.name, 26, ink="accent"),
    Column("messages", lambda row: f"{row.messages:,}", 8, right=True),
    Column(
        "in",
        lambda row: f"{row.conversations:,}{'' if row.field else ' answered'}",
        14,
        right=True,
        ink=lambda row: "plain" if row.conversations else "warn",
    ),
    Column(
        "each",
        lambda row: words.number(round(row.mean, 1)) if row.field else "",
        6,
        right=True,
        ink="muted",
    ),
    Column("for example", lambda row: row.example, ink="muted", at_least=10),
)


class CorrelationsLevel(ReadingTable):
    """Suggestions from the newest messages, the most likely first; enter takes one."""

    THING, HELP, READING = "field", CORRELATIONS_HELP, "what belongs together"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "choose", "by another", tooltip="By a field", id="correlations.by"),
    ]

    def __init__(self, desk: Desk, source: Source) -> None:
        super().__init__(desk, source)
        self.suggestions = Suggestions()
        self.rows: Rows[Candidate] = Rows(lambda row: row.name, lambda row: row.name)
        self.table = BoardTable(self.rows, COLUMNS, id="correlations-table")

    @property
    def crumb(self) -> str:
        return "together"

    def begin(self) -> Reading:
        self.suggestions = Suggestions()
        suggestions = self.suggestions
        return self.source.read(self.pane, suggestions.take, self.READING, most=SAMPLE)

    def known(self) -> int:
        return self.suggestions.messages

    def fill(self) -> None:
        self.rows.set_items(self.suggestions.candidates())

    def summary(self) -> list[Span]:
        return [("muted", f"in the newest {words.plural(self.suggestions.messages, 'message')}")]

    def empty(self) -> list[list[Span]]:
        if self.reading is None or not self.reading.is_complete or not self.known():
            return super().empty()
        return [
            [("strong", "No two messages have anything in common that others do not have.")],
            [("accent", "c"), ("muted", "  takes a field all the same")],
        ]

    def chosen(self) -> None:
        if (row := self.table.item) is not None:
            self._open(row.field)

    def action_choose(self) -> None:
        """Ask for a field."""
        label = "by (header:Trace-Id, json:order.id, token:3, reply)"
        self.pane.ask(label, "", _no_field, lambda text: self._open(_field(text)))

    def _open(self, by: Field | None) -> None:
        self.tui.start(self.pane.push(ConversationsLevel(self.desk, self.source, by)))


def _field(text: str) -> Field | None:
    return None if text.strip() == REPLY else parse_field(text)


def _no_field(text: str) -> str | None:
    try:
        _field(text)
    except FieldError as error:
        return str(error)
    return None
