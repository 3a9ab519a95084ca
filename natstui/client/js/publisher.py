"""Publishing to streams without waiting for each acknowledgement.

All acknowledgements come to one wildcard inbox. At most `most` publishes are unacknowledged at a
time; who publishes faster than the stream stores waits for room.
"""

from __future__ import annotations

import asyncio
import builtins
import json
import re
from collections import deque
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


class _Publish:
    """One message that was not acknowledged yet; kept whole, to be sent again."""

    __slots__ = ("attempts", "future", "headers", "payload", "subject")

    def __init__(
        self,
        subject: str,
        payload: bytes,
        headers: HeadersLike | None,
        future: asyncio.Future[PubAck],
    ) -> None:
        self.subject = subject
        self.payload = payload
        self.headers = headers
        self.future = future
        self.attempts = 1


class AsyncPublisher(Subscription):
    """The inbox of the acknowledgements, and what they are awaited for."""

    def __init__(self, conn: Client, most: int, timeout: float) -> None:
        self._prefix = conn.new_inbox()
        super().__init__(conn, subject=f"{self._prefix}.*")
        self._most = most
        self._timeout = timeout
        self._tokens = count(1)
        self._outstanding: dict[str, _Publish] = {}
        # In the order of their deadlines, since all have the same timeout.
        self._deadlines: deque[tuple[float, str]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def pending(self) -> int:
        """Publishes that were not acknowledged yet."""
        return len(self._outstanding)

    async def publish(
        self,
        subject: str,
        payload: bytes,
        headers: HeadersLike | None,
        wait_stall: float | None,
    ) -> asyncio.Future[PubAck]:
        """Send it, as soon as there is room; the future is its acknowledgement."""
        if len(self._outstanding) >= self._most:
            await self._room(wait_stall)
        loop = self._conn._loop
        token = f"{self._prefix}.{next(self._tokens)}"
        future: asyncio.Future[PubAck] = loop.create_future()
        deadline = loop.time() + self._timeout
        # First this: the acknowledgement may come while the publish still waits for the transport.
        self._outstanding[token] = _Publish(subject, payload, headers, future)
        self._deadlines.append((deadline, token))
        if self._timer is None:
            self._timer = loop.call_at(deadline, self._expire)
        try:
            await self._conn.publish(subject, payload, token, headers)
        except BaseException:
            self._outstanding.pop(token, None)
            raise
        return future

    async def completed(self) -> None:
        """Wait until nothing is outstanding."""
        while self._outstanding:
            await self._arrival()

    async def _room(self, wait_stall: float | None) -> None:
        try:
            async with asyncio.timeout(wait_stall):
                while len(self._outstanding) >= self._most and not self._closed:
                    await self._arrival()
        except builtins.TimeoutError:
            raise TooManyStalledMsgsError(
                f"{len(self._outstanding)} publishes wait for their acknowledgement"
            ) from None

    def _deliver(self, messages: list[Msg], size: int) -> None:
        for message in messages:
            publish = self._outstanding.get(message.subject)
            if publish is None:
                continue
            if message._head is not None and message.status == 503:
                self._not_heard(message.subject, publish)
                continue
            del self._outstanding[message.subject]
            self._resolve(publish, message)
        self._wake()

    def _resolve(self, publish: _Publish, message: Msg) -> None:
        if publish.future.done():
            return
        try:
            publish.future.set_result(acknowledgement(message))
        except (APIError, ValueError, KeyError) as error:
            publish.future.set_exception(error)

    def _not_heard(self, token: str, publish: _Publish) -> None:
        """No stream has the subject, just now."""
        if publish.attempts >= ATTEMPTS:
            self._fail(token, NoStreamResponseError())
            return
        publish.attempts += 1
        self._conn._loop.call_later(PAUSE_BEFORE_REPEAT, self._send_again, token)

    def _send_again(self, token: str) -> None:
        publish = self._outstanding.get(token)
        if publish is None:
            return
        try:
            self._conn._send(publish.subject, publish.payload, token, publish.headers)
        except Exception as error:  # a publish guard is the user's code and raises anything
            self._fail(token, error)

    def _expire(self) -> None:
        self._timer = None
        now = self._conn._loop.time()
        while self._deadlines:
            deadline, token = self._deadlines[0]
            if token in self._outstanding and deadline > now:
                self._timer = self._conn._loop.call_at(deadline, self._expire)
                return
            self._deadlines.popleft()
            self._fail(token, TimeoutError())

    def _fail(self, token: str, error: Exception) -> None:
        publish = self._outstanding.pop(token, None)
        if publish is not None and not publish.future.done():
            publish.future.set_exception(error)
        self._wake()

    def _end(self, error: Error | None = None) -> None:
        super()._end(error)
        if self._timer is not None:
            self._timer.cancel()
        for token in list(self._outstanding):
            self._fail(token, error or ConnectionClosedError())
