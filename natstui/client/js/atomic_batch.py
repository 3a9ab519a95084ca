"""Messages that a stream stores all together, or none of them (ADR-50, server 2.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from natstui.client.js.acknowledgement import acknowledgement
from natstui.client.js.api import Header
from natstui.client.js.errors import Error
from natstui.client.js.publish_headers import publish_headers
from natstui.client.js.requester import checked_seconds
from natstui.client.protocol.headers import Headers

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from natstui.client.aio.msg import Msg
    from natstui.client.js import api
    from natstui.client.js.publishing import Publishing
    from natstui.client.protocol.headers import HeadersLike

# How many messages are sent between two that are acknowledged on their way.
UNACKNOWLEDGED = 100


class _Message(NamedTuple):
    subject: str
    payload: bytes
    headers: Headers


class AtomicBatch:
    """Made by `JetStreamContext.atomic_batch`.

        async with js.atomic_batch() as batch:
            await batch.add("orders.1", b"...")
            await batch.add("orders.2", b"...")
        print(batch.ack)

    Leaving the block commits; leaving it by an exception leaves nothing behind. All subjects are of
    one stream, which must allow it. The server takes 1,000 messages at most, and forgets a batch
    that nothing is added to for 10 seconds. Expectations (`Nats-Expected-Last-Sequence` and so on)
    may be in the headers of the messages, and are looked at when it is committed.
    """

    LEVEL = 2

    def __init__(self, js: Publishing, timeout: float) -> None:
        self._js = js
        self._timeout = checked_seconds("timeout", timeout)
        self.id = js._nuid.next().decode()
        #: What committing was answered with.
        self.ack: api.PubAck | None = None
        self._sent = 0
        # Held back, so that the last one can carry the commit.
        self._held: _Message | None = None
        self._over = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.discard()
        elif not self._over and self.size:
            await self.commit()

    @property
    def size(self) -> int:
        """How many messages were added."""
        return self._sent + (self._held is not None)

    async def add(
        self,
        subject: str,
        payload: bytes = b"",
        headers: HeadersLike | None = None,
        *,
        msg_ttl: float | str | None = None,
    ) -> None:
        """Add a message.

        Raises NoStreamResponseError, TimeoutError or an APIError when the server does not take
        part (any more); what was added before is gone then.
        """
        self._check_open()
        message = _Message(subject, payload, Headers(publish_headers(headers, None, msg_ttl) or {}))
        held, self._held = self._held, message
        if held is not None:
            await self._send(held)

    async def commit(self) -> api.PubAck:
        """Have it stored; returns the sequence of its last message, and how many they are.

        Raises TimeoutError when it is not known whether it was stored; the APIError for which it
        was not: a failed expectation, or an incomplete batch (10176) after too long a pause or
        a new leader. Raises Error for an empty batch.
        """
        self._check_open()
        if self._held is None:
            raise Error("there is nothing in the batch")
        last, self._held = self._held, None
        last.headers[Header.BATCH_COMMIT] = "1"
        self._over = True
        self.ack = acknowledgement(await self._ask(last))
        return self.ack

    def discard(self) -> None:
        """Do not store anything of it."""
        self._over = True
        self._held = None

    def _check_open(self) -> None:
        if self._over:
            raise Error("the batch is over: it was committed or discarded, or has failed")

    async def _send(self, message: _Message) -> None:
        if self._sent % UNACKNOWLEDGED:
            self._number(message)
            await self._js._nc.publish(message.subject, message.payload, headers=message.headers)
            return
        try:
            answer = await self._ask(message)
            if answer.data or answer.status is not None:
                acknowledgement(answer)
                raise Error("the stream has stored the first message at once: it knows no batches")
        except BaseException:
            self.discard()
            raise

    async def _ask(self, message: _Message) -> Msg:
        self._number(message)
        return await self._js._publish(
            message.subject, message.payload, message.headers, self._timeout
        )

    def _number(self, message: _Message) -> None:
        self._sent += 1
        message.headers[Header.BATCH_ID] = self.id
        message.headers[Header.BATCH_SEQUENCE] = str(self._sent)
