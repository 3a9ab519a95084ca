"""Round trips: flush and rtt, whatever becomes of the PONG."""

from __future__ import annotations

import asyncio

import pytest

from natstui.client import Client, Msg
from natstui.client.errors import (
    BadTimeoutError,
    ConnectionClosedError,
    Error,
    FlushTimeoutError,
    TimeoutError,
    UnexpectedEOF,
)
from tests.client.conftest import Connect
from tests.support.callbacks import Callbacks
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually

FAST = {"reconnect_time_wait": 0.01}


async def test_the_server_has_everything_when_flush_returns(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    expected = 0
    for size in (1, 10, 700, 5000):  # fewer and more than are written at once
        for _ in range(size):
            await client.publish("news")
        expected += size
        await client.flush()
        assert server.monitor("varz")["in_msgs"] == expected


async def test_subscriptions_are_there_when_flush_returns(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    for number in range(50):
        await client.subscribe(f"news.{number}")
    await client.flush()
    assert server.monitor("connz")["connections"][0]["subscriptions"] == 50


async def test_flushes_at_the_same_time(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url)
    await asyncio.gather(*[client.flush() for _ in range(100)])
    assert await client.rtt() > 0


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
async def test_a_flush_needs_time(connect: Connect, server: NatsServer, timeout: float) -> None:
    client = await connect(server.url)
    with pytest.raises(BadTimeoutError):
        await client.flush(timeout)
    with pytest.raises(BadTimeoutError):
        await client.rtt(timeout)


async def test_a_client_that_never_connected_has_nothing_to_flush() -> None:
    client = Client()
    with pytest.raises(ConnectionClosedError):
        await client.flush()
    with pytest.raises(ConnectionClosedError):
        await client.rtt()


async def test_the_pong_of_a_flush_that_timed_out_is_nobody_elses(
    connect: Connect, proxy: FaultyProxy
) -> None:
    client = await connect(proxy.url)
    sub = await client.subscribe("news")
    await client.flush()
    proxy.to_client.stall()
    with pytest.raises(FlushTimeoutError) as caught:
        await client.flush(0.02)
    assert isinstance(caught.value, TimeoutError)
    await client.publish("news", b"later")
    waiting = asyncio.create_task(client.flush())
    proxy.to_client.resume()
    await waiting
    assert (await sub.next_msg(20)).data == b"later"
    proxy.to_client.stall()
    with pytest.raises(FlushTimeoutError):
        await client.flush(0.02)
    assert client.is_connected


async def test_a_cancelled_flush_keeps_pongs_in_step(connect: Connect, proxy: FaultyProxy) -> None:
    client = await connect(proxy.url)
    sub = await client.subscribe("news")
    proxy.to_client.alter(lambda data: data.replace(b"PONG\r\n", b""))
    first, cancelled, third = [asyncio.create_task(client.flush()) for _ in range(3)]
    await client.publish("news")
    await sub.next_msg(20)  # the PONGs were before it
    cancelled.cancel()
    proxy.to_client.inject(b"PONG\r\nPONG\r\n")
    await first
    await client.publish("news")
    await sub.next_msg(20)
    assert not third.done()
    proxy.to_client.inject(b"PONG\r\n")
    await third


async def test_pongs_that_nobody_waits_for_do_no_harm(connect: Connect, proxy: FaultyProxy) -> None:
    client = await connect(proxy.url)
    proxy.to_client.inject(b"PONG\r\n" * 3)
    await client.flush()
    sub = await client.subscribe("news")
    await client.publish("news")
    await sub.next_msg(20)


async def test_a_flush_fails_with_the_connection(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks
) -> None:
    client = await connect(proxy.url, **FAST, **callbacks.options)
    proxy.to_client.stall()
    flushing = asyncio.create_task(client.flush())
    await eventually(lambda: proxy.connections, "it is connected")
    proxy.cut(reset=False)
    with pytest.raises(UnexpectedEOF):
        await flushing
    proxy.heal()
    await callbacks.until("reconnected")
    await client.flush()


async def test_the_ping_of_a_lost_connection_is_not_sent_again(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks
) -> None:
    client = await connect(proxy.url, **FAST, **callbacks.options)
    sent = bytearray()

    def look(data: bytes) -> bytes:
        sent.extend(data)
        return data

    proxy.to_server.alter(look)
    # Both in one turn of the loop, so that the PING was not written yet.
    ends = await asyncio.gather(client.flush(), client.force_reconnect(), return_exceptions=True)
    assert isinstance(ends[0], Error)
    await callbacks.until("reconnected")
    await client.flush()
    assert sent.count(b"PING\r\n") == 2  # of the handshake, and of the second flush


async def test_a_flush_waits_for_the_next_connection(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url, **FAST)
    server.stop()
    await eventually(lambda: client.is_reconnecting, "the connection is lost")
    await client.publish("news")
    flushing = [asyncio.create_task(client.flush()), asyncio.create_task(client.rtt())]
    with pytest.raises(FlushTimeoutError):
        await client.flush(0.02)
    server.start()
    for each in flushing:
        await each
    assert server.monitor("varz")["in_msgs"] == 1


async def test_flushing_in_a_callback(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url)
    done = asyncio.Event()

    async def flush(message: Msg) -> None:
        await client.flush()
        done.set()

    await client.subscribe("news", cb=flush)
    await client.publish("news")
    await done.wait()
