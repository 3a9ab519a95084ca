"""Publishers that have more to say than the server takes: they wait, and starve nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest

import natstui.client as nats
from natstui.client.errors import ConnectionClosedError, FlushTimeoutError, OutboundBufferLimitError
from tests.client.sniffer import sniffing
from tests.support.server import NatsServer
from tests.support.waiting import eventually

PENDING_SIZE = 100_000
# What is put together before it is written, see outbox.FULL_SIZE.
SLACK = 1_100_000

KINDS: list[dict[str, Any]] = [
    {},
    {"headers": {"A": "b"}},
    {"reply": "r"},
]


def no_objection(subject: str) -> None:
    """A guard that allows everything."""


def numbered(number: int, size: int) -> bytes:
    return b"%d " % number + b"x" * size


class Publisher:
    """Publishes numbered payloads for ever, and awaits nothing but `publish`."""

    def __init__(self, nc: nats.Client, size: int, **how: Any) -> None:
        self.published = 0  # those whose publish has returned
        self._nc = nc
        self._size = size
        self._how = how
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        for number in count():
            await self._nc.publish("flood", numbered(number, self._size), **self._how)
            self.published = number + 1

    async def stuck(self) -> int:
        """Wait until it waits; the number of publishes that have returned by then."""
        await eventually(lambda: self._nc.pending_data_size >= PENDING_SIZE, "the outbox is full")
        before = None
        while before != self.published:
            before = self.published
            for _ in range(50):
                await asyncio.sleep(0)
        return self.published

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


@asynccontextmanager
async def flooding(nc: nats.Client, size: int, **how: Any) -> AsyncIterator[Publisher]:
    publisher = Publisher(nc, size, **how)
    try:
        yield publisher
    finally:
        await publisher.stop()


# Back-pressure


@pytest.mark.parametrize("size", [100, 1000, 60_000, 200_000])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_publisher_waits_for_a_server_that_reads_nothing_and_loses_nothing(
    server: NatsServer, size: int, kind: dict[str, Any]
) -> None:
    async with (
        sniffing(server) as sniffer,
        await nats.connect(server.url, pending_size=PENDING_SIZE) as nc,
    ):
        server.pause()
        async with flooding(nc, size, **kind) as publisher:
            returned = await publisher.stuck()
            assert nc.pending_data_size <= PENDING_SIZE + SLACK
            server.resume()
            await eventually(lambda: publisher.published > returned, "it goes on")
        await nc.flush()
        numbers = [int(payload.split()[0]) for payload in await sniffer.payloads(nc)]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= publisher.published
        assert nc.stats["out_msgs"] == len(numbers)


async def test_many_publishers_wait_together(server: NatsServer) -> None:
    async with (
        sniffing(server) as sniffer,
        await nats.connect(server.url, pending_size=PENDING_SIZE) as nc,
    ):
        server.pause()
        async with flooding(nc, 10_000) as first:
            await first.stuck()
            waiting = [
                asyncio.create_task(nc.publish(f"other.{number}", b"x" * 1000))
                for number in range(50)
            ]
            for _ in range(50):
                await asyncio.sleep(0)
            assert not any(task.done() for task in waiting)
            server.resume()
            await asyncio.gather(*waiting)
        others = [msg for msg in await sniffer.heard(nc) if msg.subject.startswith("other.")]
        assert len(others) == 50


async def test_a_publisher_that_gives_up_waiting_does_not_take_its_message_back(
    server: NatsServer,
) -> None:
    async with (
        sniffing(server) as sniffer,
        await nats.connect(server.url, pending_size=PENDING_SIZE) as nc,
    ):
        server.pause()
        async with flooding(nc, 10_000) as publisher:
            returned = await publisher.stuck()
        server.resume()
        numbers = [int(payload.split()[0]) for payload in await sniffer.payloads(nc)]
        assert numbers == list(range(returned + 1))


async def test_what_was_published_to_a_server_that_reads_nothing_goes_to_the_next(
    server: NatsServer,
) -> None:
    async with await nats.connect(
        server.url, pending_size=PENDING_SIZE, flush_timeout=0.05, reconnect_time_wait=0.01
    ) as nc:
        sub = await nc.subscribe("late")
        server.pause()
        async with flooding(nc, 10_000) as publisher:
            await publisher.stuck()
        for number in range(3):
            await nc.publish("late", b"%d" % number)
        server.kill()
        server.start()
        assert [(await sub.next_msg(20)).data for _ in range(3)] == [b"0", b"1", b"2"]


async def test_a_wait_that_lasts_too_long_is_reported_and_the_message_kept(
    server: NatsServer,
) -> None:
    errors: list[Exception] = []

    async def keep(error: Exception) -> None:
        errors.append(error)

    async with (
        sniffing(server) as sniffer,
        await nats.connect(
            server.url, pending_size=PENDING_SIZE, flush_timeout=0.05, error_cb=keep
        ) as nc,
    ):
        server.pause()
        async with flooding(nc, 10_000):
            await eventually(lambda: errors, "the wait is reported")
        server.resume()
        assert {type(error) for error in errors} == {FlushTimeoutError}
        numbers = [int(payload.split()[0]) for payload in await sniffer.payloads(nc)]
        assert numbers == list(range(nc.stats["out_msgs"]))


async def test_a_publisher_that_waits_hears_that_the_client_is_closed(server: NatsServer) -> None:
    nc = await nats.connect(server.url, pending_size=PENDING_SIZE)
    server.pause()
    publisher = Publisher(nc, 10_000)
    await publisher.stuck()
    await nc.close()
    await asyncio.wait([publisher.task])
    assert isinstance(publisher.task.exception(), ConnectionClosedError)


async def test_publishers_do_not_wait_for_a_connection_that_is_lost(server: NatsServer) -> None:
    async with await nats.connect(
        server.url, pending_size=PENDING_SIZE, reconnect_time_wait=0.01
    ) as nc:
        sub = await nc.subscribe("flood")
        server.pause()
        publisher = Publisher(nc, 1000)
        returned = await publisher.stuck()
        server.kill()
        await asyncio.wait([publisher.task])
        assert isinstance(publisher.task.exception(), OutboundBufferLimitError)
        assert publisher.published > returned
        server.start()
        await nc.flush()
        kept = [int((await sub.next_msg(20)).data.split()[0]) for _ in range(sub.pending_msgs)]
        assert kept == list(range(kept[0], publisher.published))


async def test_a_connection_that_ends_is_left_with_what_it_did_not_take(
    server: NatsServer,
) -> None:
    async with await nats.connect(server.url, reconnect_time_wait=0.01) as nc:
        sub = await nc.subscribe("last")
        server.pause()
        while nc.pending_data_size < 1_500_000:
            await nc.publish("flood", b"x" * 50_000)
            await asyncio.sleep(0)
        connection = nc._connection
        assert connection is not None
        assert connection.transport is not None
        # What asyncio does at the end of the stream, as when half of a network is gone.
        connection.eof_received()
        connection.transport.close()
        await eventually(lambda: nc.is_reconnecting, "the client looks for another")
        await nc.publish("last", b"words")
        server.resume()
        assert (await sub.next_msg(timeout=20)).data == b"words"


async def test_what_was_published_before_close_is_written_by_it(server: NatsServer) -> None:
    async with await nats.connect(server.url) as other:
        sub = await other.subscribe("a")
        await other.flush()
        nc = await nats.connect(server.url)
        server.pause()
        published = 0
        while nc.pending_data_size == 0:
            await nc.publish("a", numbered(published, 50_000))
            await asyncio.sleep(0)
            published += 1
        closing = asyncio.create_task(nc.close())
        await asyncio.sleep(0)
        server.resume()
        await closing
        numbers = [int((await sub.next_msg(20)).data.split()[0]) for _ in range(published)]
        assert numbers == list(range(published))


# Others go on


@pytest.mark.parametrize("size", [100, 5000, 100_000])
@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize("guard", [None, no_objection])
async def test_a_publisher_that_never_pauses_starves_nobody(
    server: NatsServer,
    size: int,
    kind: dict[str, Any],
    guard: Callable[[str], None] | None,
) -> None:
    loop = asyncio.get_running_loop()
    async with await nats.connect(server.url, publish_guard=guard) as nc:
        sub = await nc.subscribe("echo")
        async with flooding(nc, size, **kind) as publisher:
            for number in range(5):
                fired = loop.create_future()
                loop.call_later(0.001, fired.set_result, None)
                await fired
                await nc.publish("echo", b"%d" % number)
                assert (await sub.next_msg(timeout=20)).data == b"%d" % number
                await nc.flush()
            assert publisher.published > 0
        assert nc.stats["reconnects"] == 0
