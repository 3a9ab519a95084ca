"""Closing a client: everything ends now, wherever it is called and whatever is going on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from natstui.client import Client, Msg
from natstui.client.errors import (
    ConnectionClosedError,
)
from tests.client.conftest import Connect, tasks_of_clients
from tests.support.callbacks import Callbacks
from tests.support.peers import Peer
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually

LONG = 20.0  # seconds: longer than anything that is bounded may take


async def ignore(message: Msg) -> None:
    pass


async def test_closing_twice_or_at_once_is_closing_once(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, **callbacks.options)
    await asyncio.gather(*[client.close() for _ in range(5)])
    await client.close()
    assert client.is_closed
    assert callbacks.told == ["connected", "disconnected", "closed"]
    assert callbacks.errors == []


async def test_a_client_that_never_connected_can_be_closed() -> None:
    await Client().close()


async def test_nothing_runs_when_close_has_returned(connect: Connect, server: NatsServer) -> None:
    before = asyncio.all_tasks()
    client = await connect(server.url)
    for number in range(10):
        await client.subscribe(f"news.{number}", cb=ignore)
    await client.publish("news.1")
    await client.close()
    assert asyncio.all_tasks() == before


async def test_what_was_published_is_written_before_the_end(
    connect: Connect, server: NatsServer
) -> None:
    sub = await (listener := await connect(server.url)).subscribe("news")
    await listener.flush()
    client = await connect(server.url)
    for number in range(3000):
        await client.publish("news", b"%d" % number)
    await client.close()
    assert [int((await sub.next_msg(20)).data) for _ in range(3000)] == list(range(3000))


async def test_everything_that_waits_ends_at_once(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url)
    other = await connect(server.url)
    await other.subscribe("deaf", cb=ignore)
    await other.flush()
    first: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()
    await client.subscribe("news", future=first)
    iterated = await client.subscribe("news")
    awaited = await client.subscribe("news")

    async def iterate() -> list[Msg]:
        return [message async for message in iterated.messages]

    waiting: list[Any] = [
        client.request("deaf", timeout=None),
        client.request("deaf", timeout=None, old_style=True),
        awaited.next_msg(timeout=None),
        first,
    ]
    iterating = asyncio.create_task(iterate())
    tasks = [asyncio.ensure_future(each) for each in waiting]
    await client.flush()
    await client.close()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(end) for end in ends] == [ConnectionClosedError] * 4
    assert await iterating == []


async def test_nothing_can_be_done_with_a_closed_client(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    sub = await client.subscribe("news")
    await client.publish("news")
    closing = asyncio.ensure_future(client.close())
    await asyncio.sleep(0)  # it has begun, and is not done
    assert not closing.done()
    for attempt in (
        client.publish("news"),
        client.request("news"),
        client.subscribe("news"),
        client.flush(),
        client.rtt(),
        client.drain(),
        client.force_reconnect(),
        sub.unsubscribe(),
        sub.drain(),
        sub.next_msg(20),
    ):
        with pytest.raises(ConnectionClosedError):
            await attempt
    await closing
    assert client.connected_url is None
    assert not client.is_connected


async def test_closing_cancels_callbacks_and_waits_for_them(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    ended = []
    started = asyncio.Event()

    async def slow(message: Msg) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(message.subject)

    await client.subscribe("one", cb=slow)
    limited = await client.subscribe("other", cb=slow, max_msgs=1)
    await client.publish("one")
    await client.publish("other")
    await eventually(lambda: limited.delivered, "it has ended, but for its callback")
    await started.wait()
    await client.close()
    assert sorted(ended) == ["one", "other"]


async def test_closing_in_a_message_callback(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, **callbacks.options)
    seen = []

    async def close(message: Msg) -> None:
        seen.append(message.data)
        await client.close()
        await asyncio.sleep(0)  # a callback goes on after it
        seen.append(b"end")

    await client.subscribe("news", cb=close)
    for number in range(5):
        await client.publish("news", b"%d" % number)
    await callbacks.until("closed")
    assert seen == [b"0", b"end"]
    assert callbacks.told == ["connected", "disconnected", "closed"]
    await client.close()
    assert tasks_of_clients() == []


async def test_closing_in_the_last_message_callback(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url)
    seen = []

    async def close(message: Msg) -> None:
        await client.close()
        await asyncio.sleep(0)
        seen.append(message.data)

    await client.subscribe("news", cb=close, max_msgs=3)
    for number in range(3):
        await client.publish("news", b"%d" % number)
    await eventually(lambda: client.is_closed, "it is closed")
    await client.close()
    assert seen == [b"0"]


@pytest.mark.parametrize("where", ["connected", "disconnected", "reconnected", "error", "closed"])
async def test_closing_in_a_callback(
    connect: Connect, server: NatsServer, proxy: FaultyProxy, callbacks: Callbacks, where: str
) -> None:
    client = Client()
    options = callbacks.options

    async def close(*args: Any) -> None:
        await options[f"{where}_cb"](*args)
        await client.close()

    connecting = client.connect(
        proxy.url, **{**options, f"{where}_cb": close, "reconnect_time_wait": 0.01}
    )
    if where == "connected":
        with pytest.raises(ConnectionClosedError):
            await connecting
    else:
        await connecting
        proxy.cut()
    if where == "closed":
        await callbacks.until("reconnected")
        await client.close()
    await callbacks.until("closed")
    await client.close()
    assert callbacks.told.count("closed") == 1
    assert callbacks.told[-1] == "closed"
    assert tasks_of_clients() == []


async def test_who_does_not_wait_for_the_end_does_not_prevent_it(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, **callbacks.options)
    await client.subscribe("news", cb=ignore)
    closing = asyncio.create_task(client.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait([closing])
    await callbacks.until("closed")
    await eventually(lambda: tasks_of_clients() == [], "all tasks end")


async def test_a_server_that_takes_nothing_any_more_does_not_hold_up_the_end(
    connect: Connect, proxy: FaultyProxy
) -> None:
    client = await connect(proxy.url, pending_size=64 * 1024 * 1024)
    proxy.to_server.stall()
    while client.pending_data_size < 16 * 1024 * 1024:  # more than the sockets take
        await client.publish("news", bytes(512 * 1024))
    async with asyncio.timeout(LONG):
        await client.close()


async def test_closing_while_it_reconnects(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    async with Peer() as silent:
        client = await connect([server.url, silent.url], dont_randomize=True, **callbacks.options)
        server.kill()
        await eventually(lambda: silent.open, "it connects to the other one")
        assert client.is_reconnecting
        await client.close()
        assert not silent.open
    assert callbacks.told == ["connected", "disconnected", "closed"]
