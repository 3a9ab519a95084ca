"""Programs that read a stream until they have seen all of it, in every way there is."""

from __future__ import annotations

from bench.faults.insisting import insist
from bench.faults.ledger import Ledger, Sequence, name_of
from natstui.client.aio.msg import Msg
from natstui.client.errors import Error, TimeoutError
from natstui.client.js.client import JetStreamContext
from natstui.client.js.fetch import GRACE
from natstui.client.js.ordered import OrderedSubscription
from natstui.client.js.stream import Stream

EXPIRES = 3.0  # seconds for a fetch
HEARTBEAT = 0.5  # seconds
PATIENCE = 60.0  # seconds in which the next message must come


class AtLeastOnce:
    """The messages that a consumer delivered; again, if an acknowledgement was lost."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: set[bytes] = set()

    @property
    def complete(self) -> bool:
        return len(self._seen) == self._ledger.total

    async def take(self, message: Msg) -> None:
        name = name_of(message.data)
        if name in self._seen:
            self._ledger.redelivered += 1
        self._seen.add(name)
        await message.ack()


async def fetch(js: JetStreamContext, ledger: Ledger, stream: str, consumer: str) -> None:
    """`Consumer.fetch`."""
    reader = await insist(js.consumer, stream, consumer)
    got = AtLeastOnce(ledger)
    while not got.complete:
        try:
            with ledger.deadline("fetch", EXPIRES + GRACE):
                messages = await reader.fetch(ledger.ahead, expires=EXPIRES, heartbeat=HEARTBEAT)
        except TimeoutError:
            continue
        for message in messages:
            await got.take(message)


async def messages(js: JetStreamContext, ledger: Ledger, stream: str, consumer: str) -> None:
    """`Consumer.messages`."""
    got = AtLeastOnce(ledger)
    reader = await insist(js.consumer, stream, consumer)
    async with reader.messages(max_messages=ledger.ahead, heartbeat=HEARTBEAT) as iteration:
        while not got.complete:
            await got.take(await iteration.next_msg(PATIENCE))


async def pull_subscribe(js: JetStreamContext, ledger: Ledger, stream: str, consumer: str) -> None:
    """`PullSubscription.fetch`."""
    got = AtLeastOnce(ledger)
    reader = await insist(js.pull_subscribe_bind, consumer, stream)
    while not got.complete:
        try:
            with ledger.deadline("PullSubscription.fetch", EXPIRES):
                batch = await reader.fetch(ledger.ahead, EXPIRES)
        except Error:
            ledger.retries += 1
            continue
        for message in batch:
            await got.take(message)
    await reader.unsubscribe()


async def ordered_messages(js: JetStreamContext, ledger: Ledger, stream: str) -> Sequence:
    """`OrderedConsumer.messages`."""
    got = Sequence("ordered messages")
    reader = js.ordered_consumer(stream)
    async with reader.messages(max_messages=ledger.ahead, heartbeat=HEARTBEAT) as iteration:
        while len(got.seen) < ledger.total:
            add(got, await iteration.next_msg(PATIENCE))
    ledger.resets += reader.resets
    return got


async def ordered_fetch(js: JetStreamContext, ledger: Ledger, stream: str) -> Sequence:
    """`OrderedConsumer.fetch`."""
    got = Sequence("ordered fetch")
    reader = js.ordered_consumer(stream)
    while len(got.seen) < ledger.total:
        try:
            with ledger.deadline("ordered fetch", EXPIRES + GRACE):
                batch = await reader.fetch(ledger.ahead, expires=EXPIRES, heartbeat=HEARTBEAT)
        except TimeoutError:
            continue
        for message in batch:
            add(got, message)
    ledger.resets += reader.resets
    return got


async def ordered_push(js: JetStreamContext, ledger: Ledger, stream: str) -> Sequence:
    """`subscribe(ordered_consumer=True)`."""
    got = Sequence("ordered subscription")
    reader = await insist(
        js.subscribe, ">", stream=stream, ordered_consumer=True, idle_heartbeat=HEARTBEAT
    )
    assert isinstance(reader, OrderedSubscription)
    while len(got.seen) < ledger.total:
        add(got, await reader.next_msg(PATIENCE))
    ledger.resets += reader.resets
    await reader.unsubscribe()
    return got


async def pages(js: JetStreamContext, ledger: Ledger, stream: str) -> Sequence:
    """`Stream.get_page`, again and again from where it has got to."""
    got = Sequence("pages")
    while len(got.seen) < ledger.total:
        start = got.seen[-1][0] + 1 if got.seen else 1
        try:
            with ledger.deadline("get_page", js._timeout):
                page = await Stream(js, stream).get_page(start, batch=ledger.ahead)
        except Error:
            ledger.retries += 1
            continue
        for message in page.messages:
            got.add(message.seq or 0, name_of(message.data))
    return got


def add(got: Sequence, message: Msg) -> None:
    got.add(message.metadata.sequence.stream, name_of(message.data))
