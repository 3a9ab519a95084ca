"""A page of the Server pane with a table: what those of servers, connections, accounts share."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType

from natstui.model.polling import Poll
from natstui.model.rows import Rows
from natstui.model.system_board import SystemBoard
from natstui.model.system_boards import SystemBoards
from natstui.ui.board_table import BoardTable
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.filtered import FilteredTable
from natstui.ui.server_keys import ServerKeys
from natstui.ui.system_words import empty_hint, load_words, trouble_words
from natstui.ui.table import Column

T = TypeVar("T")


class BoardPage(FilteredTable, ServerKeys, Generic[T]):
    """`THING` is what a row is called, `EVERY` how often they are looked at, in seconds."""

    EVERY: ClassVar[float] = 2.0
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", tooltip="Filter", id="server.filter"),
    ]
    table: BoardTable[T]

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
        self.table = BoardTable(rows, columns, id=f"{self.THING.split()[0]}-table", order=order)

    def empty(self) -> list[list[Span]]:
        return empty_hint(self.base, f"{self.THING}s")

    def about(self) -> list[Span]:
        if not self.rows.total and self.base.problems:
            return [("warn", "not to be seen")]
        return super().about()

    def counts(self) -> list[Span]:
        return load_words(self.base, self.poll)

    def trouble(self) -> str:
        return trouble_words(self.base, self.poll, problems=bool(self.rows.total))
