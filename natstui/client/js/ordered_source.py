"""What an ordered reader asks: consumers of its own, one after the other.

Each acknowledges nothing and numbers what it sends without gaps. When one is gone, or something
that it sent did not come, the next one starts behind the last message that did (ADR-17).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from natstui.client.js.api import AckPolicy, DeliverPolicy, Header
from natstui.client.js.errors import Error
from natstui.client.js.position import NOWHERE, Position, position
from natstui.client.js.pull_end import PullEnd
from natstui.client.js.pull_source import PullSource, Reader
from natstui.client.js.pulling import is_refusal
from natstui.client.js.status import header

if TYPE_CHECKING:
    from collections.abc import Iterable

    from natstui.client.aio.msg import Msg
    from natstui.client.js import api
    from natstui.client.js.client import JetStreamContext

INACTIVE_THRESHOLD = 60.0  # seconds without a pull, after which the server removes it


class OrderedSource(PullSource):
    """Every message of a stream that the configuration lets through, once and in order.

    `resets` counts the consumers that had to be replaced, or were left.
    """

    fatal = frozenset({PullEnd.REFUSED})
    doubtful = frozenset(PullEnd) - {PullEnd.EXPIRED, PullEnd.TOO_LARGE, PullEnd.UNPINNED}
    changes = True

    def __init__(self, js: JetStreamContext, stream: str, config: api.ConsumerConfig) -> None:
        super().__init__(js, stream, "", ordered_pull_config(config))
        self.ready = False
        self._made = 0
        # Of the last message that came in order; None: there was none, start where it says.
        self.stream_seq: int | None = None
        self.consumer_seq = 0

    @property
    def resets(self) -> int:
        return max(self._made - 1, 0)

    def occupy(self, reader: Reader) -> None:
        if self.reader is not None and not self.reader.give_way():
            raise Error("an ordered consumer has one reader at a time")
        self.reader = reader

    def vacate(self, reader: Reader) -> None:
        if self.reader is reader:
            self.reader = None

    def accept(self, messages: list[Msg]) -> list[Msg]:
        if not self.ready:
            return []
        last = position(messages[-1].reply)
        # Consumer sequences only grow: if the last one is right, so are the others.
        if last.consumer_seq != self.consumer_seq + len(messages):
            messages, last = self._up_to_gap(messages)
        if messages:
            self.stream_seq = last.stream_seq
            self.consumer_seq = last.consumer_seq
        return messages

    def _up_to_gap(self, messages: list[Msg]) -> tuple[list[Msg], Position]:
        last = NOWHERE
        for index, message in enumerate(messages):
            here = position(message.reply)
            if here.consumer_seq != self.consumer_seq + index + 1:
                self.ready = False
                return messages[:index], last
            last = here
        return messages, last

    def hear(self, heartbeat: Msg) -> None:
        sent = header(heartbeat, Header.LAST_CONSUMER)
        if sent.isdigit() and int(sent) > self.consumer_seq:
            self.ready = False

    async def restore(self, attempt: int) -> None:
        self.leave()
        self.consumer = self.js._nuid.next().decode()
        self.consumer_seq = 0
        try:
            info = await self.js.add_consumer(self.stream, self._next_config())
        except asyncio.CancelledError:
            # It may be there in a moment.
            self.leave()
            raise
        except Exception as error:  # a publish guard is the user's code and raises anything
            if is_refusal(error):
                self.consumer = ""  # it was not asked for
            raise
        if self.stream_seq is None and info.config.deliver_policy == DeliverPolicy.NEW:
            # Where "new" began: a replacement must not skip what came since.
            self.stream_seq = info.delivered.stream_seq if info.delivered else None
        self._made += 1
        self.ready = True

    def _next_config(self) -> api.ConsumerConfig:
        assert self.config is not None
        config = self.config.evolve(name=self.consumer)
        if self.stream_seq is None:
            return config
        return config.evolve(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self.stream_seq + 1,
            opt_start_time=None,
        )

    def give_back(self, messages: Iterable[Msg]) -> None:
        for message in messages:
            self.stream_seq = position(message.reply).stream_seq - 1
            self.leave()
            return

    def leave(self) -> None:
        lost, self.consumer = self.consumer, ""
        self.ready = False
        if lost:
            # Nobody waits for an answer: if this gets lost, the server removes it later.
            self._say(f"{self.js._prefix}.CONSUMER.DELETE.{self.stream}.{lost}")


def ordered_pull_config(config: api.ConsumerConfig) -> api.ConsumerConfig:
    """What makes a consumer an ordered one. Raises Error for what one cannot have."""
    if config.name or config.durable_name or config.deliver_subject or config.priority_groups:
        raise Error("an ordered consumer has no name, deliver subject or priority groups")
    return config.evolve(
        ack_policy=AckPolicy.NONE,
        max_ack_pending=None,
        max_deliver=1,
        num_replicas=1,
        mem_storage=True,
        inactive_threshold=config.inactive_threshold or INACTIVE_THRESHOLD,
    )
