"""`natstui server connections`: who is connected to the servers, or was of late."""

from __future__ import annotations

from natstui.headless.listing import Column
from natstui.headless.request import Request
from natstui.headless.system_listing import SystemListing, bytes_words, rate_words
from natstui.model import words
from natstui.model.connection_board import MOST_CONNECTIONS, ConnectionBoard, ConnectionRow
from natstui.model.connection_fields import CONNECTION_FIELDS
from natstui.model.session import Session

# Where not all of them come: which ones, by the field that they are sorted by.
_ORDERS = {
    "subscriptions": "subs",
    "pending": "pending",
    "rtt": "rtt",
    "in_messages": "msgs_from",
    "out_messages": "msgs_to",
    "in_bytes": "bytes_from",
    "out_bytes": "bytes_to",
    "uptime": "uptime",
    "idle": "idle",
}


def _closed(row: ConnectionRow) -> str:
    return words.day_and_time(row.stopped) if row.stopped else ""


_NAME: Column[ConnectionRow] = Column("connection", "connection", lambda row: row.name)
_WHO: tuple[Column[ConnectionRow], ...] = (
    Column("account", "account", lambda row: row.account),
    Column("user", "user", lambda row: row.user),
    Column("server", "server", lambda row: row.server),
    Column("address", "address", lambda row: row.address),
    Column("library", "library", lambda row: row.language),
)
OPEN_COLUMNS: tuple[Column[ConnectionRow], ...] = (
    _NAME,
    Column(
        "rate",
        "msg/s",
        lambda row: rate_words(row.messages),
        True,
    ),
    Column(
        "bytes_rate",
        "byte/s",
        lambda row: bytes_words(row.bytes),
        True,
    ),
    Column("bytes", "bytes", lambda row: words.short_size(row.total_bytes), True),
    Column("subscriptions", "subs", lambda row: words.count(row.subscriptions), True),
    Column("pending", "pending", lambda row: words.short_size(row.pending), True),
    Column("rtt", "rtt", lambda row: "" if row.rtt is None else words.seconds(row.rtt), True),
    *_WHO,
)
CLOSED_COLUMNS: tuple[Column[ConnectionRow], ...] = (
    Column("closed", "closed", _closed),
    _NAME,
    Column("reason", "reason", lambda row: row.reason),
    *_WHO,
)


class ConnectionListing(SystemListing[ConnectionRow]):
    """Open connections, or with `--closed` those that were; of one's own account for those who are
    not in the system account."""

    fields = CONNECTION_FIELDS
    board: ConnectionBoard

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.nouns = ("connection", "connections")
        self.order, self.columns = "bytes", OPEN_COLUMNS
        self.critical = "pending > 1MiB"
        if request.closed:
            self.nouns = ("closed connection", "closed connections")
            self.order, self.columns = "closed", CLOSED_COLUMNS
            self.critical = "slow"
        self.board = ConnectionBoard(session, closed=request.closed)
        self.rows = self.board.rows
        self.arrange()
        if not request.closed:
            self.board.order = _ORDERS.get(self.sorted_by().name, self.board.order)

    def name(self, thing: ConnectionRow) -> str:
        return thing.name

    def reason(self, thing: ConnectionRow) -> str:
        return thing.reason

    def problems(self) -> list[str]:
        missing = self.board.total - self.rows.total
        if missing <= 0 or self._are_the_first():
            return super().problems()
        return [*super().problems(), f"{missing:,} more are not listed: {_WHY}"]

    def _are_the_first(self) -> bool:
        """Whether what is shown is right though not all of them came."""
        request = self.request
        return (
            not request.filter
            and not request.reverse
            and request.limit is not None
            and request.limit <= MOST_CONNECTIONS
            and self.sorted_by().name in _ORDERS
        )


_WHY = f"of each server come the first {MOST_CONNECTIONS:,}"
