"""A client that tells of each question and its answer, for those who look for a fault."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Protocol

from .aio.client import Client
from .aio.msg import Msg
from .protocol.headers import HeadersLike
from .requests import ReplyInbox

if TYPE_CHECKING:
    from .protocol.message import Message

__all__ = ["Tracer", "TracingClient"]


class Tracer(Protocol):
    """Who is told, in order and from within the loop; it must not raise and should be quick."""

    def asked(self, number: int, subject: str, payload: bytes) -> None:
        """A message that wants an answer was accepted for sending."""

    def answered(self, number: int, answer: Msg, seconds: float) -> None:
        """It came, so many seconds later."""

    def unanswered(self, number: int, seconds: float) -> None:
        """Nobody waits for it any more: it took too long, or was refused or given up."""


class TracingClient(Client):
    """Of a `request`, question and answer are told; of whatever else has a reply subject, such as a
    pull or `request_many`, only the question."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self._tracer = tracer
        self._question_numbers = count(1)

    def _send(
        self,
        subject: str,
        payload: bytes,
        reply: str = "",
        headers: HeadersLike | None = None,
        open_first: Callable[[], None] | None = None,
    ) -> None:
        super()._send(subject, payload, reply, headers, open_first)
        if reply:
            inbox = self._replies
            number = inbox.number(reply) if isinstance(inbox, _TracingInbox) else None
            self._tracer.asked(number or next(self._question_numbers), subject, bytes(payload))

    def _remember_prefix(self, subject: str) -> None:
        """Then requests would go out by a shorter way."""

    def _new_replies(self) -> ReplyInbox:
        self._live()
        return _TracingInbox(self.new_inbox(), self._tracer, self._question_numbers)


class _TracingInbox(ReplyInbox):
    def __init__(self, inbox: str, tracer: Tracer, numbers: count[int]) -> None:
        super().__init__(inbox)
        self._tracer = tracer
        self._numbers = numbers
        self._open: dict[str, tuple[int, float]] = {}

    def number(self, reply: str) -> int | None:
        """Of the question with this reply subject."""
        return self._open[reply][0] if reply in self._open else None

    def expect(self, subject: str, timeout: float | None) -> tuple[str, asyncio.Future[Msg]]:
        reply, future = super().expect(subject, timeout)
        self._open[reply] = (next(self._numbers), self._loop.time())
        return reply, future

    def deliver(self, messages: list[Message], size: int) -> None:
        for message in messages:
            if (question := self._open.pop(message.subject, None)) is not None:
                number, begin = question
                assert isinstance(message, Msg)
                self._tracer.answered(number, message, self._loop.time() - begin)
        super().deliver(messages, size)

    def forget(self, reply: str) -> None:
        super().forget(reply)
        if (question := self._open.pop(reply, None)) is not None:
            number, begin = question
            self._tracer.unanswered(number, self._loop.time() - begin)
