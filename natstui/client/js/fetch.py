"""A batch of messages from a pull consumer: so many, or those that come in time (ADR-37)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from natstui.client.errors import ConnectionClosedError, Error, TimeoutError
from natstui.client.js import errors as js_errors
from natstui.client.js.messages import ANY_NUMBER
from natstui.client.js.pull_end import PullEnd
from natstui.client.js.pulling import Pulling, Want, served_size
from natstui.client.js.requester import checked_count, checked_lifetime
from natstui.client.js.share import Share
from natstui.client.js.status import status_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator
    from typing import Any

    from natstui.client.aio.msg import Msg
    from natstui.client.js.pull_source import PullSource

# How much longer than the server we wait: what it sent in time is on its way.
GRACE = 1.0  # seconds


class Fetch(Pulling):
    """Up to so many messages, once. Await it for a list, or iterate to have each as it comes.

    Made by `fetch` and `fetch_no_wait` of a consumer; nothing is asked for before it is awaited or
    iterated over. A list may be shorter than what was asked for, or empty: that was all there was
    in time. What was fetched and not taken (the iteration was left, the task cancelled), the
    consumer may deliver again at once.

    Raises TimeoutError when nobody answered in time, ConsumerDeletedError or NotFoundError when
    the consumer is gone, other APIErrors for what it refuses; with the next fetch, if messages
    came before.
    """

    def __init__(
        self,
        source: PullSource,
        max_messages: int | None,
        max_bytes: int | None,
        expires: float,
        heartbeat: float | None,
        share: Share,
        no_wait: bool = False,
    ) -> None:
        if max_messages is None and max_bytes is None:
            raise ValueError("nats: fetch takes max_messages or max_bytes")
        if max_messages is not None:
            checked_count("max_messages", max_messages)
        if max_bytes is not None:
            checked_count("max_bytes", max_bytes)
        if not no_wait:
            checked_lifetime("expires", expires)
        super().__init__(source, expires, heartbeat, share)
        self._left = max_messages or ANY_NUMBER
        self._left_bytes = max_bytes
        self._no_wait = no_wait
        self._answered = False
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __await__(self) -> Generator[Any, None, list[Msg]]:
        return self._list().__await__()

    async def _list(self) -> list[Msg]:
        got: list[Msg] = []
        try:
            async for message in self:
                got.append(message)
        except Error:
            if not got:
                raise
        except BaseException:
            self._source.give_back(got)
            raise
        return got

    @property
    def messages(self) -> AsyncIterator[Msg]:
        """The messages as they come; the iteration ends with the last one."""
        return self._iterate()

    async def _iterate(self) -> AsyncIterator[Msg]:
        self._begin()
        try:
            async for message in super().messages:
                yield message
            if not self._answered:
                if self._conn.is_closed:
                    raise ConnectionClosedError()
                raise TimeoutError(
                    f"nats: consumer {self._source.consumer!r} did not answer within "
                    f"{self._expires:g} s"
                )
        finally:
            self._quit()

    def give_way(self) -> bool:
        """End it, unless somebody waits for the next message.

        The iteration was left then, and Python has not got round to closing it.
        """
        if self._waiters:
            return False
        self._quit()
        return True

    def _begin(self) -> None:
        if self._deadline:
            raise js_errors.Error("a fetch is good for one time")
        self._open()
        self._deadline = self._conn._loop.time() + self._expires
        self._timer = self._conn._loop.call_at(self._deadline, self._on_deadline)
        self._ask()

    def _wanted(self) -> Want | None:
        time_left = self._deadline - self._conn._loop.time()
        if self._asked_msgs or time_left <= 0:
            return None
        return Want(self._left, self._left_bytes or 0, time_left, self._no_wait)

    def _keep(self, messages: list[Msg]) -> None:
        self._answered = True
        if len(messages) > self._left:
            # A pull that counted as lost was not.
            self._source.give_back(messages[self._left :])
            messages = messages[: self._left]
        self._left -= len(messages)
        if self._left_bytes is not None:
            self._left_bytes = max(self._left_bytes - sum(map(served_size, messages)), 0)
        super()._keep(messages)
        if not self._left or self._left_bytes == 0:
            self._finish()

    def _pull_ended(self, end: PullEnd, status: Msg, served: bool) -> bool:
        if end is PullEnd.EXPIRED or (end is PullEnd.TOO_LARGE and self._answered):
            self._answered = True
            self._finish()
        elif end in (PullEnd.TOO_LARGE, PullEnd.LIMITED):
            self._fail(status_error(status))
        else:
            return False
        return True

    def _on_deadline(self) -> None:
        if self._asked_msgs and self._conn.is_connected:
            self._timer = self._conn._loop.call_later(GRACE, self._finish)
        else:
            self._finish()

    def _finish(self) -> None:
        """Nothing more comes; what came can be taken."""
        if not self._closed:
            self._conn._unsubscribe(self, 0)

    def _end(self, error: Error | None = None) -> None:
        super()._end(error)
        if self._timer is not None:
            self._timer.cancel()
