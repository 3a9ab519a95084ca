"""Ordered consumers: every message of a stream once and in order, whatever happens to the consumer.

The consumer is an ephemeral one that acknowledges nothing. It numbers what it sends without gaps,
so a gap, like a missing heartbeat or a lost connection, means that something was sent and did not
come. Then it is replaced by a new one that starts behind the last message that did come (ADR-17).
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import natstui.client.errors
from natstui.client.errors import ConnectionClosedError
from natstui.client.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from natstui.client.js.errors import Error
from natstui.client.js.position import position
from natstui.client.js.push import PushSubscription, total_size

if TYPE_CHECKING:
    from natstui.client.aio.msg import Msg
    from natstui.client.aio.subscription import MsgCallback
    from natstui.client.js import api
    from natstui.client.js.client import JetStreamContext

HEARTBEAT = 5.0  # seconds
ACK_WAIT = 22 * 3600  # seconds; nothing is acknowledged
INACTIVE_THRESHOLD = 30.0  # seconds, after which an orphan goes away by itself
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0  # seconds between attempts to replace the consumer


def ordered_config(config: ConsumerConfig) -> ConsumerConfig:
    """What makes a consumer an ordered one. Raises Error for what one cannot have."""
    if config.durable_name or config.deliver_subject or config.deliver_group:
        raise Error("an ordered consumer has no durable name, deliver subject or deliver group")
    if config.max_deliver not in (None, -1, 1):
        raise Error("an ordered consumer delivers everything once")
    return config.evolve(
        name=None,
        flow_control=True,
        ack_policy=AckPolicy.NONE,
        max_ack_pending=None,
        max_deliver=1,
        ack_wait=ACK_WAIT,
        num_replicas=1,
        mem_storage=True,
        idle_heartbeat=config.idle_heartbeat or HEARTBEAT,
        inactive_threshold=config.inactive_threshold or INACTIVE_THRESHOLD,
    )


class OrderedSubscription(PushSubscription):
    """Every message once and in order; replaces its consumer when it has to.

    `resets` counts how often that was. What stands in the way of a replacement is reported, and
    tried again for as long as the subscription is there.
    """

    _silent = True

    def __init__(
        self,
        js: JetStreamContext,
        stream: str,
        config: ConsumerConfig,
        cb: MsgCallback | None,
        pending_msgs_limit: int,
        pending_bytes_limit: int,
    ) -> None:
        super().__init__(
            js,
            stream,
            consumer="",
            subject=js._nc.new_inbox(),
            cb=cb,
            pending_msgs_limit=pending_msgs_limit,
            pending_bytes_limit=pending_bytes_limit,
            heartbeat=config.idle_heartbeat,
        )
        self._config = config
        self.resets = 0
        self.info: api.ConsumerInfo | None = None
        self._stream_seq = 0  # of the last message that came in order
        self._consumer_seq = 0
        self._overflowed = False
        self._recovery: asyncio.Task[None] | None = None
        self._reported = ""  # what stood in the way of a replacement

    async def begin(self) -> None:
        """Create the first consumer; `info` is what the server said of it.

        Raises what `add_consumer` does.
        """
        self.info = await self._create()
        if self._config.deliver_policy == DeliverPolicy.NEW and self.info.delivered:
            # Where "new" began: a replacement must not skip what came since.
            self._config = self._config.evolve(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=self.info.delivered.stream_seq + 1,
            )

    # Arrival.

    def _accept(self, messages: list[Msg], size: int) -> None:
        if not messages or not self._consumer:
            return
        seen, dropped = self._consumer_seq, self.dropped
        # Consumer sequences only grow: if the last one is right, so are the others.
        if position(messages[-1].reply).consumer_seq != seen + len(messages):
            messages = self._up_to_gap(messages)
            size = total_size(messages)
        super()._accept(messages, size)
        if self.dropped > dropped:
            # As good as never sent; asked for again when there is room.
            messages = messages[: len(messages) - (self.dropped - dropped)]
            self._overflowed = True
            self._lose_consumer()
        if messages:
            self._stream_seq = position(messages[-1].reply).stream_seq
            self._consumer_seq = seen + len(messages)

    def _up_to_gap(self, messages: list[Msg]) -> list[Msg]:
        for index, message in enumerate(messages, start=1):
            if position(message.reply).consumer_seq != self._consumer_seq + index:
                self._replace_consumer()
                return messages[: index - 1]
        return messages

    def _compare(self, sent: int) -> None:
        if sent > self._consumer_seq:
            self._replace_consumer()

    def _on_silence(self, seconds: float) -> None:
        if not self._recovering:
            self._replace_consumer()

    def _resumed(self) -> None:
        # What was on its way when the connection was lost will not come, be it messages or the
        # answer that a replacement waits for.
        if self._recovery is not None:
            self._recovery.cancel()
            self._recovery = None
        self._replace_consumer()

    def _advance(self) -> bool:
        if (
            self._overflowed
            and self._queued_msgs < self._msgs_limit // 2
            and self._queued_bytes < self._bytes_limit // 2
        ):
            self._overflowed = False
            self._replace_consumer()
        return super()._advance()

    # The consumer and its replacements.

    async def _create(self) -> api.ConsumerInfo:
        # Named here, so that its messages are welcome before the answer to the request comes.
        self._consumer = self._js._nuid.next().decode()
        self._consumer_seq = 0
        self._heard = self._conn._loop.time()
        self._flow.clear()
        config = self._next_config().evolve(name=self._consumer, deliver_subject=self._subject)
        return await self._js._create_consumer(self._stream, config, sub=self)

    def _next_config(self) -> ConsumerConfig:
        """What a consumer that is made now begins with."""
        return self._config if not self._stream_seq else self._config_behind(self._stream_seq)

    def _config_behind(self, stream_seq: int) -> ConsumerConfig:
        return self._config.evolve(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=stream_seq + 1,
            opt_start_time=None,
        )

    def _replace_consumer(self) -> None:
        self._lose_consumer()
        if self._closed or self._overflowed or self._recovering:
            return
        self.resets += 1
        self._recovery = self._conn._own(self._recover(), name=f"nats-ordered-{self._id}")

    @property
    def _recovering(self) -> bool:
        return self._recovery is not None and not self._recovery.done()

    async def _recover(self) -> None:
        pause = FIRST_PAUSE
        self._reported = ""
        while True:
            try:
                self._move()
                await self._create()
            except ConnectionClosedError:
                return
            except Exception as error:  # a publish guard is the user's code and raises anything
                self._lose_consumer()
                self._not_replaced(error)
            if self._consumer or self._overflowed or self._closed:
                return
            await asyncio.sleep(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _not_replaced(self, error: Exception) -> None:
        """An attempt failed, and the next one follows; say so, but not over and over."""
        if str(error) != self._reported:
            self._reported = str(error)
            self._conn._report(error)

    def _move(self) -> None:
        """Listen to another subject, so that nothing of an earlier consumer can come any more."""
        self._conn._write_unsub(self, 0)
        self._conn._forget(self)
        self._subject = self._conn.new_inbox()
        self._conn._register(self)

    def _lose_consumer(self) -> None:
        """Take nothing more of it, and have it deleted, if it is there."""
        lost, self._consumer = self._consumer, ""
        if lost and not self._silent:
            # Nobody waits for an answer: if this gets lost, the server removes it later.
            self._say(f"{self._js._prefix}.CONSUMER.DELETE.{self._stream}.{lost}")

    # The end.

    def _end(self, error: natstui.client.errors.Error | None = None) -> None:
        super()._end(error)
        self._lose_consumer()
        if self._recovery is not None and self._recovery is not asyncio.current_task():
            self._recovery.cancel()
