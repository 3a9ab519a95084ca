"""A network that stalls, cuts, fragments and corrupts: the client notices and recovers."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from typing import Any

import pytest

from natstui.client import Client, Msg
from natstui.client.errors import (
    Error,
    FlushTimeoutError,
    OutboundBufferLimitError,
    ProtocolError,
    StaleConnectionError,
    UnexpectedEOF,
)
from tests.client.conftest import Connect
from tests.support.callbacks import Callbacks
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually

FAST: dict[str, Any] = {"reconnect_time_wait": 0.02}
WATCHFUL: dict[str, Any] = {**FAST, "ping_interval": 0.05, "connect_timeout": 5}


# Links that are dead and do not say so


@pytest.mark.parametrize("direction", ["to_client", "to_server", "both"])
async def test_a_link_that_swallows_everything_is_left(
    connect: Connect,
    server: NatsServer,
    proxy: FaultyProxy,
    callbacks: Callbacks,
    direction: str,
) -> None:
    client = await connect(
        [proxy.url, server.url], dont_randomize=True, **WATCHFUL, **callbacks.options
    )
    sub = await client.subscribe("news")
    await client.flush()
    for flow in ("to_client", "to_server"):
        if direction in (flow, "both"):
            getattr(proxy, flow).stall()
    await callbacks.until("reconnected")
    assert isinstance(callbacks.errors[0], StaleConnectionError)
    assert client.connected_url is not None
    assert client.connected_url.port == server.port
    await client.publish("news")
    await sub.next_msg(20)


async def test_a_dead_link_with_much_to_write_is_left_all_the_same(
    connect: Connect, server: NatsServer, proxy: FaultyProxy, callbacks: Callbacks
) -> None:
    client = await connect(
        [proxy.url, server.url],
        dont_randomize=True,
        pending_size=1024 * 1024,
        **WATCHFUL,
        **callbacks.options,
    )
    proxy.to_server.stall()

    with contextlib.suppress(OutboundBufferLimitError):
        while "disconnected" not in callbacks.told:
            # It waits for a transport that takes nothing, until that is given up.
            await client.publish("news", bytes(256 * 1024))
    await callbacks.until("reconnected")
    assert isinstance(callbacks.errors[0], StaleConnectionError)
    sub = await client.subscribe("news")
    await client.publish("news", b"after")
    assert (await sub.next_msg(20)).data == b"after"


async def test_a_publisher_need_not_wait_for_ever(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks
) -> None:
    client = await connect(
        proxy.url, pending_size=64 * 1024, flush_timeout=0.02, **callbacks.options
    )
    proxy.to_server.stall()
    while not callbacks.errors:
        await client.publish("news", bytes(256 * 1024))
    assert isinstance(callbacks.errors[0], FlushTimeoutError)
    assert client.is_connected
    proxy.to_server.resume()
    await client.flush()


async def test_a_server_that_is_frozen_is_left(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, **WATCHFUL, **callbacks.options)
    server.pause()
    await callbacks.until("disconnected")
    await callbacks.until_error(StaleConnectionError)
    server.resume()
    await callbacks.until("reconnected")
    await client.flush()


async def test_a_link_that_is_alive_is_kept(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks
) -> None:
    client = await connect(
        proxy.url, ping_interval=0.01, max_outstanding_pings=5, **callbacks.options
    )
    answered = 0

    def count(data: bytes) -> bytes:
        nonlocal answered
        answered += data.count(b"PONG\r\n")
        return data

    proxy.to_client.alter(count)
    await eventually(lambda: answered >= 10, "pings are answered")
    assert callbacks.told == ["connected"]
    assert client.is_connected


async def test_pings_can_be_turned_off(connect: Connect, proxy: FaultyProxy) -> None:
    client = await connect(proxy.url, ping_interval=0)
    sent = b""

    def look(data: bytes) -> bytes:
        nonlocal sent
        sent += data
        return data

    proxy.to_server.alter(look)
    sub = await client.subscribe("news")
    for _ in range(20):
        await client.publish("news")
        await sub.next_msg(20)
    assert b"PING" not in sent


# Links that end


@pytest.mark.parametrize("reset", [True, False])
async def test_a_link_that_is_cut_is_replaced(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks, reset: bool
) -> None:
    client = await connect(proxy.url, **FAST, **callbacks.options)
    sub = await client.subscribe("news")
    await client.flush()
    proxy.cut(reset=reset)
    await callbacks.until("reconnected")
    assert isinstance(callbacks.errors[0], ConnectionResetError if reset else UnexpectedEOF)
    await client.publish("news")
    await sub.next_msg(20)
    assert callbacks.told == ["connected", "disconnected", "reconnected"]


@pytest.mark.parametrize("flow", ["to_client", "to_server"])
async def test_a_link_that_ends_in_one_direction_is_replaced(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks, flow: str
) -> None:
    client = await connect(proxy.url, **FAST, **callbacks.options)
    sub = await client.subscribe("news")
    await client.flush()
    getattr(proxy, flow).half_close()
    await callbacks.until("reconnected")
    await client.publish("news")
    await sub.next_msg(20)


@pytest.mark.parametrize("length", [1, 10, 30, 60, 110])
async def test_half_a_message_is_no_message(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks, length: int
) -> None:
    """MSG news 2 100 + payload is 119 bytes."""
    client = await connect(proxy.url, **FAST, **callbacks.options)
    sub = await client.subscribe("news")
    await client.flush()
    proxy.to_client.cut_after(length)
    await client.publish("news", bytes(100))
    await callbacks.until("reconnected")
    await client.publish("news", b"whole")
    assert (await sub.next_msg(20)).data == b"whole"


# What no server sends


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\x17\x03 nonsense\r\n",
        b"MSG news 1 12x\r\n",
        b"MSG news\r\n",
        b"HMSG news 1 20 10\r\n",
        b"MSG news 1 99999999999\r\n",
        b"MSG news 1 3\r\nfour\r\n",
        b"INFO {]\r\n",
        b'INFO {"max_payload":"much"}\r\n',
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
async def test_corrupt_bytes_end_the_connection_and_not_the_client(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks, garbage: bytes
) -> None:
    client = await connect(proxy.url, **FAST, **callbacks.options)
    sub = await client.subscribe("news")
    await client.publish("news", b"before")
    assert (await sub.next_msg(20)).data == b"before"
    proxy.to_client.inject(garbage)
    await callbacks.until("reconnected")
    assert isinstance(callbacks.errors[0], Error)
    if b"INFO" not in garbage:
        assert isinstance(callbacks.errors[0], ProtocolError)
    await client.publish("news", b"after")
    assert (await sub.next_msg(20)).data == b"after"
    assert callbacks.told == ["connected", "disconnected", "reconnected"]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Stale Connection", StaleConnectionError),
        ("maximum connections exceeded", Error),
        ("Unknown Protocol Operation", ProtocolError),
        ("Maximum Control Line Exceeded", ProtocolError),
        ("something that no server says today", Error),
        ("", Error),
    ],
)
async def test_a_server_that_is_about_to_hang_up_is_left(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks, words: str, kind: type[Exception]
) -> None:
    client = await connect(proxy.url, **FAST, **callbacks.options)
    proxy.to_client.inject(f"-ERR '{words}'\r\n".encode())
    await callbacks.until("reconnected")
    assert isinstance(callbacks.errors[0], kind)
    assert (words or "does not say what") in str(callbacks.errors[0])
    await client.flush()


@pytest.mark.parametrize(
    "words",
    [
        "Invalid Subject",
        "Invalid Publish Subject",
        'Permissions Violation for Publish to "news"',
        "maximum subscriptions exceeded",
    ],
)
async def test_what_a_server_refuses_without_hanging_up_is_told(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks, words: str
) -> None:
    client = await connect(proxy.url, **callbacks.options)
    proxy.to_client.inject(f"-ERR '{words}'\r\n".encode())
    assert words in str(await callbacks.until_error(Error))
    assert client.last_error is callbacks.errors[0]
    assert client.stats["errors_received"] == 1
    await client.flush()
    assert callbacks.told == ["connected"]


# Bad, but alive


@pytest.mark.parametrize(
    "slowness",
    [
        lambda flow: flow.fragment(1, 7, seed=1),
        lambda flow: flow.fragment(1),
        lambda flow: flow.slow(latency=0.005),
        lambda flow: flow.slow(bytes_per_second=200_000),
    ],
    ids=["pieces", "bytes", "latency", "bandwidth"],
)
async def test_a_bad_link_is_good_enough(
    connect: Connect, proxy: FaultyProxy, slowness: Callable[[Any], None]
) -> None:
    slowness(proxy.to_client)
    slowness(proxy.to_server)
    client = await connect(proxy.url)
    sub = await client.subscribe("news")
    sent = [b"%d\r\nMSG x 1 2\r\n" % number * (number % 5) for number in range(100)]
    for number, payload in enumerate(sent):
        await client.publish("news", payload, headers={"N": "1"} if number % 3 else None)
    assert [(await sub.next_msg(10)).data for _ in sent] == sent


@pytest.mark.parametrize("seed", range(3))
async def test_chaos(
    connect: Connect, server: NatsServer, proxy: FaultyProxy, callbacks: Callbacks, seed: int
) -> None:
    """Whatever happened to a connection: when the network is well again, so is the client."""
    chance = random.Random(seed)
    client = await connect(
        proxy.url,
        max_reconnect_attempts=-1,
        **{**WATCHFUL, **callbacks.options, "reconnect_time_wait": 0},
    )
    called: list[bytes] = []

    async def call(message: Msg) -> None:
        called.append(message.data)

    await client.subscribe("news", cb=call)
    sub = await client.subscribe("news")

    def corrupt(data: bytes) -> bytes:
        spoiled = bytearray(data)
        spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
        return bytes(spoiled)

    faults: list[Callable[[], None]] = [
        proxy.cut,
        lambda: proxy.cut(reset=False),
        proxy.to_client.half_close,
        lambda: proxy.to_client.cut_after(chance.randrange(200)),
        lambda: proxy.to_client.alter(corrupt),
        lambda: proxy.to_server.alter(corrupt),
        lambda: proxy.to_client.inject(b"nonsense\r\n"),
        lambda: proxy.to_client.fragment(1, 9, seed=seed),
        proxy.to_server.stall,
    ]
    for fault in chance.sample(faults, len(faults)):
        lost = callbacks.told.count("disconnected")
        fault()
        for number in range(20):
            await client.publish("news", b"%d" % number)
        await asyncio.wait([asyncio.ensure_future(client.flush(0.1))])
        proxy.heal()
        await eventually(lambda: client.is_connected, "it is connected")
        assert callbacks.told.count("disconnected") - lost <= 20
    await settled(client)
    while sub.pending_msgs:
        await sub.next_msg(20)
    called.clear()
    await client.publish("news", b"well again")
    assert (await sub.next_msg(20)).data == b"well again"
    await eventually(lambda: called == [b"well again"], "the callback is alive")


async def test_outages_neither_repeat_nor_reorder_what_is_published(
    connect: Connect, server: NatsServer, proxy: FaultyProxy, callbacks: Callbacks
) -> None:
    arrived: list[int] = []
    listener = await connect(server.url)
    await listener.subscribe("news", hook=lambda message: arrived.append(int(message.data)))
    await listener.flush()
    client = await connect(proxy.url, pending_size=64 * 1024 * 1024, **FAST, **callbacks.options)
    number = 0
    for outage in range(1, 7):
        proxy.to_server.cut_after(3_000 * outage, reset=bool(outage % 2))
        while callbacks.told.count("reconnected") < outage:
            await client.publish("news", b"%d" % number, headers={"N": "1"} if number % 7 else None)
            number += 1
            if number % 50 == 0:
                await asyncio.sleep(0.001)
    await client.flush()
    await listener.flush()
    assert arrived == sorted(set(arrived))
    assert arrived[-1] == number - 1


async def settled(client: Client) -> None:
    """Return when a flush succeeds: what was spoiled earlier may still end a connection."""
    while True:
        try:
            await client.flush(1)
        except (Error, OSError):
            await eventually(lambda: client.is_connected, "it is connected")
        else:
            return
