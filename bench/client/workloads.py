"""What a client is made to do. The same lines run against either module.

Only the synchronous hook has no counterpart in nats-py, whose callback runs in its place.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from operator import attrgetter
from time import perf_counter
from typing import Protocol

from bench.client.api import Client, Handler, Hook, Message, Subscription, has_hook
from bench.client.cases import Case
from bench.client.channel import Feed
from bench.client.load import REQUEST_ID, block_messages, payload, request_headers, subject

LATENCIES_KEPT = 4000

Read = Callable[[Message], object]
"""What is looked at in each message."""


class Workload(Protocol):
    """Something to do `count` times."""

    unit: int
    """`count` is a multiple of this."""

    latencies: deque[float]
    """Seconds that the last operations took, so many that they hardly count as memory in use;
    empty where only the rate counts."""

    async def prepare(self) -> None:
        """Subscribe, and wait for the peer process."""

    async def run(self, count: int) -> None:
        """Do it; every one of `count` operations is complete on return."""


def workload(client: Client, case: Case, feed: Feed | None) -> Workload:
    """The workload of `case`; `feed` is None for a case that needs no other process."""
    if case.kind == "publish":
        return Publish(client, case)
    assert feed is not None
    if case.group == "request":
        return Request(client, case, feed)
    if case.kind == "async-for":
        return Iterate(client, case, feed)
    if case.kind == "next-msg":
        return NextMessage(client, case, feed)
    return Callbacks(client, case, feed)


class Publish:
    """Publish to nobody, until the server has processed the last message."""

    def __init__(self, client: Client, case: Case) -> None:
        rng = random.Random(3)
        self.unit = 1000
        self.latencies: deque[float] = deque(maxlen=LATENCIES_KEPT)
        self._client = client
        self._subject = subject(case)
        self._payload = payload(case.size, rng)
        self._headers = [request_headers(rng) if case.headers else None for _ in range(self.unit)]

    async def prepare(self) -> None:
        """Nothing: no one subscribes."""

    async def run(self, count: int) -> None:
        publish, subject, payload = self._client.publish, self._subject, self._payload
        for _ in range(count // self.unit):
            for headers in self._headers:
                await publish(subject, payload, headers=headers)
        # nats-py's PING overtakes what is still queued: flush until nothing is, and once more.
        while self._client.pending_data_size:
            await self._client.flush()
        await self._client.flush()


class Receive:
    """Receive what the feeder publishes, counting every message and reporting every block."""

    def __init__(self, client: Client, case: Case, feed: Feed) -> None:
        self.unit = block_messages(case)
        self.latencies: deque[float] = deque(maxlen=LATENCIES_KEPT)
        self._client = client
        self._feed = feed
        self._subject = subject(case)
        self._read = _reader(case)

    async def run(self, count: int) -> None:
        self._feed.start(count // self.unit)
        await self._receive()

    async def _receive(self) -> None:
        await self._feed.finished.wait()

    async def _ready(self) -> None:
        await self._client.flush()
        self._feed.wait_ready()


class Callbacks(Receive):
    """By coroutine callback, or by synchronous hook where the case says so and there is one."""

    def __init__(self, client: Client, case: Case, feed: Feed) -> None:
        super().__init__(client, case, feed)
        self._by_hook = case.kind == "hook" and has_hook(client)

    async def prepare(self) -> None:
        if self._by_hook:
            await self._client.subscribe(self._subject, hook=_hook(self._feed, self._read))
        else:
            await self._client.subscribe(self._subject, cb=_callback(self._feed, self._read))
        await self._ready()


class Iterate(Receive):
    """By `async for`."""

    _subscription: Subscription

    async def prepare(self) -> None:
        self._subscription = await self._client.subscribe(self._subject)
        await self._ready()

    async def _receive(self) -> None:
        feed, read, left = self._feed, self._read, self.unit
        async for message in self._subscription.messages:
            if read is not None:
                read(message)
            left -= 1
            if not left:
                left = feed.block_done()
                if feed.finished.is_set():
                    break


class NextMessage(Iterate):
    """By `next_msg`, with a timeout, as it is called."""

    async def _receive(self) -> None:
        feed, read, left = self._feed, self._read, self.unit
        next_msg = self._subscription.next_msg
        while not feed.finished.is_set():
            message = await next_msg(timeout=10)
            if read is not None:
                read(message)
            left -= 1
            if not left:
                left = feed.block_done()


class Request:
    """Ask a responder, with `case.concurrency` requests on their way at the same time."""

    def __init__(self, client: Client, case: Case, feed: Feed) -> None:
        self.unit = case.concurrency
        self.latencies: deque[float] = deque(maxlen=LATENCIES_KEPT)
        self._client = client
        self._feed = feed
        self._subject = subject(case)
        self._payload = payload(case.size, random.Random(3))

    async def prepare(self) -> None:
        self._feed.wait_ready()

    async def run(self, count: int) -> None:
        self.latencies.clear()
        each = count // self.unit
        await asyncio.gather(*[self._ask(each) for _ in range(self.unit)])

    async def _ask(self, times: int) -> None:
        request, subject, payload = self._client.request, self._subject, self._payload
        for _ in range(times):
            asked = perf_counter()
            await request(subject, payload, timeout=10)
            self.latencies.append(perf_counter() - asked)


def _reader(case: Case) -> Read | None:
    """A plain message is only counted; of others, what a handler would look at is read."""
    if case.headers:
        return _read_header
    return attrgetter("subject", "data") if case.mixed else None


def _read_header(message: Message) -> str:
    assert message.headers is not None
    return message.headers[REQUEST_ID]


def _callback(feed: Feed, read: Read | None) -> Handler:
    left = feed.block_messages

    async def on_message(message: Message) -> None:
        nonlocal left
        if read is not None:
            read(message)
        left -= 1
        if not left:
            left = feed.block_done()

    return on_message


def _hook(feed: Feed, read: Read | None) -> Hook:
    left = feed.block_messages

    def on_message(message: Message) -> None:
        nonlocal left
        if read is not None:
            read(message)
        left -= 1
        if not left:
            left = feed.block_done()

    return on_message
