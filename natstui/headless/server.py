"""`natstui server`: the servers, as the system account sees them, and pages of what they tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from natstui.headless.accounts import AccountListing
from natstui.headless.assets import AssetListing, JetStreamListing
from natstui.headless.connections import ConnectionListing
from natstui.headless.links import LinkListing
from natstui.headless.listing import Column, Listing
from natstui.headless.own_account import OwnListing
from natstui.headless.request import BadInputError, Request
from natstui.headless.system_listing import SystemListing, bytes_words, rate_words
from natstui.model import words
from natstui.model.server_board import ServerBoard, ServerRow
from natstui.model.server_fields import SERVER_FIELDS
from natstui.model.session import Session
from natstui.model.system_answer import number
from natstui.model.system_board import NOBODY, PING


def _state(row: ServerRow) -> str:
    if row.is_silent:
        return f"silent {words.age(row.silent_for)}"
    return f"{row.slow_new:,} slow" if row.slow_new else "ok"


def _up(row: ServerRow) -> str:
    return words.age(row.heard_at - row.started) if row.started else ""


SERVER_COLUMNS: tuple[Column[ServerRow], ...] = (
    Column("server", "server", lambda row: row.name),
    Column("state", "state", _state),
    Column("cluster", "cluster", lambda row: row.cluster),
    Column("connections", "conns", lambda row: words.count(row.connections), True),
    Column("in_rate", "in", lambda row: rate_words(row.messages_in), True),
    Column("out_rate", "out", lambda row: rate_words(row.messages_out), True),
    Column("in_bytes_rate", "bytes in", lambda row: bytes_words(row.bytes_in), True),
    Column("out_bytes_rate", "bytes out", lambda row: bytes_words(row.bytes_out), True),
    Column("cpu", "cpu", lambda row: f"{number(row.stats, 'cpu')}%", True),
    Column("mem", "mem", lambda row: words.short_size(number(row.stats, "mem")), True),
    Column("slow_consumers", "slow", lambda row: words.count(row.slow_consumers), True),
    Column(
        "subscriptions", "subs", lambda row: words.count(number(row.stats, "subscriptions")), True
    ),
    Column("uptime", "up", _up, True),
    Column("version", "version", lambda row: row.server_version),
)


class ServerListing(SystemListing[ServerRow]):
    """All servers that answer; only the system account may ask them."""

    nouns = ("server", "servers")
    order = "server"
    critical = "state == silent"
    warning = "state == slow"
    fields = SERVER_FIELDS
    columns = SERVER_COLUMNS
    board: ServerBoard

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.board = ServerBoard(session)
        self.rows = self.board.rows
        self.arrange()

    def name(self, thing: ServerRow) -> str:
        return thing.name

    def problems(self) -> list[str]:
        return [
            f"{subject}: {problem}{_INSTEAD if problem == NOBODY else ''}"
            for subject, problem in self.board.problems.items()
            # What is beside it is of one's own account, and not what was asked for.
            if self.board.sees_system or subject == PING or subject.startswith("http")
        ]


_INSTEAD = "; natstui server account shows what others may know, --monitor URL asks the HTTP port"


def server_listing(request: Request, session: Session) -> Listing[Any]:
    """What `natstui server` lists with these words."""
    if request.closed and request.words != ("connections",):
        raise BadInputError("--closed: needs connections, as in: natstui server connections")
    if not request.words:
        return ServerListing(request, session)
    page, *more = request.words
    if page == "events":
        raise BadInputError("events come as they happen: natstui events")
    if page not in PAGES:
        raise BadInputError(f"{page!r} is no page of the servers: {', '.join(PAGES)}")
    if more:
        raise BadInputError(f"only one page may follow, but found {more[0]!r} too")
    return PAGES[page](request, session)


PAGES: dict[str, Callable[[Request, Session], Listing[Any]]] = {
    "account": OwnListing,
    "accounts": AccountListing,
    "connections": ConnectionListing,
    "jetstream": JetStreamListing,
    "assets": AssetListing,
    "topology": LinkListing,
}
