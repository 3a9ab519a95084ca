"""Publishing to streams without waiting for each acknowledgement.

All acknowledgements come to one wildcard inbox. At most `most` publishes are unacknowledged at a
time; who publishes faster than the stream stores waits for room.
"""

from __future__ import annotations

import asyncio
import builtins
import sys
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from natstui.client.aio.subscription import Subscription
from natstui.client.errors import ConnectionClosedError, Error, TimeoutError
from natstui.client.js.acknowledgement import Acknowledgements
from natstui.client.js.errors import APIError, NoStreamResponseError, TooManyStalledMsgsError

if TYPE_CHECKING:
    from natstui.client.aio.client import Client
    from natstui.client.aio.msg import Msg
    from natstui.client.js.api import PubAck
    from natstui.client.protocol.headers import HeadersLike

# A stream may have no leader for a moment (ADR-22).
ATTEMPTS = 3
PAUSE_BEFORE_REPEAT = 0.25  # seconds
MOST_PIECES = 256  # that wait in the outbox

# One message that was not acknowledged yet; kept whole, to be sent again: its future, its deadline,
# subject, payload, headers.
_Publish = tuple["asyncio.Future[PubAck]", float, str, bytes, "HeadersLike | None"]


class AsyncPublisher(Subscription):
    """The inbox of the acknowledgements, and what they are awaited for; begins with `send`."""

    _repeats = False

    def __init__(self, conn: Client, most: int, timeout: float) -> None:
        self._prefix = f"{conn.new_inbox()}."
        super().__init__(conn, subject=f"{self._prefix}*")
        self.most = most
        #: So many pieces in the outbox, two a message, are to be written: half of what may be
        #: outstanding, so that the server never waits for what is being prepared.
        self.write_at = min(most, MOST_PIECES)
        self._timeout = timeout
        self._loop = conn._loop
        self._tokens = count(1)
        #: What was not acknowledged yet, by reply subject; in the order of the deadlines, since all
        #: have the same timeout.
        self.outstanding: dict[str, _Publish] = {}
        self._repeated: dict[str, int] = {}  # how often those were sent that nobody heard
        self._timer: asyncio.TimerHandle | None = None
        self._acknowledgements = Acknowledgements()

    def send(
        self, subject: str, payload: bytes, headers: HeadersLike | None
    ) -> asyncio.Future[PubAck]:
        """Put it into the outbox; the future is its acknowledgement. Raises what `publish` does."""
        loop = self._loop
        reply = f"{self._prefix}{next(self._tokens)}"
        future: asyncio.Future[PubAck] = loop.create_future()
        deadline = loop.time() + self._timeout
        if self._id:
            self._conn._send_with_reply(subject, payload, reply, headers, sys.maxsize)
        else:
            self._conn._send(subject, payload, reply, headers, partial(self._conn._open, self))
        self.outstanding[reply] = (future, deadline, subject, payload, headers)
        if self._timer is None:
            self._timer = loop.call_at(deadline, self._expire)
        return future

    async def completed(self) -> None:
        """Wait until nothing is outstanding."""
        while self.outstanding:
            await self._arrival()

    async def room(self, wait_stall: float | None) -> None:
        """Wait until there is room for one more, `wait_stall` seconds at most.

        Raises TooManyStalledMsgsError.
        """
        try:
            async with asyncio.timeout(wait_stall):
                while len(self.outstanding) >= self.most and not self._closed:
                    await self._arrival()
        except builtins.TimeoutError:
            raise TooManyStalledMsgsError(
                f"{len(self.outstanding)} publishes wait for their acknowledgement"
            ) from None

    def _deliver(self, messages: list[Msg], size: int) -> None:
        outstanding, read = self.outstanding, self._acknowledgements.read
        for message in messages:
            reply = message.subject
            publish = outstanding.get(reply)
            if publish is None:
                continue
            try:
                ack = read(message)
            except (APIError, ValueError, KeyError) as error:
                self._refused(reply, message, error)
                continue
            del outstanding[reply]
            if not (future := publish[0]).done():
                future.set_result(ack)
        if self._repeated:
            self._repeated = {
                reply: times for reply, times in self._repeated.items() if reply in outstanding
            }
        self._wake()

    def _refused(self, reply: str, message: Msg, error: Exception) -> None:
        if message._head is None or message.status != 503:
            self._fail(reply, error)
            return
        # No stream has the subject, just now.
        times = self._repeated[reply] = self._repeated.get(reply, 0) + 1
        if times == ATTEMPTS:
            self._fail(reply, NoStreamResponseError())
        else:
            self._loop.call_later(PAUSE_BEFORE_REPEAT, self._send_again, reply)

    def _send_again(self, reply: str) -> None:
        publish = self.outstanding.get(reply)
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
        for reply, (_, deadline, *_) in self.outstanding.items():
            if deadline > now:
                self._timer = self._loop.call_at(deadline, self._expire)
                break
            late.append(reply)
        for reply in late:
            self._fail(reply, TimeoutError())

    def _fail(self, reply: str, error: Exception) -> None:
        publish = self.outstanding.pop(reply, None)
        if publish is not None and not publish[0].done():
            publish[0].set_exception(error)
        self._wake()

    def _end(self, error: Error | None = None) -> None:
        super()._end(error)
        if self._timer is not None:
            self._timer.cancel()
        for token in list(self.outstanding):
            self._fail(token, error or ConnectionClosedError())
