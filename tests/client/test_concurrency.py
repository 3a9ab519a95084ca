"""Several takers of one subscription."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

import natstui.client as nats
from natstui.client import Client, Msg
from natstui.client.errors import Error
from tests.support.server import NatsServer
from tests.support.waiting import eventually


class Works:
    """A callback that does not return before `finish` lets it."""

    def __init__(self) -> None:
        self.running: list[bytes] = []
        self.most_at_once = 0
        self.finished: list[bytes] = []
        self.finish = asyncio.Event()

    async def __call__(self, msg: Msg) -> None:
        self.running.append(msg.data)
        self.most_at_once = max(self.most_at_once, len(self.running))
        await self.finish.wait()
        self.running.remove(msg.data)
        self.finished.append(msg.data)


@pytest.fixture
async def client(server: NatsServer) -> AsyncIterator[Client]:
    async with await nats.connect(server.url) as client:
        yield client


async def publish(client: Client, count: int) -> list[bytes]:
    payloads = [b"%d" % number for number in range(count)]
    for payload in payloads:
        await client.publish("work", payload)
    await client.flush()
    return payloads


async def test_one_after_another_unless_asked_for(client: Client) -> None:
    works = Works()
    await client.subscribe("work", cb=works)
    payloads = await publish(client, 5)
    await eventually(lambda: works.running, "it has begun")
    works.finish.set()
    await eventually(lambda: len(works.finished) == 5, "all is done")
    assert works.finished == payloads
    assert works.most_at_once == 1


async def test_so_many_at_once_and_no_more(client: Client) -> None:
    works = Works()
    sub = await client.subscribe("work", cb=works, concurrency=3)
    payloads = await publish(client, 10)
    await eventually(lambda: len(works.running) == 3, "three are at work")
    assert sub.pending_msgs == 7
    works.finish.set()
    await eventually(lambda: len(works.finished) == 10, "all is done")
    assert sorted(works.finished) == sorted(payloads)
    assert works.most_at_once == 3


async def test_a_slow_one_holds_up_nobody(client: Client) -> None:
    done: list[bytes] = []
    forever = asyncio.Event()

    async def work(msg: Msg) -> None:
        if msg.data == b"0":
            await forever.wait()
        done.append(msg.data)

    await client.subscribe("work", cb=work, concurrency=2)
    await publish(client, 100)
    await eventually(lambda: len(done) == 99, "all others are done")
    forever.set()
    await eventually(lambda: len(done) == 100, "all are done")


@pytest.mark.parametrize("slowest", [b"0", b"1", b"2"])
async def test_draining_waits_for_all_of_them(client: Client, slowest: bytes) -> None:
    finish = asyncio.Event()
    finished: list[bytes] = []

    async def work(msg: Msg) -> None:
        await asyncio.sleep(0)  # so that the next one begins
        if msg.data == slowest:
            await finish.wait()
        finished.append(msg.data)

    sub = await client.subscribe("work", cb=work, concurrency=3)
    await publish(client, 10)
    draining = asyncio.create_task(sub.drain())
    await eventually(lambda: len(finished) == 9, "all others are done")
    for _ in range(3):  # one is what draining waits for; then it has a mistake to make
        await client.flush()
    assert not draining.done()
    finish.set()
    await draining
    assert len(finished) == 10


async def test_draining_the_client_waits_for_their_answers(server: NatsServer) -> None:
    begun = asyncio.Semaphore(0)
    finish = asyncio.Event()

    async def answer(msg: Msg) -> None:
        begun.release()
        await finish.wait()
        await msg.respond(msg.data)

    async with await nats.connect(server.url) as asker:
        client = await nats.connect(server.url)
        await client.subscribe("work", cb=answer, concurrency=4)
        await client.flush()
        asked = [asyncio.create_task(asker.request("work", b"?", timeout=20)) for _ in range(4)]
        for _ in asked:
            await begun.acquire()
        draining = asyncio.create_task(client.drain())
        await asker.flush()
        finish.set()
        assert [(await each).data for each in asked] == [b"?"] * 4
        await draining
    assert client.is_closed


async def test_closing_ends_all_of_them(client: Client) -> None:
    works = Works()
    await client.subscribe("work", cb=works, concurrency=3)
    await publish(client, 3)
    await eventually(lambda: len(works.running) == 3, "three are at work")
    await client.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("nats-")]
    assert works.finished == []


@pytest.mark.parametrize("end", ["close", "drain"])
async def test_one_of_them_may_end_the_client(client: Client, end: str) -> None:
    waiting = asyncio.Event()

    async def work(msg: Msg) -> None:
        if msg.data == b"0":
            await waiting.wait()
            await getattr(client, end)()
        else:
            waiting.set()

    await client.subscribe("work", cb=work, concurrency=2)
    await client.publish("work", b"0")
    await client.publish("work", b"1")
    await eventually(lambda: client.is_closed, "the client is closed")


async def test_an_exception_stops_nobody(server: NatsServer) -> None:
    errors: list[Exception] = []
    done: list[bytes] = []

    async def on_error(error: Exception) -> None:
        errors.append(error)

    async def work(msg: Msg) -> None:
        if int(msg.data) % 2:
            raise LookupError(msg.data)
        done.append(msg.data)

    async with await nats.connect(server.url, error_cb=on_error) as client:
        await client.subscribe("work", cb=work, concurrency=2)
        await publish(client, 10)
        await eventually(lambda: len(done) == len(errors) == 5, "each was tried")


async def no_callback(msg: Msg) -> None:
    raise AssertionError("nothing was published")


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"concurrency": 0, "cb": no_callback}, id="none"),
        pytest.param({"concurrency": 2}, id="without-callback"),
        pytest.param({"concurrency": 2, "hook": print}, id="hook"),
    ],
)
async def test_it_is_for_callbacks(client: Client, options: dict[str, Any]) -> None:
    with pytest.raises(Error, match="concurrency"):
        await client.subscribe("work", **options)


async def test_iterators_share_what_arrives(client: Client) -> None:
    sub = await client.subscribe("work")
    first, second = sub.messages, sub.messages
    await client.publish("work", b"1")
    assert (await anext(first)).data == b"1"
    await publish(client, 2)  # "0" and "1", in one read
    assert (await anext(second)).data == b"0"
    await client.publish("work", b"last")
    await client.flush()
    # What the second one has begun with is not its own: it may never come back for it.
    assert (await anext(first)).data == b"1"
    assert (await anext(first)).data == b"last"
