"""When the client tries to reconnect, where, how often, and when it gives up."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from natstui.client import Client
from natstui.client.errors import (
    ConnectionClosedError,
    Error,
    NoServersError,
    ServerNotInPoolError,
    UnexpectedEOF,
)
from tests.client.conftest import Connect
from tests.conftest import ServerFactory
from tests.support.callbacks import Callbacks
from tests.support.peers import Peer
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually

FAST: dict[str, Any] = {"reconnect_time_wait": 0.02}


async def lose(client: Client, server: NatsServer) -> None:
    server.kill()
    await eventually(lambda: client.is_reconnecting, "the connection is lost")


async def pass_time(client: Client) -> None:
    """Time enough for many attempts of a client that does not wait between them."""
    for _ in range(1500):
        await client.flush()


# Giving up


async def test_without_reconnecting_a_lost_connection_is_the_end(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, allow_reconnect=False, **callbacks.options)
    sub = await client.subscribe("news")
    waiting = asyncio.create_task(sub.next_msg(timeout=None))
    await client.flush()
    server.kill()
    with pytest.raises(ConnectionClosedError):
        await waiting
    assert client.is_closed
    assert not client.is_connected
    await callbacks.until("closed")
    assert callbacks.told == ["connected", "disconnected", "closed"]
    assert isinstance(client.last_error, UnexpectedEOF)
    assert callbacks.errors == [client.last_error]


async def test_running_out_of_attempts_is_told_apart(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, max_reconnect_attempts=3, **FAST, **callbacks.options)
    await lose(client, server)
    await callbacks.until("closed")
    assert callbacks.told == ["connected", "disconnected", "closed"]
    assert isinstance(client.last_error, NoServersError)
    assert isinstance(client.last_error.__cause__, ConnectionRefusedError)
    kinds = [type(error) for error in callbacks.errors]
    assert kinds == [UnexpectedEOF, *[ConnectionRefusedError] * 3, NoServersError]
    assert client.is_closed
    with pytest.raises(ConnectionClosedError):
        await client.publish("news")


async def test_attempts_are_counted_from_the_last_success(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks
) -> None:
    client = await connect(proxy.url, max_reconnect_attempts=3, **FAST, **callbacks.options)
    for outage in range(1, 4):
        callbacks.errors.clear()
        proxy.refuse()
        proxy.cut()
        await eventually(lambda: len(callbacks.errors) == 3, "two attempts fail")
        await proxy.accept()
        await callbacks.until("reconnected", outage)
    assert client.is_connected


@pytest.mark.parametrize("most", [0, -1])
async def test_attempts_may_be_without_limit(
    connect: Connect, server: NatsServer, callbacks: Callbacks, most: int
) -> None:
    await connect(
        server.url, max_reconnect_attempts=most, reconnect_time_wait=0, **callbacks.options
    )
    server.kill()
    await eventually(lambda: len(callbacks.errors) > 5, "attempts are made")
    server.start()
    await callbacks.until("reconnected")


# How often


async def test_a_server_that_refuses_is_not_hammered(
    connect: Connect, server_factory: ServerFactory, callbacks: Callbacks
) -> None:
    server, elsewhere = server_factory(), server_factory()
    other = await connect(elsewhere.url)
    async with Peer(closes=True) as peer:
        await connect(
            [server.url, peer.url],
            dont_randomize=True,
            reconnect_time_wait=60,
            **callbacks.options,
        )
        server.kill()
        await eventually(lambda: len(callbacks.errors) == 3, "each was tried once")
        await pass_time(other)
        assert peer.accepted == 1
        assert len(callbacks.errors) == 3


async def test_a_server_that_accepts_and_hangs_up_is_not_hammered(
    connect: Connect, server_factory: ServerFactory, proxy: FaultyProxy, callbacks: Callbacks
) -> None:
    other = await connect(server_factory().url)

    def hang_up(data: bytes) -> bytes:
        if b"PONG\r\n" in data:
            asyncio.get_running_loop().call_soon(proxy.cut)
        return data

    await connect(proxy.url, reconnect_time_wait=60, **callbacks.options)
    proxy.to_client.alter(hang_up)
    proxy.cut()
    await callbacks.until("disconnected", 2)
    await pass_time(other)
    assert proxy.accepted == 2


# Going on purpose


@pytest.mark.parametrize("allowed", [True, False])
async def test_reconnecting_can_be_forced(
    connect: Connect, server: NatsServer, callbacks: Callbacks, allowed: bool
) -> None:
    client = await connect(
        server.url, reconnect_time_wait=60, allow_reconnect=allowed, **callbacks.options
    )
    sub = await client.subscribe("news")
    before = client.client_id
    await client.publish("news", b"before")
    for again in range(1, 4):
        await client.force_reconnect()
        assert client.is_reconnecting
        await callbacks.until("reconnected", again)
    assert client.client_id != before
    await client.publish("news", b"after")
    received = [(await sub.next_msg(20)).data]
    if received == [b"before"]:
        received = [(await sub.next_msg(20)).data]
    assert received == [b"after"]
    assert callbacks.errors == []
    assert callbacks.told == ["connected", *["disconnected", "reconnected"] * 3]


async def test_reconnecting_leaks_nothing(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, **callbacks.options)
    await client.subscribe("news")
    tasks, files = len(asyncio.all_tasks()), len(os.listdir("/dev/fd"))
    for again in range(1, 31):
        await client.force_reconnect()
        await callbacks.until("reconnected", again)
    await eventually(lambda: len(asyncio.all_tasks()) == tasks, "no task is left behind")
    assert len(os.listdir("/dev/fd")) == files
    await client.flush()
    await eventually(
        lambda: server.monitor("connz")["num_connections"] == 1, "the server has one of them"
    )


async def test_forcing_cuts_a_wait_short(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, reconnect_time_wait=60, **callbacks.options)
    await lose(client, server)
    await callbacks.until_error(ConnectionRefusedError)
    server.start()
    await client.force_reconnect()
    await callbacks.until("reconnected")


async def test_another_list_of_servers_is_for_the_next_reconnect(
    connect: Connect, server_factory: ServerFactory, callbacks: Callbacks
) -> None:
    one, other = server_factory(), server_factory()
    client = await connect(one.url, **FAST, **callbacks.options)
    client.set_server_pool(other.url)
    assert client.connected_url is not None
    assert client.connected_url.port == one.port
    assert [each.url.port for each in client.server_pool] == [other.port]
    with pytest.raises(Error, match="ftp"):
        client.set_server_pool(["ftp://127.0.0.1"])
    await client.force_reconnect()
    await callbacks.until("reconnected")
    assert client.connected_url.port == other.port
    one.kill()
    await client.flush()


# A handler that chooses


@pytest.mark.parametrize("how", ["server", "url", "text"])
async def test_a_handler_chooses_the_server(
    connect: Connect, server_factory: ServerFactory, callbacks: Callbacks, how: str
) -> None:
    servers = [server_factory() for _ in range(3)]
    asked: list[Any] = []

    def last(pool: list[Any], info: Any) -> tuple[Any, float]:
        asked.append(info.server_name)
        chosen = next(each for each in pool if each.url.port == servers[2].port)
        return {"server": chosen, "url": chosen.url, "text": chosen.url.geturl()}[how], 0

    client = await connect(
        [server.url for server in servers],
        dont_randomize=True,
        reconnect_to_server_handler=last,
        **callbacks.options,
    )
    servers[0].kill()
    await callbacks.until("reconnected")
    assert client.connected_url is not None
    assert client.connected_url.port == servers[2].port
    assert asked == ["s1"]


def of_another_pool(pool: object, info: object) -> tuple[str, float]:
    return "nats://127.0.0.1:1", 0


def undecided(pool: object, info: object) -> tuple[None, float]:
    return None, 0


def broken(pool: object, info: object) -> tuple[None, float]:
    raise LookupError("which one?")


@pytest.mark.parametrize(
    ("handler", "error"),
    [(of_another_pool, ServerNotInPoolError), (undecided, None), (broken, LookupError)],
)
async def test_without_a_choice_of_the_handler_the_usual_server_is_next(
    connect: Connect,
    server_factory: ServerFactory,
    callbacks: Callbacks,
    handler: Any,
    error: type[Exception] | None,
) -> None:
    servers = [server_factory(), server_factory()]
    client = await connect(
        [server.url for server in servers],
        dont_randomize=True,
        reconnect_to_server_handler=handler,
        **callbacks.options,
    )
    servers[0].kill()
    await callbacks.until("reconnected")
    assert client.connected_url is not None
    assert client.connected_url.port == servers[1].port
    if error is not None:
        await callbacks.until_error(error)


async def test_the_delay_of_a_handler_can_be_cut_short(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(
        server.url,
        reconnect_to_server_handler=lambda pool, info: (pool[0], 60),
        **callbacks.options,
    )
    await client.force_reconnect()
    await client.force_reconnect()
    await callbacks.until("reconnected")
