"""Many messages for one stream, stored as they come, and acknowledged in groups.

Fast ingest (ADR-50, server 2.14): what the server has to know is in the reply subject,

    <inbox>.<batch id>.<ack every>.<fail|ok>.<number in the batch>.<operation>.$FI

and what it says arrives there: acknowledgements up to a number, together with how many messages
later the next one comes; gaps and refusals; at the end, one PubAck for all.
"""

from __future__ import annotations

import asyncio
import builtins
import json
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from natstui.client.aio.subscription import Subscription
from natstui.client.errors import TimeoutError
from natstui.client.js.api import PubAck
from natstui.client.js.errors import APIError, BatchAbandonedError, Error, NoStreamResponseError
from natstui.client.js.publish_headers import publish_headers
from natstui.client.js.requester import checked_count, checked_seconds

if TYPE_CHECKING:
    from typing import Self

    from natstui.client.aio.msg import Msg
    from natstui.client.js.publishing import Publishing
    from natstui.client.protocol.headers import HeadersLike

PINGS = 2  # in the time that an acknowledgement may take, in case that it was lost


class Operation(IntEnum):
    START = 0
    ADD = 1
    COMMIT = 2
    COMMIT_WITHOUT_MESSAGE = 3
    PING = 4


class FastBatch(Subscription):
    """Made by `JetStreamContext.fast_batch`.

        async with js.fast_batch() as batch:
            for line in lines:
                await batch.add("raw.lines", line)
        print(batch.ack)

    Each message is stored when it comes; only the acknowledgement is for all. A message that is
    lost or refused ends the batch (BatchAbandonedError says how many were stored before it),
    unless gaps are allowed: then it is in `refused` or `gaps`, and the others are stored.
    One task at a time may add.
    """

    LEVEL = 4

    def __init__(
        self, js: Publishing, ack_every: int, acks_ahead: int, allow_gaps: bool, timeout: float
    ) -> None:
        checked_count("ack_every", ack_every)
        self._ahead = checked_count("acks_ahead", acks_ahead)
        self._inbox = js._nc.new_inbox()
        super().__init__(js._nc, 0, f"{self._inbox}.>")
        self._prefix = f"{self._inbox}.{ack_every}.{'ok' if allow_gaps else 'fail'}"
        self._allow_gaps = allow_gaps
        self._timeout = checked_seconds("timeout", timeout)
        #: Why messages were not stored, by their number in the batch.
        self.refused: dict[int, APIError] = {}
        #: Numbers of messages that did not arrive.
        self.gaps: list[range] = []
        #: How many messages are known to be stored, or lost where gaps are allowed.
        self.acknowledged = 0
        #: The acknowledgement of all.
        self.ack: PubAck | None = None
        self.size = 0
        self._cadence = 1
        self._subject_of_last = ""
        self._committing = False
        self._must_ask = False
        self._failure: Exception | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        try:
            if exc_info[0] is None and self.size and not self._committing:
                await self.commit()
        finally:
            self._leave()

    async def add(
        self,
        subject: str,
        payload: bytes = b"",
        headers: HeadersLike | None = None,
        *,
        msg_ttl: float | str | None = None,
    ) -> int:
        """Send a message; returns its number in the batch, from 1.

        Waits while too many are not acknowledged. Raises what ended the batch:
        BatchAbandonedError, NoStreamResponseError, TimeoutError, another APIError.
        """
        self._check_open()
        while self.size - self.acknowledged >= self._cadence * self._ahead:
            await self._progress()
        self._check_open()
        number = self.size + 1
        reply = self._reply(Operation.ADD if self.size else Operation.START, number)
        own = publish_headers(headers, None, msg_ttl)
        begin = None if self.size else partial(self._conn._open, self)
        self._conn._send(subject, payload, reply, own, begin)
        self.size, self._subject_of_last = number, subject
        if self._conn._outbox.full:
            await self._conn._outbox.relieve()
        return number

    async def commit(self) -> PubAck:
        """End the batch; returns when all of it is stored.

        Raises what `add` does, Error for an empty batch.
        """
        self._check_open()
        if not self.size:
            raise Error("there is nothing in the batch")
        self._committing = True
        end = self._reply(Operation.COMMIT_WITHOUT_MESSAGE, self.size + 1)
        await self._conn.publish(self._subject_of_last, b"", end)
        try:
            while self.ack is None:
                await self._progress()
                self._raise_failure()
        finally:
            self._leave()
        return self.ack

    def _reply(self, operation: Operation, number: int = 0) -> str:
        return f"{self._prefix}.{number or self.size}.{operation.value}.$FI"

    def _check_open(self) -> None:
        self._raise_failure()
        if self._committing:
            raise Error("the batch was committed")

    def _raise_failure(self) -> None:
        if self._failure is not None:
            self._leave()
            raise self._failure

    def _leave(self) -> None:
        if self.size and not self._closed:
            self._conn._unsubscribe(self, 0)

    async def _progress(self) -> None:
        """Wait until the server has said something; ask it to, if it does not."""
        for _ in range(PINGS + 1):
            try:
                async with asyncio.timeout(self._timeout / (PINGS + 1)):
                    await self._arrival()
            except builtins.TimeoutError:
                self._must_ask = True
            if not self._must_ask:
                self._raise_failure()
                if self._closed:
                    self._check_usable()
                return
            self._must_ask = False
            await self._conn.publish(self._subject_of_last, b"", self._reply(Operation.PING))
        self._fail(TimeoutError(f"nats: no acknowledgement within {self._timeout:g} s"))
        self._raise_failure()

    def _resumed(self) -> None:
        # What was on its way is lost, be it messages or acknowledgements.
        self._must_ask = True
        self._wake()

    # What the server says.

    def _deliver(self, messages: list[Msg], size: int) -> None:
        self._received += len(messages)
        for message in messages:
            if message.status is None:
                self._hear(json.loads(message.data))
            elif not self._allow_gaps or self._committing:
                self._fail(self._unheard(message.subject))
        self._wake()

    def _unheard(self, reply: str) -> Error:
        """Why no stream hears what was sent with this reply subject."""
        _, operation, _ = reply.rsplit(".", 2)
        if operation == str(Operation.START.value):
            return NoStreamResponseError()
        # One did before: it has no leader just now, and the next one will not know of the batch.
        lost = sum(map(len, self.gaps)) + len(self.refused)
        stored = max(self.acknowledged - lost, 0)
        return BatchAbandonedError(stored, self.size, None, "the stream has no leader any more")

    def _hear(self, said: dict[str, Any]) -> None:
        match said:
            case {"type": "ack", "seq": number, "msgs": cadence}:
                self.acknowledged = max(self.acknowledged, number)
                self._cadence = max(cadence, 1)
            case {"type": "gap", "last_seq": first, "seq": last}:
                self.gaps.append(range(first, last))
            case {"type": "err", "seq": number, "error": error}:
                self.refused[number] = APIError.from_error(error)
            case {"error": error}:
                self._fail(APIError.from_error(error))
            case {"stream": _, "seq": _}:
                self._finish(PubAck.from_response(said))

    def _finish(self, ack: PubAck) -> None:
        stored = ack.batch_size or 0
        if self._committing and stored == self.size:
            self.acknowledged = stored
            self.ack = ack
        else:
            # It looks the same when the server gives up.
            self._fail(BatchAbandonedError(stored, self.size, ack, self._reason()))

    def _reason(self) -> str:
        if self.refused:
            number, error = next(iter(self.refused.items()))
            return f"message {number} was refused: {error.description}"
        return f"message {self.gaps[0].start} was lost" if self.gaps else "it was given up"

    def _fail(self, failure: Exception) -> None:
        self._failure = self._failure or failure
