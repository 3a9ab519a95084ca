"""Counters: subjects of a stream that add up what is published to them (ADR-49, server 2.12).

Values are of any size. A stream that sources others adds theirs, and remembers what came from
which.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from natstui.client.js.acknowledgement import acknowledgement
from natstui.client.js.api import Header
from natstui.client.js.batch_get import BatchGet
from natstui.client.js.errors import Error
from natstui.client.js.requester import checked_tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime

    from natstui.client.js import api
    from natstui.client.js.client import JetStreamContext

LEVEL = 2
# Python refuses to convert longer texts at once, since that takes the square of their length.
DIGITS = 4000


@dataclass(frozen=True)
class CounterEntry:
    """A counter as of its last message, which added `increment` at `time` as number `seq`.

    `sources`: for each stream that it is sourced from, the values of its counters that are part
    of this one, by their subject.
    """

    subject: str
    value: int
    increment: int
    sources: dict[str, dict[str, int]]
    seq: int
    time: datetime | None


class Counter:
    """The counters of a stream; made by `JetStreamContext.counter`."""

    def __init__(self, js: JetStreamContext, stream: str) -> None:
        self._js = js
        self._stored = BatchGet(js, stream)
        self.stream_name = stream

    @classmethod
    async def of(cls, js: JetStreamContext, stream: str) -> Counter:
        """Raises Error if the stream has no counters, or does not allow direct gets."""
        js._check_level(LEVEL)
        config = (await js.stream_info(stream)).config
        if not config.allow_msg_counter:
            raise Error(f"stream {stream!r} has no counters (allow_msg_counter)")
        if not config.allow_direct:
            raise Error(f"stream {stream!r} does not allow direct gets (allow_direct)")
        return cls(js, stream)

    def __repr__(self) -> str:
        return f"<Counter of stream {self.stream_name!r}>"

    async def add(self, subject: str, delta: int = 1, *, msg_id: str | None = None) -> int:
        """Add to a counter; returns its new value.

        After a TimeoutError it is not known whether it was added. With the same `msg_id`, it may
        be called again: then it is added once (within the duplicate window of the stream).
        Raises what `JetStreamContext.publish` does, Error for a subject of another stream,
        TypeError for what is no whole number.
        """
        if not isinstance(delta, int):
            raise TypeError(f"nats: a counter adds up whole numbers, and {delta!r} is none")
        headers = {Header.INCR.value: signed(delta)}
        if msg_id is not None:
            headers[Header.MSG_ID.value] = msg_id
        ack = acknowledgement(await self._js._publish(subject, b"", headers))
        if ack.stream != self.stream_name:
            raise Error(f"{subject!r} was added to, but is of stream {ack.stream!r}")
        if ack.val is not None:
            return parse(ack.val)
        return counter_entry(await self._js.get_msg(self.stream_name, ack.seq)).value

    async def get(self, subject: str) -> int:
        """The value of a counter. Raises NotFoundError if it was never added to."""
        return (await self.entry(subject)).value

    async def entry(self, subject: str) -> CounterEntry:
        """A counter with what it is made of. Raises NotFoundError."""
        checked_tokens(subject)
        message = await self._js.get_last_msg(self.stream_name, subject, direct=True)
        return counter_entry(message)

    async def entries(self, subjects: str | Iterable[str] = ">") -> AsyncIterator[CounterEntry]:
        """All counters of these subjects, wildcards allowed, as of one moment."""
        async for message in self._stored.get_last_msgs(subjects):
            yield counter_entry(message)


def counter_entry(message: api.RawStreamMsg) -> CounterEntry:
    """What a stored message says of its counter. Raises Error for one that is of none."""
    headers = message.headers or {}
    try:
        return CounterEntry(
            subject=message.subject or "",
            value=parse(json.loads(message.data or b"")["val"]),
            increment=parse(headers.get(Header.INCR, "0")),
            sources=_sources(json.loads(headers.get(Header.COUNTER_SOURCES, "{}"))),
            seq=message.seq or 0,
            time=message.time,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Error(f"message {message.seq} of {message.subject!r} is no counter") from error


def _sources(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, int]]:
    return {
        stream: {subject: parse(value) for subject, value in counters.items()}
        for stream, counters in found.items()
    }


def parse(text: str) -> int:
    """A decimal number of any length. Raises ValueError."""
    if len(text) <= DIGITS:
        return int(text)
    digits = text.lstrip("+-")
    value = 0
    for start in range(0, len(digits), DIGITS):
        part = digits[start : start + DIGITS]
        value = value * 10 ** len(part) + int(part)
    return -value if text.startswith("-") else value


def signed(value: int) -> str:
    """A decimal number of any length, always with a sign."""
    parts: list[str] = []
    rest = abs(value)
    while rest >= 10**DIGITS:
        rest, part = divmod(rest, 10**DIGITS)
        parts.append(str(part).zfill(DIGITS))
    return ("-" if value < 0 else "+") + str(rest) + "".join(reversed(parts))
