"""What survives when the server goes away and comes back."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from natstui.client import Client, Msg
from natstui.client.errors import (
    MaxPayloadError,
    OutboundBufferLimitError,
    UnexpectedEOF,
)
from tests.client.conftest import Connect
from tests.support.callbacks import Callbacks
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually

FAST: dict[str, Any] = {"reconnect_time_wait": 0.02}
LONG = 10.0  # seconds that a message may take which waits for a server to start


async def lose(client: Client, server: NatsServer) -> None:
    server.kill()
    await eventually(lambda: client.is_reconnecting, "the connection is lost")


async def back(client: Client) -> None:
    await eventually(lambda: client.stats["reconnects"] == 1, "it is back")


# Subscriptions


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_subscriptions_of_every_kind_go_on(
    connect: Connect, server: NatsServer, callbacks: Callbacks, end: str
) -> None:
    client = await connect(server.url, **FAST, **callbacks.options)
    called: list[str] = []
    hooked: list[str] = []

    async def call(message: Msg) -> None:
        called.append(message.subject)

    first: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()
    pulled = await client.subscribe("news.*")
    await client.subscribe("news.>", cb=call)
    await client.subscribe("news.eu", "group", hook=lambda message: hooked.append(message.subject))
    await client.subscribe("news.eu", future=first)
    ended = await client.subscribe("news.eu")
    await ended.unsubscribe()
    await client.flush()

    getattr(server, end)()
    await callbacks.until("disconnected")
    server.start()
    await callbacks.until("reconnected")
    await client.publish("news.eu", b"after")
    assert (await pulled.next_msg(20)).data == b"after"
    assert (await first).data == b"after"
    await eventually(lambda: called and hooked, "all have it")
    assert (called, hooked) == (["news.eu"], ["news.eu"])
    await client.flush()
    assert server.monitor("connz")["connections"][0]["subscriptions"] == 3
    assert callbacks.told == ["connected", "disconnected", "reconnected"]
    assert isinstance(callbacks.errors[0], UnexpectedEOF)
    assert client.stats["reconnects"] == 1


async def test_members_of_a_queue_group_share_the_work_again(
    connect: Connect, server: NatsServer
) -> None:
    one, other, sender = [await connect(server.url, **FAST) for _ in range(3)]
    subs = [await client.subscribe("work", "workers") for client in (one, other)]
    for client in (one, other):
        await client.flush()
    server.restart()
    for client in (one, other, sender):
        await back(client)
        await client.flush()
    for _ in range(100):
        await sender.publish("work")
    await sender.flush()
    await eventually(lambda: sum(sub.delivered for sub in subs) >= 100, "all has arrived")
    for client in (one, other):
        await client.flush()
    assert sum(sub.delivered for sub in subs) == 100


@pytest.mark.parametrize("afterwards", [False, True])
async def test_what_is_left_of_a_limit_is_kept(
    connect: Connect, server: NatsServer, afterwards: bool
) -> None:
    client = await connect(server.url, **FAST)
    sub = await client.subscribe("news", max_msgs=0 if afterwards else 5)
    if afterwards:
        await sub.unsubscribe(limit=5)
    for _ in range(2):
        await client.publish("news")
    for _ in range(2):
        await sub.next_msg(20)
    server.restart()
    await back(client)
    for _ in range(10):
        await client.publish("news")
    assert len([message async for message in sub.messages]) == 3
    assert sub.delivered == 5
    await client.flush()
    assert server.monitor("connz")["connections"][0]["subscriptions"] == 0
    assert server.monitor("varz")["out_msgs"] == 3


async def test_requests_go_on(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url, **FAST)
    responder = await connect(server.url, **FAST)

    async def answer(message: Msg) -> None:
        await message.respond(b"answer")

    await responder.subscribe("question", cb=answer)
    await responder.flush()
    await client.request("question", timeout=LONG)
    await lose(client, server)
    asking = asyncio.create_task(client.request("question", timeout=LONG))
    server.start()
    # It may reach the server before the responder does; both are right.
    await asyncio.wait([asking])
    asking.exception()
    await eventually(lambda: responder.is_connected, "the responder is back")
    await responder.flush()
    assert (await client.request("question", timeout=LONG)).data == b"answer"


# Publishes


async def test_what_is_published_meanwhile_arrives_in_order_and_after_subscriptions(
    connect: Connect, server: NatsServer
) -> None:
    client = await connect(server.url, **FAST)
    await client.publish("before")
    await lose(client, server)
    sub = await client.subscribe("news")
    gone = await client.subscribe("news")
    for number in range(5000):
        await client.publish("news", b"%d" % number, headers={"N": "1"} if number % 2 else None)
    await gone.unsubscribe()
    server.start()
    assert [int((await sub.next_msg(LONG)).data) for _ in range(5000)] == list(range(5000))
    assert gone.delivered == 0
    assert client.pending_data_size == 0


async def test_the_first_publish_after_reconnecting_is_like_any_other(
    connect: Connect, server: NatsServer
) -> None:
    client = Client()

    async def publish() -> None:
        await client.publish("news", b"back")

    await client.connect(server.url, **FAST, reconnected_cb=publish)
    sub = await client.subscribe("news")
    server.restart()
    assert (await sub.next_msg(LONG)).data == b"back"
    await client.close()


async def test_no_more_than_pending_size_waits(connect: Connect, server: NatsServer) -> None:
    client = await connect(server.url, pending_size=1000, **FAST)
    sub = await client.subscribe("news")
    await lose(client, server)
    for number in range(8):  # 117 bytes each, with all that belongs to it
        await client.publish("news", b"%100d" % number)
    with pytest.raises(OutboundBufferLimitError, match="1000 is the most"):
        await client.publish("news", bytes(100))
    assert 900 < client.pending_data_size <= 1000
    with pytest.raises(OutboundBufferLimitError):
        await client.request("news", bytes(1000))
    server.start()
    assert [int((await sub.next_msg(LONG)).data) for _ in range(8)] == list(range(8))
    await client.publish("news", bytes(5000))
    assert len((await sub.next_msg(20)).data) == 5000


@pytest.mark.parametrize("pending_size", [0, -1])
async def test_nothing_need_wait(connect: Connect, server: NatsServer, pending_size: int) -> None:
    client = await connect(server.url, pending_size=pending_size, **FAST)
    sub = await client.subscribe("news")
    for _ in range(2):
        await client.publish("news", bytes(100_000))
        await sub.next_msg(20)
    await lose(client, server)
    with pytest.raises(OutboundBufferLimitError):
        await client.publish("news")


async def test_a_server_that_takes_less_than_the_one_before(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, **FAST, **callbacks.options)
    await client.publish("news", bytes(5000))
    await client.publish("news", bytes(5000))
    assert client.max_payload == 1024 * 1024
    server.stop()
    server.config = "max_payload: 1000"
    server.start()
    await callbacks.until("reconnected")
    assert client.max_payload == 1000
    for _ in range(2):
        with pytest.raises(MaxPayloadError, match="1000 at most"):
            await client.publish("news", bytes(1001))
        await client.publish("news", bytes(1000))
    with pytest.raises(MaxPayloadError):
        await client.publish("news", bytes(990), headers={"Key": "value"})
    await client.flush()
    assert callbacks.told.count("disconnected") == 1


async def test_what_waited_and_is_too_large_for_the_next_server_is_dropped_and_told(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    client = await connect(server.url, **FAST, **callbacks.options)
    sub = await client.subscribe("news")
    await lose(client, server)
    for size in (1, 5000, 990, 1000, 1001):
        await client.publish("news", bytes(size))
    await client.publish("news", bytes(990), headers={"Key": "value"})
    asking = asyncio.create_task(client.request("news", bytes(5000), timeout=None))
    await asyncio.sleep(0)
    server.config = "max_payload: 1000"
    server.start()
    with pytest.raises(MaxPayloadError):
        await asking
    assert [len((await sub.next_msg(LONG)).data) for _ in range(3)] == [1, 990, 1000]
    await client.flush()
    assert callbacks.told == ["connected", "disconnected", "reconnected"]
    too_large = [str(error) for error in callbacks.errors if isinstance(error, MaxPayloadError)]
    assert len(too_large) == 4
    assert "'news'" in too_large[0]
    assert "5000 bytes" in too_large[0]
    assert "1000 at most" in too_large[0]
    assert client.stats["out_msgs"] == 3
    assert client.stats["out_bytes"] == 1991


async def test_a_server_may_say_that_it_takes_less_from_now_on(
    connect: Connect, proxy: FaultyProxy
) -> None:
    client = await connect(proxy.url)
    await client.publish("news", bytes(2000))
    assert client.server_info is not None
    info = client.server_info.raw | {"max_payload": 1000}
    proxy.to_client.inject(b"INFO %s\r\n" % json.dumps(info).encode())
    await eventually(lambda: client.max_payload == 1000, "it knows")
    for _ in range(2):
        with pytest.raises(MaxPayloadError):
            await client.publish("news", bytes(2000))


# Callbacks


@pytest.mark.parametrize(
    "name", ["connected", "disconnected", "reconnected", "closed", "discovered_server", "error"]
)
async def test_a_callback_that_fails_harms_nothing(
    connect: Connect,
    server: NatsServer,
    callbacks: Callbacks,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    async def fail(*args: object) -> None:
        raise RuntimeError(f"fault of {name}_cb")

    client = await connect(server.url, **{**FAST, **callbacks.options, f"{name}_cb": fail})
    sub = await client.subscribe("news")
    server.restart()
    await back(client)
    await client.publish("news")
    await sub.next_msg(20)
    await client.close()
    expected = ["connected", "disconnected", "reconnected", "disconnected", "closed"]
    assert callbacks.told == [each for each in expected if each != name]
    if name != "discovered_server":
        assert f"fault of {name}_cb" in caplog.text
    if name not in ("error", "discovered_server"):
        assert str(await callbacks.until_error(RuntimeError)) == f"fault of {name}_cb"


async def test_a_callback_that_never_returns_does_not_keep_the_client_from_reconnecting(
    connect: Connect, server: NatsServer
) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    client = await connect(server.url, disconnected_cb=hang, drain_timeout=0.05, **FAST)
    sub = await client.subscribe("news")
    server.restart()
    await back(client)
    await client.publish("news")
    await sub.next_msg(20)
    await client.close()


async def test_a_callback_in_which_something_is_cancelled_does_not_stop_the_others(
    connect: Connect, server: NatsServer, callbacks: Callbacks
) -> None:
    async def awaits_cancelled() -> None:
        waiting = asyncio.get_running_loop().create_future()
        waiting.cancel()
        await waiting

    options = {**callbacks.options, "disconnected_cb": awaits_cancelled}
    client = await connect(server.url, **FAST, **options)
    server.restart()
    await callbacks.until("reconnected")
    await client.close()
    assert callbacks.told == ["connected", "reconnected", "closed"]


async def test_errors_without_a_callback_are_logged(
    connect: Connect, server: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "natstui.client"):
        client = await connect(server.url, **FAST)
        server.restart()
        await back(client)
    assert "unexpected end of stream" in caplog.text
