"""`natstui consumers`: who is behind, who is stuck and why; the worst first."""

from __future__ import annotations

from contextlib import suppress

from natstui.client.js.errors import NotFoundError
from natstui.client.js.requester import checked_name
from natstui.headless.listing import Column, Listing
from natstui.headless.request import BadInputError, Request
from natstui.headless.streams import check_stream
from natstui.model import words
from natstui.model.consumer_board import ConsumerBoard
from natstui.model.consumer_fields import CONSUMER_FIELDS
from natstui.model.consumer_row import ConsumerRow, Key
from natstui.model.rates import Rate
from natstui.model.rows import Rows
from natstui.model.session import Session


def _unacked(row: ConsumerRow) -> str:
    if not row.acknowledges:
        return ""
    limit = words.count(row.ack_limit) if row.ack_limit else "any"
    return f"{words.count(row.outstanding)}/{limit}"


def _rate(rate: Rate) -> str:
    return words.rate(rate.per_second) if rate.is_known else "-"


COLUMNS: tuple[Column[ConsumerRow], ...] = (
    Column("stream", "stream", lambda row: row.stream),
    Column("consumer", "consumer", lambda row: row.name),
    Column("state", "state", lambda row: row.standing.badge),
    Column("pending", "pending", lambda row: words.count(row.pending), True),
    Column("unacked", "unacked", _unacked, True),
    Column("deliver_rate", "sent", lambda row: _rate(row.deliver_rate), True),
    Column(
        "ack_rate", "ack", lambda row: _rate(row.ack_rate) if row.acknowledges else "none", True
    ),
    Column("redelivered", "redel", lambda row: words.count(row.redelivered), True),
    Column(
        "waiting", "wait", lambda row: "push" if row.is_push else words.count(row.waiting), True
    ),
    Column("reason", "why", lambda row: row.standing.reason),
)


class ConsumerListing(Listing[ConsumerRow]):
    """All consumers, those of a stream, or one."""

    nouns = ("consumer", "consumers")
    order = "state"
    critical = "state == stuck or state == losing"
    warning = "state == growing or state == care"
    fields = CONSUMER_FIELDS
    columns = COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.stream, self.consumer = _names(request.words)
        self.board = ConsumerBoard(session, only=self.stream)
        self.rows: Rows[ConsumerRow] = self.board.rows
        if self.consumer:
            self.rows = Rows(lambda row: row.key, lambda row: row.words)
        self.is_there = True
        self.arrange()

    async def load(self) -> None:
        if not self.consumer:
            await self.board.load()
            return
        key = Key(self.stream, self.consumer)
        self.is_there = False
        await self.board.advisories.start()
        with suppress(NotFoundError):
            await self.board.look_at(key)
            self.is_there = True
        row = self.board.find(key)
        self.rows.set_items([row] if row is not None and self.is_there else [])

    def name(self, thing: ConsumerRow) -> str:
        return f"{thing.stream} > {thing.name}"

    def reason(self, thing: ConsumerRow) -> str:
        return f"{thing.standing.badge}, {thing.standing.reason}"

    def problems(self) -> list[str]:
        if not self.is_there:
            return [f"there is no consumer {self.consumer} of stream {self.stream}"]
        if self.stream and self.board.is_gone:
            return [f"there is no stream called {self.stream}"]
        lost = [
            row for row in self.shown() if row.problem and row.stream not in self.board.problems
        ]
        return [
            *(f"stream {name}: {problem}" for name, problem in self.board.problems.items()),
            *(f"consumer {self.name(row)}: {row.problem}" for row in lost),
        ]


def _names(given: tuple[str, ...]) -> tuple[str, str]:
    if len(given) > 2:
        raise BadInputError(f"a stream and a consumer are enough, but found {given[2]!r} too")
    stream, consumer = (*given, "", "")[:2]
    if given:
        check_stream(stream)
    if len(given) == 2:
        try:
            checked_name("consumer", consumer)
        except ValueError as error:
            raise BadInputError(str(error).removeprefix("nats: ")) from None
    return stream, consumer
