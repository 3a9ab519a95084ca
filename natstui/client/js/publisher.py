"""Publishing to streams without waiting for each acknowledgement.

All acknowledgements come to one wildcard inbox. At most `most` publishes are unacknowledged at a
time; who publishes faster than the stream stores waits for room.
"""

from __future__ import annotations

import asyncio
import builtins
import json
import re
import sys
from itertools import count
from typing import TYPE_CHECKING

from natstui.client.aio.subscription import Subscription
from natstui.client.errors import ConnectionClosedError, Error, TimeoutError
from natstui.client.js.api import PubAck
from natstui.client.js.errors import (
    APIError,
    ErrorCode,
    NoStreamResponseError,
    TooManyStalledMsgsError,
)
from natstui.client.js.status import description

if TYPE_CHECKING:
    from natstui.client.aio.client import Client
    from natstui.client.aio.msg import Msg
    from natstui.client.protocol.headers import HeadersLike

# A stream may have no leader for a moment (ADR-22).
ATTEMPTS = 3
PAUSE_BEFORE_REPEAT = 0.25  # seconds
BRACE = ord("}")


# What nearly all are, read without a JSON parser and in a quarter of the time.
_plain_acknowledgement = re.compile(rb'{"stream":"([^"\\]+)", ?"seq":(\d+)}').fullmatch


def acknowledgement(msg: Msg) -> PubAck:
    """What a stream answered to a publish. Raises APIError for what it refused."""
    if msg._head is not None and (status := msg.status) is not None:
        # The server has no room for more unstored messages of this stream.
        raise APIError.from_error(
            {
                "code": status,
                "err_code": ErrorCode.TOO_MANY_REQUESTS if status == 429 else None,
                "description": description(msg),
            }
        )
    if plain := _plain_acknowledgement(msg.data):
        return PubAck(plain[1].decode(), int(plain[2]))
    answer = json.loads(msg.data)
    if "error" in answer:
        raise APIError.from_error(
            {**answer["error"], "stream": answer.get("stream"), "seq": answer.get("seq")}
        )
    return PubAck.from_response(answer)


# One message that was not acknowledged yet; kept whole, to be sent again: its future, its deadline,
# subject, payload, headers.
_Publish = tuple["asyncio.Future[PubAck]", float, str, bytes, "HeadersLike | None"]


class AsyncPublisher(Subscription):
    """The inbox of the acknowledgements, and what they are awaited for."""

    _repeats = False

    def __init__(self, conn: Client, most: int, timeout: float) -> None:
        self._prefix = f"{conn.new_inbox()}."
        super().__init__(conn, subject=f"{self._prefix}*")
        self._most = most
        self._timeout = timeout
        self._loop = conn._loop
        self._tokens = count(1)
        # By reply subject, in the order of their deadlines, since all have the same timeout.
        self._outstanding: dict[str, _Publish] = {}
        self._repeated: dict[str, int] = {}  # how often those were sent again that nobody heard
        self._timer: asyncio.TimerHandle | None = None
        self._plain = b""  # how the last plain acknowledgement began,
        self._stream = ""  # and the stream that it named

    @property
    def pending(self) -> int:
        """Publishes that were not acknowledged yet."""
        return len(self._outstanding)

    @property
    def full(self) -> bool:
        """Whether the next one has to wait for `room`."""
        return len(self._outstanding) >= self._most

    def send(
        self, subject: str, payload: bytes, headers: HeadersLike | None
    ) -> asyncio.Future[PubAck]:
        """Put it into the outbox; the future is its acknowledgement. Raises what `publish` does."""
        loop = self._loop
        reply = f"{self._prefix}{next(self._tokens)}"
        future: asyncio.Future[PubAck] = loop.create_future()
        deadline = loop.time() + self._timeout
        self._conn._send_with_reply(subject, payload, reply, headers, sys.maxsize)
        self._outstanding[reply] = (future, deadline, subject, payload, headers)
        if self._timer is None:
            self._timer = loop.call_at(deadline, self._expire)
        return future

    async def completed(self) -> None:
        """Wait until nothing is outstanding."""
        while self._outstanding:
            await self._arrival()

    async def room(self, wait_stall: float | None) -> None:
        """Wait until there is room for one more, `wait_stall` seconds at most.

        Raises TooManyStalledMsgsError.
        """
        try:
            async with asyncio.timeout(wait_stall):
                while self.full and not self._closed:
                    await self._arrival()
        except builtins.TimeoutError:
            raise TooManyStalledMsgsError(
                f"{len(self._outstanding)} publishes wait for their acknowledgement"
            ) from None

    def _deliver(self, messages: list[Msg], size: int) -> None:
        take = self._outstanding.pop
        plain, stream = self._plain, self._stream
        starts = len(plain)
        for message in messages:
            data = message.data
            seq = data[starts:-1]
            if not (seq.isdigit() and starts and data.startswith(plain) and data[-1] == BRACE):
                self._hear(message)
            elif (publish := take(message.subject, None)) and not (future := publish[0]).done():
                future.set_result(PubAck(stream, int(seq)))
        if self._repeated:
            self._repeated = {
                reply: times
                for reply, times in self._repeated.items()
                if reply in self._outstanding
            }
        self._wake()

    def _hear(self, message: Msg) -> None:
        """Take an answer that may be anything."""
        reply = message.subject
        publish = self._outstanding.get(reply)
        if publish is None:
            return
        if message._head is not None and message.status == 503:
            self._not_heard(reply)
            return
        try:
            ack = acknowledgement(message)
        except (APIError, ValueError, KeyError) as error:
            self._fail(reply, error)
            return
        del self._outstanding[reply]
        if not publish[0].done():
            publish[0].set_result(ack)
        if plain := _plain_acknowledgement(message.data):
            # The others of this stream begin in the same way.
            self._plain, self._stream = message.data[: plain.start(2)], ack.stream

    def _not_heard(self, reply: str) -> None:
        """No stream has the subject, just now."""
        repeated = self._repeated.get(reply, 0)
        if repeated + 1 >= ATTEMPTS:
            self._fail(reply, NoStreamResponseError())
            return
        self._repeated[reply] = repeated + 1
        self._loop.call_later(PAUSE_BEFORE_REPEAT, self._send_again, reply)

    def _send_again(self, reply: str) -> None:
        publish = self._outstanding.get(reply)
        if publish is None:
            return
        _, _, subject, payload, headers = publish
        try:
            self._conn._send(subject, payload, reply, headers)
        except Exception as error:  # a publish guard is the user's code and raises anything
            self._fail(reply, error)

    def _expire(self) -> None:
        self._timer = None
        now = self._loop.time()
        late = []
        for reply, (_, deadline, *_) in self._outstanding.items():
            if deadline > now:
                self._timer = self._loop.call_at(deadline, self._expire)
                break
            late.append(reply)
        for reply in late:
            self._fail(reply, TimeoutError())

    def _fail(self, reply: str, error: Exception) -> None:
        publish = self._outstanding.pop(reply, None)
        self._repeated.pop(reply, None)
        if publish is not None and not publish[0].done():
            publish[0].set_exception(error)
        self._wake()

    def _end(self, error: Error | None = None) -> None:
        super()._end(error)
        if self._timer is not None:
            self._timer.cancel()
        for token in list(self._outstanding):
            self._fail(token, error or ConnectionClosedError())
