"""`natstui server accounts`: who is connected, how much moves, what is stored, by account."""

from __future__ import annotations

from natstui.headless.listing import Column, unknown
from natstui.headless.request import Request
from natstui.headless.system_listing import SystemListing, bytes_words, rate_words
from natstui.model import words
from natstui.model.account_board import AccountBoard, AccountRow
from natstui.model.account_fields import ACCOUNT_FIELDS
from natstui.model.session import Session

_BY_NAME = {field.name: field for field in ACCOUNT_FIELDS}

COLUMNS: tuple[Column[AccountRow], ...] = (
    Column("account", "account", lambda row: row.name),
    Column("connections", "conns", lambda row: words.count(row.connections), True),
    Column("in_rate", "in", lambda row: rate_words(row.messages_in), True),
    Column("out_rate", "out", lambda row: rate_words(row.messages_out), True),
    Column("in_bytes_rate", "bytes in", lambda row: bytes_words(row.bytes_in), True),
    Column("out_bytes_rate", "bytes out", lambda row: bytes_words(row.bytes_out), True),
    Column(
        "stored",
        "stored",
        unknown(_BY_NAME["stored"], lambda row: words.short_size(row.stored or 0)),
        True,
    ),
    Column("slow_consumers", "slow", lambda row: words.count(row.slow_consumers), True),
    Column("leafnodes", "leafs", lambda row: words.count(row.leaf_nodes), True),
    Column("subscriptions", "subs", lambda row: words.count(row.subscriptions), True),
    Column(
        "api_errors",
        "api err",
        unknown(_BY_NAME["api_errors"], lambda row: words.count(row.api_errors)),
        True,
    ),
)


class AccountListing(SystemListing[AccountRow]):
    """All accounts; only one's own for those who are not in the system account."""

    nouns = ("account", "accounts")
    order = "connections"
    warning = "slow_consumers > 0"
    fields = ACCOUNT_FIELDS
    columns = COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.board = board = AccountBoard(session)
        self.rows = board.rows
        self.arrange()

    def name(self, thing: AccountRow) -> str:
        return thing.name
