"""Connections to all servers, the busiest first; or those that were closed, the latest first."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from natstui.model.connection_board import ConnectionRow
from natstui.model.system_boards import SystemBoards
from natstui.ui import words
from natstui.ui.board_page import BoardPage
from natstui.ui.connection_detail import ConnectionPage
from natstui.ui.desk import Desk
from natstui.ui.drawing import Span
from natstui.ui.lines import LineList
from natstui.ui.server_help import CONNECTIONS_HELP
from natstui.ui.system_words import rtt_words
from natstui.ui.table import Column

# Where not all of them come: which ones, by the column that one sorts by.
_ORDERS = {"subs": "subs", "pending": "pending", "rtt": "rtt", "bytes": "bytes_to"}

_NAME: Column[ConnectionRow] = Column(
    "connection", lambda row: row.name, sort=lambda row: row.name, ink="strong", at_least=20
)
_SERVER: Column[ConnectionRow] = Column(
    "server", lambda row: row.server, 10, sort=lambda row: row.server, ink="muted", leave_out=1
)
_ACCOUNT: Column[ConnectionRow] = Column(
    "account", lambda row: row.account, 10, sort=lambda row: row.account, leave_out=2
)
_USER: Column[ConnectionRow] = Column(
    "user", lambda row: row.user, 12, sort=lambda row: row.user, ink="muted", leave_out=5
)
_ADDRESS: Column[ConnectionRow] = Column(
    "address", lambda row: row.address, 21, ink="muted", leave_out=4
)
_LANGUAGE: Column[ConnectionRow] = Column(
    "library", lambda row: row.language, 16, ink="muted", leave_out=6
)

COLUMNS: tuple[Column[ConnectionRow], ...] = (
    _NAME,
    _ACCOUNT,
    _SERVER,
    Column(
        "msg/s",
        lambda row: words.rate(row.messages.shown),
        8,
        sort=lambda row: row.messages.shown,
        right=True,
        descending=True,
        ink=lambda row: "accent" if row.messages.shown else "faint",
    ),
    Column(
        "byte/s",
        lambda row: f"{words.short_size(row.bytes.shown)}/s",
        8,
        sort=lambda row: row.bytes.shown,
        right=True,
        descending=True,
        ink=lambda row: "plain" if row.bytes.shown else "faint",
    ),
    Column(
        "bytes",
        lambda row: words.short_size(row.total_bytes),
        6,
        sort=lambda row: row.total_bytes,
        right=True,
        descending=True,
        leave_out=1,
    ),
    Column(
        "subs",
        lambda row: words.count(row.subscriptions),
        5,
        sort=lambda row: row.subscriptions,
        right=True,
        descending=True,
    ),
    Column(
        "pending",
        lambda row: words.short_size(row.pending),
        8,
        sort=lambda row: row.pending,
        right=True,
        descending=True,
        ink=lambda row: "warn" if row.pending else "faint",
    ),
    Column(
        "rtt",
        lambda row: rtt_words(row.rtt),
        7,
        sort=lambda row: row.rtt or 0.0,
        right=True,
        descending=True,
        ink="muted",
    ),
    _ADDRESS,
    _USER,
    _LANGUAGE,
)
CLOSED_COLUMNS: tuple[Column[ConnectionRow], ...] = (
    Column(
        "closed",
        lambda row: words.clock(row.stopped)[:8] if row.stopped else "",
        8,
        sort=lambda row: row.stopped,
        descending=True,
        ink="muted",
    ),
    _NAME,
    Column(
        "reason",
        lambda row: row.reason,
        32,
        sort=lambda row: row.reason,
        ink=lambda row: "bad" if row.was_slow else "plain",
    ),
    _ACCOUNT,
    _SERVER,
    _ADDRESS,
    _USER,
    _LANGUAGE,
)


class ConnectionTable(BoardPage[ConnectionRow]):
    """All that may be seen; enter opens one."""

    THING = "connection"
    HELP = CONNECTIONS_HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "closed", "closed", tooltip="Closed ones", id="connections.closed"),
    ]

    def __init__(self, desk: Desk, boards: SystemBoards, *, closed: bool = False) -> None:
        self.board = boards.closed if closed else boards.connections
        columns, order = (CLOSED_COLUMNS, "closed") if closed else (COLUMNS, "msg/s")
        super().__init__(desk, boards, self.board, self.board.rows, columns, order)

    @property
    def crumb(self) -> str:
        return "closed" if self.board.closed else "connections"

    def frame(self) -> None:
        if not self.board.closed:
            self.board.order = _ORDERS.get(self.table.order, "last")
        super().frame()

    def summary(self) -> list[Span]:
        board = self.board
        noun = "closed connection" if board.closed else "connection"
        said: list[Span] = [("plain", words.plural(board.rows.total, noun))]
        if board.total > board.rows.total:
            said.append(("warn", f" of {board.total:,}"))
        if self.boards.servers.sees_system is False:
            said.append(("muted", " of your account"))
        if board.closed and (slow := board.slow()):
            said += [("muted", " · "), ("bad", f"{slow:,} too slow")]
        return said

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        if (row := self.table.item) is not None:
            self.tui.start(self.pane.push(ConnectionPage(self.desk, self.boards, self.board, row)))

    def action_closed(self) -> None:
        """Those that were closed of late, and why; once more goes back."""
        if self.board.closed:
            self.tui.start(self.pane.pop())
        else:
            self.tui.start(self.pane.push(ConnectionTable(self.desk, self.boards, closed=True)))
