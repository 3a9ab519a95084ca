"""`natstui streams`: what is stored, how fast it grows, what lags."""

from __future__ import annotations

import time

from natstui.client.js.requester import checked_name
from natstui.headless.listing import Column, Listing
from natstui.headless.request import BadInputError, Request
from natstui.model import words
from natstui.model.session import Session
from natstui.model.stream_board import StreamBoard, StreamRow
from natstui.model.stream_fields import STREAM_FIELDS


def _age(row: StreamRow) -> str:
    return "" if row.last_at is None else words.age(time.time() - row.last_at)


def _rate(row: StreamRow) -> str:
    return words.rate(row.rate.per_second) if row.rate.is_known else "-"


def _replicas(row: StreamRow) -> str:
    if row.current_replicas == row.replicas:
        return str(row.replicas)
    return f"{row.current_replicas}/{row.replicas}"


def _lag(row: StreamRow) -> str:
    if row.lag is None:
        return ""
    return words.count(row.lag) if row.is_copying else f"{words.count(row.lag)} !"


COLUMNS: tuple[Column[StreamRow], ...] = (
    Column("stream", "stream", lambda row: row.name),
    Column("messages", "messages", lambda row: row.problem or f"{row.messages:,}", True),
    Column("bytes", "bytes", lambda row: words.short_size(row.bytes), True),
    Column("rate", "rate", _rate, True),
    Column("consumers", "cons", lambda row: str(row.consumers), True),
    Column("age", "last", _age, True),
    Column("replicas", "R", _replicas, True),
    Column("lag", "lag", _lag, True),
    Column("leader", "leader", lambda row: row.leader),
    Column("retention", "kept", lambda row: str(row.config.get("retention") or "")),
    Column("storage", "store", lambda row: str(row.config.get("storage") or "")),
    Column("subjects", "subjects", lambda row: " ".join(row.subjects)),
)


class StreamListing(Listing[StreamRow]):
    """All streams, or those that are named."""

    nouns = ("stream", "streams")
    order = "stream"
    critical = "problem != ''"
    warning = "current_replicas < replicas or copying == false"
    fields = STREAM_FIELDS
    columns = COLUMNS

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        self.names = tuple(dict.fromkeys(check_stream(name) for name in request.words))
        self.board = StreamBoard(session, only=self.names)
        self.rows = self.board.rows
        self.arrange()

    async def load(self) -> None:
        await self.board.load()

    def name(self, thing: StreamRow) -> str:
        return thing.name

    def reason(self, thing: StreamRow) -> str:
        if thing.problem:
            return thing.problem
        if thing.current_replicas < thing.replicas:
            return f"{thing.current_replicas} of {thing.replicas} replicas are current"
        return "what it copies was not heard of of late"

    def problems(self) -> list[str]:
        missing = [name for name in self.names if self.board.find(name) is None]
        lost = [row for row in self.shown() if row.problem]
        return [
            *(f"there is no stream called {name}" for name in missing),
            *(f"stream {row.name}: {row.problem}" for row in lost),
        ]


def check_stream(name: str) -> str:
    """The name; BadInputError for what no stream can be called."""
    try:
        return checked_name("stream", name)
    except ValueError as error:
        raise BadInputError(str(error).removeprefix("nats: ")) from None
