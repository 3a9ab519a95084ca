"""The accounts: who is connected, how much moves, what is stored."""

from __future__ import annotations

from textual import on

from natstui.model.account_board import AccountRow
from natstui.model.system_boards import SystemBoards
from natstui.ui import words
from natstui.ui.board_page import BoardPage
from natstui.ui.connection_table import ConnectionTable
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.lines import LineList
from natstui.ui.server_help import ACCOUNTS_HELP
from natstui.ui.system_columns import count, messages, trouble, volume
from natstui.ui.table import Column

COLUMNS: tuple[Column[AccountRow], ...] = (
    Column("account", lambda row: row.name, sort=lambda row: row.name, ink="strong", at_least=14),
    count("conns", lambda row: row.connections, 6),
    messages("in", lambda row: row.messages_in),
    messages("out", lambda row: row.messages_out),
    volume("bytes in", lambda row: row.bytes_in, leave_out=2),
    volume("bytes out", lambda row: row.bytes_out, leave_out=2),
    Column(
        "stored",
        lambda row: "" if row.stored is None else words.short_size(row.stored),
        7,
        sort=lambda row: row.stored or 0,
        right=True,
        descending=True,
    ),
    trouble("slow", lambda row: row.slow_consumers),
    count("leafs", lambda row: row.leaf_nodes, 5, leave_out=1),
    count("subs", lambda row: row.subscriptions, 6, ink="muted"),
    Column(
        "api",
        lambda row: "" if row.stored is None else words.count(row.api_requests),
        6,
        sort=lambda row: row.api_requests,
        right=True,
        descending=True,
        ink="muted",
        leave_out=3,
    ),
    Column(
        "api err",
        lambda row: "" if row.stored is None else words.count(row.api_errors),
        7,
        sort=lambda row: row.api_errors,
        right=True,
        descending=True,
        ink=lambda row: "warn" if row.api_errors else "faint",
        leave_out=4,
    ),
    Column("id", lambda row: row.id if row.id != row.name else "", 20, ink="faint", leave_out=5),
)


class AccountTable(BoardPage[AccountRow]):
    """All that may be seen; enter shows the connections of one."""

    THING = "account"
    HELP = ACCOUNTS_HELP

    def __init__(self, desk: Desk, boards: SystemBoards) -> None:
        board = boards.accounts
        super().__init__(desk, boards, board, board.rows, COLUMNS, "conns")

    @property
    def crumb(self) -> str:
        return "accounts"

    def summary(self) -> list[Span]:
        rows = self.rows
        said: list[Span] = [("plain", words.plural(rows.total, "account"))]
        if self.boards.servers.sees_system is False:
            said.append(("muted", ": your own"))
        return said

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.table.item) is not None:
            self.boards.connections.rows.set_filter(row.name)
            self.tui.start(self.pane.push(ConnectionTable(self.desk, self.boards)))
