"""Requests: one wildcard subscription for all replies, and a future a request.

Each request publishes with the reply subject `<inbox>.<token>`; a dictionary from token to future
finds who asked. The deadline is one timer of the loop; no task is made. A reply that comes when
nobody waits any more is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

from .errors import TimeoutError
from .protocol.message import Message

if TYPE_CHECKING:
    from .aio.msg import Msg


class ReplyInbox:
    """Hands out reply subjects and brings the replies back."""

    def __init__(self, inbox: str) -> None:
        self.subject = f"{inbox}.*"
        self._prefix = f"{inbox}."
        self._tokens = count(1)
        self._waiting: dict[str, asyncio.Future[Msg]] = {}

    async def ask(self, send: Callable[[str], None], timeout: float | None) -> Msg:
        """Call `send` with a fresh reply subject; the first message that comes there.

        Raises TimeoutError after `timeout` seconds (None: wait for as long as there is a
        connection), and what `send` raises.
        """
        loop = asyncio.get_running_loop()
        reply = f"{self._prefix}{next(self._tokens)}"
        future: asyncio.Future[Msg] = loop.create_future()
        self._waiting[reply] = future
        timer = loop.call_later(timeout, _expire, future) if timeout is not None else None
        try:
            send(reply)
            return await future
        finally:
            del self._waiting[reply]
            if timer is not None:
                timer.cancel()

    def deliver(self, messages: list[Message], size: int) -> None:
        """Take the replies that came."""
        for message in messages:
            future = self._waiting.get(message.subject)
            if future is not None and not future.done():
                future.set_result(message)  # type: ignore[arg-type]  # the client's message type

    def fail(self, error: Exception) -> None:
        """Nobody will answer any more."""
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(error)


def _expire(future: asyncio.Future[Msg]) -> None:
    if not future.done():
        future.set_exception(TimeoutError())
