"""`natstui dead-letters`: messages that consumers will not get again, the latest first."""

from __future__ import annotations

import base64
import time

from natstui.headless.listing import Column, Listing
from natstui.headless.request import BadInputError, Request
from natstui.headless.streams import check_stream
from natstui.model import words
from natstui.model.dead_letter import DeadLetter
from natstui.model.dead_letters import DeadLetters
from natstui.model.decode import preview
from natstui.model.export import timestamp
from natstui.model.fields import Field, Value
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.tail import Record

_PREVIEW = 120


class DeadLetterListing(Listing[DeadLetter]):
    """Of all streams, or of one; each with its message, if that is still there."""

    nouns = ("dead letter", "dead letters")
    order = "time"

    def __init__(self, request: Request, session: Session) -> None:
        super().__init__(request)
        if len(request.words) > 1:
            raise BadInputError(f"one stream is enough, but found {request.words[1]!r} too")
        for stream in request.words:
            check_stream(stream)
        self.letters = DeadLetters(session, (*request.words, "")[0])
        self.records: dict[tuple[str, int], Record | None] = self.letters.messages
        self.rows: Rows[DeadLetter] = self.letters.rows
        self.fields = self._fields()
        self.columns = self._columns()
        self.arrange()

    async def load(self) -> None:
        await self.letters.load()
        for letter in self.shown():
            place = letter.stream, letter.seq
            # What is gone stays gone.
            if letter.seq and self.records.get(place, letter) is not None:
                self.records[place] = await self.letters.whole(letter)

    def name(self, thing: DeadLetter) -> str:
        return f"{thing.stream} > {thing.consumer} {thing.seq or '?'}"

    def problems(self) -> list[str]:
        return [f"may not subscribe to {each}" for each in sorted(self.letters.listener.denied)]

    def _record(self, letter: DeadLetter) -> Record | None:
        return self.records.get((letter.stream, letter.seq))

    def _fields(self) -> tuple[Field[DeadLetter], ...]:
        return (
            Field("stream", "text", lambda each: each.stream),
            Field("consumer", "text", lambda each: each.consumer),
            Field("sequence", "number", lambda each: each.seq or None),
            Field("kind", "text", lambda each: each.kind, ("gave up", "terminated", "counted")),
            Field("messages", "number", lambda each: each.number),
            Field("deliveries", "number", lambda each: each.deliveries or None),
            Field("reason", "text", lambda each: each.reason),
            Field(
                "time",
                "text",
                lambda each: timestamp(each.at) if each.at else None,
                rank=lambda each: each.at,
            ),
            Field("age", "number", _age),
            Field("is_there", "flag", self._is_there),
            Field("subject", "text", lambda each: _of(self._record(each), "subject")),
            Field("size", "number", lambda each: _of(self._record(each), "size")),
            Field("data", "text", lambda each: _text(self._record(each))),
            Field("data_base64", "text", lambda each: _base64(self._record(each))),
        )

    def _is_there(self, letter: DeadLetter) -> bool | None:
        return self._record(letter) is not None if letter.seq else None

    def _columns(self) -> tuple[Column[DeadLetter], ...]:
        return (
            Column("time", "when", _when),
            Column("kind", "what", lambda each: each.kind),
            Column("stream", "stream", lambda each: each.stream),
            Column("consumer", "consumer", lambda each: each.consumer),
            Column("sequence", "sequence", lambda each: str(each.seq or "?"), True),
            Column("deliveries", "try", lambda each: str(each.deliveries or ""), True),
            Column("reason", "reason", _reason),
            Column("subject", "message", self._message),
        )

    def _message(self, letter: DeadLetter) -> str:
        if not letter.seq:
            return ""
        record = self._record(letter)
        if record is None:
            return "gone from the stream"
        return f"{record.subject}  {preview(record.payload, _PREVIEW)[1]}"


def _age(letter: DeadLetter) -> Value:
    return max(0.0, round(time.time() - letter.at, 3)) if letter.at else None


def _when(letter: DeadLetter) -> str:
    return words.day_and_time(letter.at)[:19] if letter.at else ""


def _reason(letter: DeadLetter) -> str:
    if letter.kind == "counted":
        return f"at least {letter.number:,}, which ones is not known"
    return letter.reason


def _of(record: Record | None, name: str) -> Value:
    found: Value = getattr(record, name) if record is not None else None
    return found


def _text(record: Record | None) -> str | None:
    try:
        return record.payload.decode() if record is not None else None
    except UnicodeDecodeError:
        return None


def _base64(record: Record | None) -> str | None:
    if record is None or _text(record) is not None:
        return None
    return base64.b64encode(record.payload).decode("ascii")
