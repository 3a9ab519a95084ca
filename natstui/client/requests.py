"""Requests: one wildcard subscription for all replies, and a future a request.

Each request publishes with the reply subject `<inbox>.<token>`; a dictionary from reply subject to
future finds who asked. A reply that comes when nobody waits any more is dropped.
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING

from .deadlines import Deadlines
from .protocol.message import Message

if TYPE_CHECKING:
    from .aio.msg import Msg


class ReplyInbox:
    """Hands out reply subjects and brings the replies back."""

    def __init__(self, inbox: str) -> None:
        self.subject = f"{inbox}.*"
        self._loop = asyncio.get_running_loop()
        self._prefix = f"{inbox}."
        self._tokens = count(1)
        self._deadlines = Deadlines(self._loop)
        #: Who waits, by reply subject.
        self.waiting: dict[str, asyncio.Future[Msg]] = {}
        self._asked: dict[str, str] = {}  # the subject of the request, by reply subject

    def expect(self, subject: str, timeout: float | None) -> tuple[str, asyncio.Future[Msg]]:
        """A reply subject for a request to `subject`, and the future of what comes there.

        The future fails with TimeoutError after `timeout` seconds (None: never). Whoever asked
        calls `forget` in any case. Raises BadTimeoutError for NaN.
        """
        reply = f"{self._prefix}{next(self._tokens)}"
        future: asyncio.Future[Msg] = self._loop.create_future()
        if timeout is not None:
            self._deadlines.add(future, timeout)
        self.waiting[reply] = future
        self._asked[reply] = subject
        return reply, future

    def deliver(self, messages: list[Message], size: int) -> None:
        """Take the replies that came."""
        waiting = self.waiting
        for message in messages:
            future = waiting.get(message.subject)
            if future is not None and not future.done():
                future.set_result(message)  # type: ignore[arg-type]  # the client's message type

    def forget(self, reply: str) -> None:
        """Nobody waits for this one any more."""
        del self._asked[reply]
        # Of a request that was not sent, or was given up: its deadline must not fail it later.
        self.waiting.pop(reply).cancel()

    def refused(self, subject: str, error: Exception) -> None:
        """The server does not let us publish to this subject, so nobody will answer from there."""
        for reply, asked in self._asked.items():
            if asked == subject and not self.waiting[reply].done():
                self.waiting[reply].set_exception(error)

    def not_sent(self, reply: str, error: Exception) -> None:
        """The request with this reply subject, if there is one, was dropped."""
        future = self.waiting.get(reply)
        if future is not None and not future.done():
            future.set_exception(error)

    def fail(self, error: Exception) -> None:
        """Nobody will answer any more."""
        self._deadlines.cancel()
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(error)
