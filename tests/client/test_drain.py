"""Draining a client or a subscription: it ends when everything was taken."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from natstui.client import Client, Msg
from natstui.client.errors import (
    BadSubscriptionError,
    ConnectionDrainingError,
    ConnectionReconnectingError,
    DrainTimeoutError,
    FlushTimeoutError,
)
from tests.client.conftest import Connect, tasks_of_clients
from tests.support.callbacks import Callbacks
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually

LONG = 20.0  # seconds: longer than anything that is bounded may take


async def ignore(message: Msg) -> None:
    pass


async def test_draining_takes_everything_answers_it_and_closes(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    asker = await connect(server.url)
    answers = await asker.subscribe("answers")
    client = await connect(server.url, **callbacks.options)

    async def answer(message: Msg) -> None:
        await asyncio.sleep(0)
        assert client.status == client.DRAINING_SUBS
        await message.respond(message.data)

    hold = asyncio.Event()

    async def hold_first(message: Msg) -> None:
        await hold.wait()
        await answer(message)

    subs = [await client.subscribe(f"work.{n}", queue="workers", cb=hold_first) for n in range(3)]
    await client.flush()
    for number in range(300):
        await asker.publish(f"work.{number % 3}", b"%d" % number, reply="answers")
    await asker.flush()
    await eventually(lambda: sum(sub.delivered for sub in subs) == 300, "all has arrived")
    draining = asyncio.create_task(client.drain())
    await eventually(lambda: client.is_draining, "it drains")
    assert client.is_connected
    with pytest.raises(ConnectionDrainingError):
        await client.subscribe("more")
    hold.set()
    await draining
    assert sorted([int((await answers.next_msg(20)).data) for _ in range(300)]) == list(range(300))
    assert client.is_closed
    assert callbacks.told == ["connected", "disconnected", "closed"]
    assert callbacks.errors == []


async def test_messages_that_come_while_it_drains_are_not_for_us(
    connect: Connect, server: NatsServer
) -> None:
    """Members of the queue group that stay get what is published after the drain has begun."""
    stays, leaves, sender = [await connect(server.url) for _ in range(3)]
    kept = await stays.subscribe("work", queue="workers")
    left = await leaves.subscribe("work", queue="workers")
    await stays.flush()
    await leaves.flush()

    async def take() -> int:
        return len([message async for message in left.messages])

    async def send() -> None:
        for number in range(1000):
            await sender.publish("work", b"%d" % number)
            if number % 50 == 0:
                await sender.flush()

    taking = asyncio.create_task(take())
    await send()
    await asyncio.gather(send(), leaves.drain())
    taken = await taking
    await sender.flush()
    await stays.flush()
    assert taken + kept.pending_msgs == 2000


async def test_an_iterator_is_drained_when_its_last_message_was_worked_on(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    answers = await (asker := await connect(server.url)).subscribe("answers")
    await asker.flush()
    sub = await client.subscribe("work")

    async def work() -> None:
        async for message in sub.messages:
            await asyncio.sleep(0.01)
            await message.respond(b"done")

    working = asyncio.create_task(work())
    for _ in range(3):
        await client.publish("work", reply="answers")
    await client.drain()
    await working
    for _ in range(3):
        await answers.next_msg(20)


async def test_draining_waits_for_subscriptions_that_ended_by_themselves(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    seen = []

    async def slow(message: Msg) -> None:
        await asyncio.sleep(0.005)
        seen.append(message.data)

    sub = await client.subscribe("news", cb=slow, max_msgs=5)
    for _ in range(5):
        await client.publish("news")
    await eventually(lambda: sub.delivered == 5, "all has arrived")
    await client.drain()
    assert len(seen) == 5


async def test_nothing_is_published_once_the_subscriptions_are_drained(
    connect: Connect, proxy: FaultyProxy
) -> None:
    client = await connect(proxy.url)
    await client.publish("news")  # the next one takes the quick way
    proxy.to_client.stall()
    draining = asyncio.create_task(client.drain())
    await eventually(lambda: client.is_draining_pubs, "publishes are left")
    assert client.is_connected
    with pytest.raises(ConnectionDrainingError):
        await client.publish("news")
    with pytest.raises(ConnectionDrainingError):
        await client.request("news")
    await client.drain()  # has begun already
    proxy.to_client.resume()
    await draining
    assert client.is_closed


async def test_callbacks_that_take_too_long_to_drain_are_told_and_cancelled(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, drain_timeout=0.1, **callbacks.options)
    cancelled = asyncio.Event()

    async def stuck(message: Msg) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    sub = await client.subscribe("news", cb=stuck)
    for _ in range(3):
        await client.publish("news")
    await eventually(lambda: sub.delivered == 3, "all has arrived")
    await client.drain()
    assert cancelled.is_set()
    assert "'news'" in str(await callbacks.until_error(DrainTimeoutError))
    assert callbacks.told[-1] == "closed"


async def test_a_server_that_is_silent_does_not_hold_up_draining(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks
) -> None:
    client = await connect(proxy.url, drain_timeout=0.1, **callbacks.options)
    await client.subscribe("news", cb=ignore)
    await client.subscribe("news")
    proxy.to_client.stall()
    async with asyncio.timeout(LONG):
        await client.drain()
    assert client.is_closed
    assert [type(error) for error in callbacks.errors] == [FlushTimeoutError] * 3


async def test_draining_in_a_message_callback(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, **callbacks.options)
    seen = []

    async def drain(message: Msg) -> None:
        seen.append(message.data)
        await client.drain()

    sub = await client.subscribe("news", cb=drain)
    client_has_all = asyncio.create_task(eventually(lambda: sub.delivered == 5, "all has arrived"))
    await asyncio.gather(*[client.publish("news", b"%d" % number) for number in range(5)])
    await client_has_all
    await callbacks.until("closed")
    await client.close()
    assert seen == [b"0", b"1", b"2", b"3", b"4"]
    assert callbacks.errors == []
    assert tasks_of_clients() == []


@pytest.mark.parametrize("where", ["connected", "reconnected", "error"])
async def test_draining_in_a_callback(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks, where: str
) -> None:
    client = Client()

    async def drain(*args: Any) -> None:
        if client.is_connected:
            await client.drain()

    options = {**callbacks.options, f"{where}_cb": drain, "reconnect_time_wait": 0.01}
    await client.connect(proxy.url, **options)
    if where == "reconnected":
        proxy.cut()
    if where == "error":
        proxy.to_client.inject(b"-ERR 'Permissions Violation for Publish to \"news\"'\r\n")
    await callbacks.until("closed")
    await client.close()
    assert tasks_of_clients() == []


async def test_there_is_nothing_to_drain_without_a_connection(
    connect: Connect, proxy: FaultyProxy
) -> None:
    client = await connect(proxy.url, reconnect_time_wait=0.01)
    proxy.refuse()
    proxy.cut()
    await eventually(lambda: client.is_reconnecting, "the connection is lost")
    with pytest.raises(ConnectionReconnectingError):
        await client.drain()
    assert client.is_reconnecting


async def test_who_does_not_wait_for_draining_does_not_prevent_it(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks
) -> None:
    client = await connect(proxy.url, **callbacks.options)
    proxy.to_client.stall()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.drain(), 0.01)
    assert client.is_draining
    proxy.to_client.resume()
    await callbacks.until("closed")
    assert callbacks.errors == []


async def test_a_connection_that_is_lost_while_it_drains_is_the_end(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks
) -> None:
    client = await connect(proxy.url, **callbacks.options)
    await client.subscribe("news", cb=ignore)
    proxy.to_client.stall()
    draining = asyncio.create_task(client.drain())
    await eventually(lambda: client.is_draining, "it drains")
    proxy.cut()
    await draining
    assert client.is_closed
    assert callbacks.told == ["connected", "disconnected", "closed"]
    assert callbacks.errors


async def test_closing_ends_draining(
    connect: Connect, proxy: FaultyProxy, callbacks: Callbacks
) -> None:
    client = await connect(proxy.url, **callbacks.options)
    await client.subscribe("news", cb=ignore)
    proxy.to_client.stall()
    draining = asyncio.create_task(client.drain())
    await eventually(lambda: client.is_draining, "it drains")
    await client.close()
    await draining
    assert callbacks.told == ["connected", "disconnected", "closed"]


async def test_reconnecting_cannot_be_forced_while_it_drains(
    connect: Connect, proxy: FaultyProxy
) -> None:
    client = await connect(proxy.url)
    proxy.to_client.stall()
    draining = asyncio.create_task(client.drain())
    await eventually(lambda: client.is_draining, "it drains")
    with pytest.raises(ConnectionDrainingError):
        await client.force_reconnect()
    proxy.to_client.resume()
    await draining


# Draining one subscription


async def test_one_subscription_is_drained_and_the_client_goes_on(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    seen = []

    async def slow(message: Msg) -> None:
        await asyncio.sleep(0)
        seen.append(message.data)

    sub = await client.subscribe("news", cb=slow)
    for _ in range(100):
        await client.publish("news")
    await sub.drain()
    assert len(seen) == 100
    await client.publish("news")
    await client.flush()
    assert len(seen) == 100
    for again in (sub.drain(), sub.unsubscribe()):
        with pytest.raises(BadSubscriptionError):
            await again


async def test_a_subscription_that_drains_cannot_be_drained_again(
    connect: Connect, proxy: FaultyProxy
) -> None:
    client = await connect(proxy.url)
    sub = await client.subscribe("news")
    proxy.to_client.stall()
    draining = asyncio.create_task(sub.drain())
    await asyncio.sleep(0)
    with pytest.raises(ConnectionDrainingError):
        await sub.drain()
    proxy.to_client.resume()
    await draining


async def test_a_subscription_that_drains_is_not_restored(
    connect: Connect, server: NatsServer, proxy: FaultyProxy
) -> None:
    client = await connect(proxy.url, reconnect_time_wait=0.01)
    sub = await client.subscribe("news")
    for _ in range(3):
        await client.publish("news")
    await client.flush()
    proxy.refuse()
    proxy.cut()
    await eventually(lambda: client.is_reconnecting, "the connection is lost")
    draining = asyncio.create_task(sub.drain())
    await asyncio.sleep(0)
    await proxy.accept()
    assert len([message async for message in sub.messages]) == 3
    await draining
    await client.flush()
    assert server.monitor("connz")["connections"][0]["subscriptions"] == 0


async def test_a_subscription_may_be_drained_in_its_own_callback(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url)
    seen = []

    async def drain(message: Msg) -> None:
        seen.append(message.data)
        if len(seen) == 1:
            await sub.drain()

    sub = await client.subscribe("news", cb=drain)
    await asyncio.gather(*[client.publish("news", b"%d" % number) for number in range(5)])
    await eventually(lambda: len(seen) == 5, "what had arrived is taken")
    await client.publish("news")
    await client.flush()
    assert len(seen) == 5
