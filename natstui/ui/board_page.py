"""A page of the Server pane with a table: what those of servers, connections, accounts share."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from natstui.model.polling import Poll
from natstui.model.rows import Rows
from natstui.model.system_board import SystemBoard
from natstui.model.system_boards import SystemBoards
from natstui.ui.board_table import BoardTable
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.polled import poll_hint
from natstui.ui.server_keys import ServerKeys
from natstui.ui.system_words import empty_hint, load_words, trouble_words
from natstui.ui.table import Column

T = TypeVar("T")


class BoardPage(ServerKeys, Generic[T]):
    """`NOUN` is what the rows are, `EVERY` how often they are looked at, in seconds."""

    NOUN: ClassVar[str] = ""
    EVERY: ClassVar[float] = 2.0
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", tooltip="Filter", id="server.filter"),
    ]

    def __init__(
        self,
        desk: Desk,
        boards: SystemBoards,
        board: SystemBoard,
        rows: Rows[T],
        columns: tuple[Column[T], ...],
        order: str,
    ) -> None:
        """`rows` are those that the `board` loads; `order` is the column to sort by."""
        self.rows = rows
        self.base = board
        self.poll = Poll(desk.session, board.load, every=self.EVERY, took=lambda: self.base.took)
        super().__init__(desk, boards, self.poll)
        self.table = BoardTable(self.rows, columns, id=f"{self.NOUN.split()[0]}-table", order=order)

    def compose(self) -> ComposeResult:
        yield self.table

    def target(self) -> Widget:
        return self.table

    def frame(self) -> None:
        self.table.say_while_empty(poll_hint(self.poll, self._empty()))
        self.table.sync()

    def _empty(self) -> list[list[Span]]:
        if self.rows.filter:
            return [
                [("strong", f"Of the {self.NOUN} none matches the filter.")],
                [("accent", "/"), ("muted", "  changes it, esc clears it")],
            ]
        return empty_hint(self.base, self.NOUN)

    def about(self) -> list[Span]:
        if not self.rows.total and self.base.problems:
            return [("warn", "not to be seen")]
        if not self.rows.filter:
            return self.summary()
        found = f"  {len(self.rows):,} of {self.rows.total:,}"
        return [("warn", f"filter {self.rows.filter}"), ("muted", found)]

    def summary(self) -> list[Span]:
        """What is said of all of them together."""
        return []

    def counts(self) -> list[Span]:
        return load_words(self.base, self.poll)

    def trouble(self) -> str:
        return trouble_words(self.base, self.poll, problems=bool(self.rows.total))

    def out(self) -> bool:
        if not self.rows.filter:
            return False
        self.rows.set_filter("")
        return True

    def action_filter(self) -> None:
        """Ask for words that must be in it, or must not."""
        set_filter = self.rows.set_filter
        self.pane.ask("filter", self.rows.filter, lambda _: None, set_filter, changed=set_filter)
