"""`natstui server account`: one's own account, its limits and use, one's own permissions."""

from __future__ import annotations

from natstui.headless.listing import Column
from natstui.headless.request import Request
from natstui.headless.system_listing import SystemListing
from natstui.model import words
from natstui.model.own_account import OwnAccount
from natstui.model.own_board import OwnBoard
from natstui.model.rows import Rows
from natstui.model.server_fields import OWN_FIELDS
from natstui.model.session import Session
from natstui.model.system_answer import limit, number, text


def _use(own: OwnAccount, used: str, most: str) -> str:
    """How much of what there may be: 1.2 K of 1.0 M."""
    said = words.short_size(number(own.jetstream, used))
    there = limit(own.jetstream, "limits", most)
    return f"{said} of {words.short_size(there)}" if there >= 0 else said


def _count(own: OwnAccount, used: str, most: str) -> str:
    said = f"{number(own.jetstream, used):,}"
    there = limit(own.jetstream, "limits", most)
    return f"{said} of {there:,}" if there >= 0 else said


ACCOUNT_COLUMNS: tuple[Column[OwnAccount], ...] = (
    Column("account", "account", lambda own: own.account),
    Column("user", "user", lambda own: text(own.user, "user")),
    Column("connections", "conns", lambda own: words.count(own.total("conns")), True),
    Column("storage", "storage", lambda own: _use(own, "storage", "max_storage"), True),
    Column("memory", "memory", lambda own: _use(own, "memory", "max_memory"), True),
    Column("streams", "streams", lambda own: _count(own, "streams", "max_streams"), True),
    Column("consumers", "consumers", lambda own: _count(own, "consumers", "max_consumers"), True),
    Column("slow_consumers", "slow", lambda own: words.count(own.total("slow_consumers")), True),
)


class OwnListing(SystemListing[OwnAccount]):
    """One thing: one's own account."""

    nouns = ("account", "accounts")
    order = "account"
    fields = OWN_FIELDS
    columns = ACCOUNT_COLUMNS
    board: OwnBoard

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.board = OwnBoard(session)
        self.rows: Rows[OwnAccount] = Rows(
            lambda own: own.account, lambda own: f"{own.account} {text(own.user, 'user')}"
        )
        self.arrange()

    async def load(self) -> None:
        await self.board.load()
        own = self.board.own
        self.rows.set_items([own] if own.user or own.jetstream else [])

    def name(self, thing: OwnAccount) -> str:
        return thing.account
