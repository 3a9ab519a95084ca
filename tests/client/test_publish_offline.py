"""Publishing before, after, between and at the end of connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

import natstui.client as nats
from natstui.client.errors import (
    ConnectionClosedError,
    ConnectionDrainingError,
    OutboundBufferLimitError,
)
from tests.client.sniffer import Sniffer, sniffing
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def nc(server: NatsServer) -> AsyncIterator[nats.Client]:
    async with await nats.connect(server.url) as nc:
        yield nc


@pytest.fixture
async def sniffer(server: NatsServer) -> AsyncIterator[Sniffer]:
    async with sniffing(server) as sniffer:
        yield sniffer


# When there is no way to send


async def test_a_client_that_was_never_connected_publishes_nothing() -> None:
    nc = nats.Client()
    with pytest.raises(ConnectionClosedError):
        await nc.publish("a")
    with pytest.raises(ConnectionClosedError):
        await nc.request("a")


async def test_a_closed_client_publishes_nothing(server: NatsServer) -> None:
    nc = await nats.connect(server.url)
    await nc.publish("a")
    await nc.publish("a")
    await nc.close()
    for attempt in (nc.publish("a"), nc.request("a"), nc.publish("a", headers={"A": "b"})):
        with pytest.raises(ConnectionClosedError):
            await attempt


async def test_a_client_that_is_being_closed_publishes_nothing_more(server: NatsServer) -> None:
    nc = await nats.connect(server.url)
    await nc.publish("a")
    await nc.flush()
    closing = asyncio.create_task(nc.close())
    await asyncio.sleep(0)
    assert nc.is_closed
    assert not closing.done()
    with pytest.raises(ConnectionClosedError):
        await nc.publish("a")
    await closing


async def test_a_client_that_is_drained_publishes_nothing_more(
    server: NatsServer, nc: nats.Client
) -> None:
    await nc.publish("a")
    await nc.flush()
    server.pause()
    draining = asyncio.create_task(nc.drain())
    await eventually(lambda: nc.is_draining_pubs, "the subscriptions are drained")
    for attempt in (nc.publish("a"), nc.request("a"), nc.publish("a", headers={"A": "b"})):
        with pytest.raises(ConnectionDrainingError):
            await attempt
    server.resume()
    await draining
    assert nc.is_closed


async def test_answers_can_be_published_while_subscriptions_drain(
    server: NatsServer, nc: nats.Client, sniffer: Sniffer
) -> None:
    async def answer(msg: nats.Msg) -> None:
        assert nc.is_draining
        await msg.respond(b"answer to " + msg.data)

    sub = await nc.subscribe("a", cb=answer)
    for number in range(3):
        await nc.publish("a", b"%d" % number, reply="answers")
    await nc.drain()
    assert sub.delivered == 3
    async with await nats.connect(server.url) as other:
        heard = await sniffer.heard(other)
    assert [msg.data for msg in heard if msg.subject == "answers"] == [
        b"answer to 0",
        b"answer to 1",
        b"answer to 2",
    ]


# Without a connection


async def test_messages_wait_for_the_next_connection(server: NatsServer) -> None:
    async with await nats.connect(server.url, reconnect_time_wait=0.01) as nc:
        await nc.publish("a", b"before")
        sub = await nc.subscribe("a")
        await nc.flush()
        server.kill()
        await eventually(lambda: nc.is_reconnecting, "the client noticed")
        for number in range(100):
            await nc.publish("a", b"%d" % number, headers={"A": "b"} if number % 2 else None)
        server.start()
        await nc.flush()
        assert [(await sub.next_msg(20)).data for _ in range(100)] == [
            b"%d" % n for n in range(100)
        ]
        assert (nc.stats["out_msgs"], nc.stats["reconnects"]) == (101, 1)


@pytest.mark.parametrize(("spare", "kept"), [(0, 5), (-1, 4)])
async def test_so_many_bytes_wait_and_no_more(server: NatsServer, spare: int, kept: int) -> None:
    size = len(b"PUB a 100\r\n\r\n") + 100
    async with await nats.connect(server.url, pending_size=5 * size + spare) as nc:
        server.kill()
        await eventually(lambda: nc.is_reconnecting, "the client noticed")
        for _ in range(kept):
            await nc.publish("a", b"x" * 100)
        for attempt in (nc.publish("a", b"x" * 100), nc.request("a", b"x" * 100)):
            with pytest.raises(OutboundBufferLimitError):
                await attempt
        assert nc.pending_data_size == kept * size


@pytest.mark.parametrize("pending_size", [0, -1])
async def test_nothing_waits_when_there_is_no_room(server: NatsServer, pending_size: int) -> None:
    async with await nats.connect(server.url, pending_size=pending_size) as nc:
        await nc.publish("a", b"x" * 100_000)
        await nc.flush()
        server.kill()
        await eventually(lambda: nc.is_reconnecting, "the client noticed")
        with pytest.raises(OutboundBufferLimitError):
            await nc.publish("a")
