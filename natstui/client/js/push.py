"""Push subscriptions: the consumer sends, this listens.

Between the messages come control messages: heartbeats, which say how far the consumer is, and
flow control requests, which are answered when everything before them was processed, so that the
server sends at the pace of whoever processes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from natstui.client.aio.subscription import (
    DEFAULT_SUB_PENDING_BYTES_LIMIT,
    DEFAULT_SUB_PENDING_MSGS_LIMIT,
    MsgCallback,
    Subscription,
)
from natstui.client.js.api import Header
from natstui.client.js.errors import ConsumerNotActiveError, ConsumerSequenceMismatchError, Error
from natstui.client.js.position import position
from natstui.client.js.status import HEARTBEAT_OR_FLOW_CONTROL, header, is_status, without_statuses
from natstui.client.options import is_coroutine_callable

if TYPE_CHECKING:
    import natstui.client.errors
    from natstui.client.aio.msg import Msg
    from natstui.client.js import api
    from natstui.client.js.client import JetStreamContext

HEARTBEATS_MISSED = 2  # in a row, before the consumer counts as gone


class PushSubscription(Subscription):
    """The messages of a push consumer; made by `JetStreamContext.subscribe`.

    Iterate over `messages`, await `next_msg` or have a callback called, as with any subscription.
    Ending it leaves the consumer as it is: a durable one waits for its next subscriber, an
    ephemeral one is removed by the server.
    """

    def __init__(
        self,
        js: JetStreamContext,
        stream: str,
        consumer: str,
        subject: str,
        queue: str = "",
        cb: MsgCallback | None = None,
        pending_msgs_limit: int = DEFAULT_SUB_PENDING_MSGS_LIMIT,
        pending_bytes_limit: int = DEFAULT_SUB_PENDING_BYTES_LIMIT,
        heartbeat: float | None = None,
    ) -> None:
        super().__init__(
            js._nc,
            subject=subject,
            queue=queue,
            cb=cb,
            pending_msgs_limit=pending_msgs_limit,
            pending_bytes_limit=pending_bytes_limit,
        )
        self._js = js
        self._stream = stream
        self._consumer = consumer
        self._limit = 0
        self._heartbeat = heartbeat
        self._heard = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._last_reply = ""
        self._mismatched = False
        self._kept = 0  # messages that came and were not dropped
        # Flow control requests, each behind so many of these.
        self._flow: deque[tuple[int, str]] = deque()

    async def consumer_info(self) -> api.ConsumerInfo:
        """The consumer's state on the server."""
        return await self._js.consumer_info(self._stream, self._consumer)

    async def unsubscribe(self, limit: int = 0) -> None:
        """End the interest: at once, or after `limit` messages in total.

        What has arrived already can still be taken. Raises ConnectionClosedError,
        ConnectionDrainingError, BadSubscriptionError when it has ended before.
        """
        if limit > self._received:
            self._check_usable()
            # Counted here: the server would count its heartbeats too.
            self._limit = limit
        else:
            await super().unsubscribe()

    # Arrival.

    def _deliver(self, messages: list[Msg], size: int) -> None:
        self._heard = self._conn._loop.time()
        _, statuses = without_statuses(messages)
        if not statuses:
            self._accept(messages, size)
            return
        run: list[Msg] = []
        for message in messages:
            if is_status(message):
                self._accept(run, total_size(run))
                run = []
                self._control(message)
            else:
                run.append(message)
        self._accept(run, total_size(run))

    def _accept(self, messages: list[Msg], size: int) -> None:
        """Take messages of publishers, in order."""
        if not messages or self._closed:
            return
        last = False
        if self._limit and self._received + len(messages) >= self._limit:
            messages = messages[: self._limit - self._received]
            size, last = total_size(messages), True
        self._last_reply = messages[-1].reply
        dropped = self.dropped
        super()._deliver(messages, size)
        self._kept += len(messages) - (self.dropped - dropped)
        if last:
            self._conn._unsubscribe(self, 0)

    def _control(self, message: Msg) -> None:
        if message.status != HEARTBEAT_OR_FLOW_CONTROL:
            return
        if message.reply:
            self._flow.append((self._kept, message.reply))
        else:
            self._on_heartbeat(message)
        self._answer_flow_control()

    def _on_heartbeat(self, message: Msg) -> None:
        if stalled := header(message, Header.CONSUMER_STALLED):
            # The consumer waits for an answer to a flow control request that got lost.
            self._flow.append((self._kept, stalled))
        if (sent := header(message, Header.LAST_CONSUMER)).isdigit():
            self._compare(int(sent))

    def _compare(self, sent: int) -> None:
        """What the consumer has sent so far, with what has come."""
        if not self._last_reply:
            return
        last = position(self._last_reply)
        behind = sent > last.consumer_seq
        if behind and not self._mismatched:
            self._conn._report(
                ConsumerSequenceMismatchError(
                    stream_resume_sequence=last.stream_seq + 1,
                    consumer_sequence=last.consumer_seq,
                    last_consumer_sequence=sent,
                )
            )
        self._mismatched = behind

    # Processing.

    def _advance(self) -> bool:
        # Requests stand between runs, and the run before was processed.
        if self._flow:
            self._answer_flow_control()
        return super()._advance()

    def _answer_flow_control(self) -> None:
        processed = self._kept - self.pending_msgs
        while self._flow and self._flow[0][0] <= processed:
            self._say(self._flow.popleft()[1])

    def _say(self, subject: str) -> None:
        """Publish an empty message; who calls this is in the middle of something else."""
        try:
            self._conn._send(subject, b"")
        except Exception as error:  # a publish guard is the user's code and raises anything
            if not self._conn.is_closed:
                self._conn._report(error)

    # Signs of life.

    def _start(self) -> None:
        super()._start()
        if self._heartbeat:
            self._heard = self._conn._loop.time()
            self._listen(self._heartbeat)

    def _listen(self, heartbeat: float) -> None:
        self._watch = self._conn._loop.call_later(heartbeat, self._check_heartbeat, heartbeat)

    def _check_heartbeat(self, heartbeat: float) -> None:
        now = self._conn._loop.time()
        silence = now - self._heard
        if not self._conn.is_connected:
            self._heard = now
        elif silence > HEARTBEATS_MISSED * heartbeat:
            self._heard = now
            self._on_silence(silence)
        self._listen(heartbeat)

    def _on_silence(self, seconds: float) -> None:
        self._conn._report(
            ConsumerNotActiveError(
                f"consumer {self._consumer!r} of stream {self._stream!r} is silent: "
                f"no message and no heartbeat for {seconds:.1f} s"
            )
        )

    def _end(self, error: natstui.client.errors.Error | None = None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super()._end(error)


def total_size(messages: list[Msg]) -> int:
    """Bytes of headers and payloads."""
    return sum(message.size for message in messages)


def check_callback(cb: MsgCallback | None) -> None:
    """Raises Error for what cannot be awaited."""
    if cb is not None and not is_coroutine_callable(cb):
        raise Error("must use coroutine for subscriptions (async def)")


def acknowledging(cb: MsgCallback) -> MsgCallback:
    """A callback that acknowledges each message when it is done with it.

    Not when it raised: then the message comes again after the ack wait.
    """

    async def process(msg: Msg) -> None:
        await cb(msg)
        if not msg.is_acked:
            await msg.ack()

    return process
