"""A call of an endpoint: what is sent, and every answer with how long it took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from natstui.client import errors
from natstui.client.aio.msg import Msg
from natstui.client.micro import ServiceError
from natstui.model.asking import connected
from natstui.model.draft import Draft, DraftError
from natstui.model.durations import parse_duration
from natstui.model.session import Session
from natstui.model.tail import Record
from natstui.model.writing import Writer

MOST_REPLIES = 1_000
LONGEST_TIMEOUT = 600.0


@dataclass(frozen=True, slots=True)
class ServiceReply:
    """An answer, after how many seconds, and what it says went wrong ("" if nothing did)."""

    record: Record
    seconds: float
    error: str


@dataclass(slots=True)
class ServiceCall:
    """A call as it is typed, and what came of it; `version` grows with each answer.

    `is_running` until the last answer that is waited for; `seconds` is how long it all took.
    """

    draft: Draft = field(default_factory=Draft)
    timeout: str = ""
    replies: list[ServiceReply] = field(default_factory=list)
    is_running: bool = False
    seconds: float = 0.0
    version: int = 0

    def check(self) -> float:
        """The timeout in seconds; DraftError if the call cannot be made as it is."""
        self.draft.check()
        try:
            seconds = parse_duration(self.timeout)
        except ValueError as error:
            raise DraftError(f"timeout: {error}") from None
        if not 0 < seconds <= LONGEST_TIMEOUT:
            raise DraftError("timeout: more than nothing, and at most ten minutes")
        return seconds

    async def run(
        self, writer: Writer, *, every: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Make the call: one answer, or `every` one that comes within the timeout.

        A line in the audit file says that it was made. Raises DraftError, PublishRefusedError in
        read-only mode, DeniedError, NoRespondersError, TimeoutError if there was no answer at all,
        and what `Client.publish` raises.
        """
        timeout = self.check()
        self.replies, self.is_running, began = [], True, clock()
        self.version += 1
        subject = self.draft.subject.strip()
        try:
            await writer.write(
                f"call {subject}",
                lambda _: self._gather(writer.session, timeout, every, clock),
            )
        finally:
            self.is_running, self.seconds = False, clock() - began
            self.version += 1

    async def _gather(
        self, session: Session, timeout: float, every: bool, clock: Callable[[], float]
    ) -> None:
        draft, client = self.draft, connected(session)
        began = clock()
        answers = client.request_many(
            draft.subject.strip(),
            draft.payload.encode(),
            headers=draft.header_map() or None,
            timeout=timeout,
            max_messages=MOST_REPLIES if every else 1,
        )
        async with aclosing(answers):
            async for msg in answers:
                self.replies.append(_reply(msg, clock() - began))
                self.version += 1
                await asyncio.sleep(0)  # a flood of answers must not hold up the screen
        if not self.replies:
            raise errors.TimeoutError(f"nats: no answer within {self.timeout.strip()}")


def _reply(msg: Msg, seconds: float) -> ServiceReply:
    raw = msg.raw_headers
    size = len(raw) + len(msg.data)
    record = Record(0, time.time(), msg.subject, msg.reply, raw, msg.data, size)
    error = ServiceError.of(msg)
    said = f"{error.code} {error.description}".strip() if error is not None else ""
    return ServiceReply(record, seconds, said)
