"""`natstui server`: the servers, by the system account; `natstui server account`: one's own."""

from __future__ import annotations

from typing import Any

from natstui.headless.listing import Column, Listing
from natstui.headless.request import BadInputError, Request
from natstui.model import words
from natstui.model.own_account import OwnAccount
from natstui.model.rates import Rate
from natstui.model.rows import Rows
from natstui.model.server_board import ServerBoard, ServerRow
from natstui.model.server_fields import ACCOUNT_FIELDS, SERVER_FIELDS
from natstui.model.session import Session
from natstui.model.system_answer import limit, number, text
from natstui.model.system_board import NOBODY, PING, SystemBoard

ACCOUNT = "account"


def _state(row: ServerRow) -> str:
    if row.is_silent:
        return f"silent {words.age(row.silent_for)}"
    return f"{row.slow_new:,} slow" if row.slow_new else "ok"


def _rate(rate: Rate) -> str:
    return words.rate(rate.per_second) if rate.is_known else "-"


def _bytes(rate: Rate) -> str:
    return f"{words.short_size(rate.per_second)}/s" if rate.is_known else "-"


def _up(row: ServerRow) -> str:
    return words.age(row.heard_at - row.started) if row.started else ""


SERVER_COLUMNS: tuple[Column[ServerRow], ...] = (
    Column("server", "server", lambda row: row.name),
    Column("state", "state", _state),
    Column("cluster", "cluster", lambda row: row.cluster),
    Column("connections", "conns", lambda row: words.count(row.connections), True),
    Column("in_rate", "in", lambda row: _rate(row.messages_in), True),
    Column("out_rate", "out", lambda row: _rate(row.messages_out), True),
    Column("in_bytes_rate", "bytes in", lambda row: _bytes(row.bytes_in), True),
    Column("out_bytes_rate", "bytes out", lambda row: _bytes(row.bytes_out), True),
    Column("cpu", "cpu", lambda row: f"{number(row.stats, 'cpu')}%", True),
    Column("mem", "mem", lambda row: words.short_size(number(row.stats, "mem")), True),
    Column("slow_consumers", "slow", lambda row: words.count(row.slow_consumers), True),
    Column(
        "subscriptions", "subs", lambda row: words.count(number(row.stats, "subscriptions")), True
    ),
    Column("uptime", "up", _up, True),
    Column("version", "version", lambda row: row.server_version),
)


class ServerListing(Listing[ServerRow]):
    """All servers that answer; only the system account may ask them."""

    nouns = ("server", "servers")
    order = "server"
    critical = "state == silent"
    warning = "state == slow"
    fields = SERVER_FIELDS
    columns = SERVER_COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.board = ServerBoard(session)
        self.rows = self.board.rows
        self.arrange()

    async def load(self) -> None:
        await self.board.load()

    def took(self) -> float:
        return self.board.took

    def name(self, thing: ServerRow) -> str:
        return thing.name

    def problems(self) -> list[str]:
        return [
            f"{subject}: {problem}{_INSTEAD if problem == NOBODY else ''}"
            for subject, problem in self.board.problems.items()
            # What is beside it is of one's own account, and not what was asked for.
            if self.board.sees_system or subject == PING
        ]


_INSTEAD = "; natstui server account shows what others may know"


class _OwnBoard(SystemBoard):
    """One's own account, also where there are servers to be seen."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.own = OwnAccount(session)

    async def load(self) -> None:
        look = self.begin()
        await self.own.load(self, look)
        self.finish(look)


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


class AccountListing(Listing[OwnAccount]):
    """One thing: one's own account."""

    nouns = ("account", "accounts")
    order = "account"
    fields = ACCOUNT_FIELDS
    columns = ACCOUNT_COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.board = _OwnBoard(session)
        self.rows: Rows[OwnAccount] = Rows(
            lambda own: own.account, lambda own: f"{own.account} {text(own.user, 'user')}"
        )
        self.arrange()

    async def load(self) -> None:
        await self.board.load()
        own = self.board.own
        self.rows.set_items([own] if own.user or own.jetstream else [])

    def took(self) -> float:
        return self.board.took

    def name(self, thing: OwnAccount) -> str:
        return thing.account

    def problems(self) -> list[str]:
        return [f"{subject}: {problem}" for subject, problem in self.board.problems.items()]


def server_listing(request: Request, session: Session) -> Listing[Any]:
    """What `natstui server` lists with these words."""
    if not request.words:
        return ServerListing(request, session)
    if request.words != (ACCOUNT,):
        unexpected = request.words[request.words[0] == ACCOUNT]
        raise BadInputError(f"only {ACCOUNT!r} may follow, but found {unexpected!r}")
    return AccountListing(request, session)
