"""Reading many stored messages without a consumer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from natstui.client.aio.client import Client
from natstui.client.errors import ConnectionClosedError, TimeoutError
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    ApiLevelError,
    NotFoundError,
    ServiceUnavailableError,
)
from natstui.client.js.stream import Stream
from tests.client.js.conftest import Connect
from tests.client.js.reading import publish
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def stream(js: JetStreamContext) -> Stream:
    await js.add_stream(name="S", subjects=["s.>"], allow_direct=True)
    return await js.stream("S")


def seqs(messages: Iterable[api.RawStreamMsg]) -> list[int | None]:
    return [message.seq for message in messages]


async def all_seqs(messages: AsyncIterator[api.RawStreamMsg]) -> list[int | None]:
    return [message.seq async for message in messages]


async def test_a_page_says_what_is_behind_it(js: JetStreamContext, stream: Stream) -> None:
    await publish(js, 10)
    page = await stream.get_page(batch=4)
    assert (seqs(page.messages), page.pending, page.next_seq) == ([1, 2, 3, 4], 6, 5)
    page = await stream.get_page(page.next_seq, batch=100)
    assert (seqs(page.messages), page.pending) == ([5, 6, 7, 8, 9, 10], 0)
    page = await stream.get_page(page.next_seq)
    assert (page.messages, page.pending) == ([], 0)


async def test_messages_are_what_was_stored(js: JetStreamContext, stream: Stream) -> None:
    await js.publish("s.a", b"payload", headers={"K": "v", "Nats-Sequence": "99"})
    await publish(js, 1, "s.b")
    (first, second) = (await stream.get_page()).messages
    assert (first.subject, first.seq, first.data, first.stream) == ("s.a", 1, b"payload", "S")
    assert first.headers is not None
    assert first.headers["K"] == "v"
    assert first.time == (await js.get_msg("S", 1)).time
    assert (second.subject, second.data) == ("s.b", b"")


async def test_gaps_and_subjects(js: JetStreamContext, stream: Stream) -> None:
    for subject in ("s.a", "s.b", "t", "s.c.d") * 3:
        if subject.startswith("s"):
            await publish(js, 1, subject)
    await js.delete_msg("S", 4)
    assert await all_seqs(stream.get_msgs(batch=2)) == [1, 2, 3, 5, 6, 7, 8, 9]
    assert await all_seqs(stream.get_msgs(subject="s.*", batch=2)) == [1, 2, 5, 7, 8]
    assert await all_seqs(stream.get_msgs(3, subject="s.a")) == [7]
    assert await all_seqs(stream.get_msgs(subject="s.nothing")) == []
    assert await all_seqs(stream.get_msgs(3, limit=3, batch=2)) == [3, 5, 6]
    assert await all_seqs(stream.get_msgs(limit=0)) == []


async def test_an_empty_stream(stream: Stream) -> None:
    assert await all_seqs(stream.get_msgs()) == []
    assert await all_seqs(stream.get_last_msgs()) == []


async def test_from_a_time_on(js: JetStreamContext, stream: Stream) -> None:
    await publish(js, 2)
    time = datetime.now(UTC)
    await publish(js, 3)
    assert await all_seqs(stream.get_msgs(start_time=time, batch=2)) == [3, 4, 5]
    assert await all_seqs(stream.get_msgs(start_time=datetime.now(UTC))) == []


async def test_pages_end_at_their_bytes(js: JetStreamContext, stream: Stream) -> None:
    await publish(js, 20, size=1000)
    page = await stream.get_page(max_bytes=5000)
    assert 1 < len(page.messages) < 8
    assert page.pending == 20 - len(page.messages)
    assert await all_seqs(stream.get_msgs(max_bytes=1)) == list(range(1, 21))


async def test_the_last_messages_of_subjects(js: JetStreamContext, stream: Stream) -> None:
    for subject in ("s.a", "s.b", "s.c", "s.a", "s.b"):
        await publish(js, 1, subject)
    assert await all_seqs(stream.get_last_msgs(batch=2)) == [3, 4, 5]
    assert await all_seqs(stream.get_last_msgs("s.a")) == [4]
    assert await all_seqs(stream.get_last_msgs(["s.a", "s.c", "s.x"])) == [3, 4]


async def test_the_last_messages_as_of_a_moment(js: JetStreamContext, stream: Stream) -> None:
    for subject in ("s.a", "s.b", "s.a"):
        await publish(js, 1, subject)
    time = datetime.now(UTC)
    await publish(js, 2, "s.b")
    assert await all_seqs(stream.get_last_msgs(up_to_seq=2)) == [1, 2]
    assert await all_seqs(stream.get_last_msgs(up_to_seq=0)) == []
    assert await all_seqs(stream.get_last_msgs(up_to_time=time)) == [2, 3]
    with pytest.raises(ValueError, match="not both"):
        await all_seqs(stream.get_last_msgs(up_to_seq=1, up_to_time=time))


async def test_all_pages_show_the_same_moment(js: JetStreamContext, stream: Stream) -> None:
    for number in range(6):
        await publish(js, 1, f"s.{number}")
    seen = []
    async for message in stream.get_last_msgs(batch=2):
        seen.append(message.seq)
        await publish(js, 1, f"s.{len(seen) - 1}")
        await publish(js, 1, "s.new")
    assert seen == [1, 2, 3, 4, 5, 6]


async def test_more_subjects_than_the_server_answers_for(
    js: JetStreamContext, stream: Stream
) -> None:
    for number in range(2500):
        await js.publish_async(f"s.many.{number}", b"old")
    await publish(js, 5, "s.few")
    for number in range(0, 2500, 2):
        await js.publish_async(f"s.many.{number}", b"new")
    await js.publish_async_completed()
    found = [message async for message in stream.get_last_msgs()]
    assert len(found) == len({message.subject for message in found}) == 2501
    assert sum(message.data == b"new" for message in found) == 1250
    before = [message async for message in stream.get_last_msgs("s.many.*", up_to_seq=2500)]
    # What was replaced is still there, since the stream keeps all.
    assert {message.data for message in before} == {b"old"}
    assert len(before) == 2500


async def test_a_stream_that_does_not_allow_it(js: JetStreamContext) -> None:
    await js.add_stream(name="C", subjects=["c"])
    with pytest.raises(ServiceUnavailableError, match="allow_direct"):
        await Stream(js, "C").get_page()
    with pytest.raises(NotFoundError, match="stream not found"):
        await Stream(js, "X").get_page()
    with pytest.raises(ValueError, match="invalid stream name"):
        await Stream(js, "a.b").get_page()


async def test_no_consumer_and_nothing_left_behind(
    js_server: NatsServer, js: JetStreamContext, stream: Stream
) -> None:
    def subscriptions() -> set[str]:
        (connection,) = js_server.monitor("connz?subs=1")["connections"]
        return set(connection["subscriptions_list"])

    await publish(js, 10)
    before = subscriptions()
    async for _ in stream.get_msgs(batch=2):
        assert subscriptions() > before
        assert await stream.consumers_info() == []
        break
    await eventually(lambda: subscriptions() == before, "its inbox is gone")


@pytest.mark.parametrize("value", [0, -1, 1.5, float("nan")])
@pytest.mark.parametrize("name", ["batch", "max_bytes"])
async def test_pages_that_there_are_not(
    js: JetStreamContext, stream: Stream, name: str, value: Any
) -> None:
    await publish(js, 3)
    with pytest.raises(ValueError, match=f"nats: {name} is"):
        await stream.get_page(**{name: value})
    for messages in (stream.get_msgs, stream.get_last_msgs):
        with pytest.raises(ValueError, match=f"nats: {name} is"):
            await all_seqs(messages(**{name: value}))
    assert await all_seqs(stream.get_msgs(limit=0)) == []


# Faults.


async def test_an_answer_that_is_cut_is_asked_for_again(
    js_server: NatsServer, js: JetStreamContext, stream: Stream, connect: Connect
) -> None:
    await publish(js, 500, size=1000)
    async with FaultyProxy("127.0.0.1", js_server.port) as proxy:
        other = (await connect(proxy.url, reconnect_time_wait=0.05)).jetstream(timeout=20)
        proxy.to_client.cut_after(100_000, reset=True)
        assert await all_seqs(Stream(other, "S").get_msgs()) == list(range(1, 501))
        proxy.to_client.cut_after(100_000, reset=True)
        assert await all_seqs(Stream(other, "S").get_last_msgs()) == [500]
        assert proxy.accepted >= 2


async def test_nobody_answers(js_server: NatsServer, nc: Client, stream: Stream) -> None:
    js_server.pause()
    try:
        with pytest.raises(TimeoutError):
            await Stream(nc.jetstream(timeout=0.1), "S").get_page()
    finally:
        js_server.resume()


async def test_closing_the_client_ends_it(
    js_server: NatsServer, nc: Client, stream: Stream
) -> None:
    js_server.pause()
    try:
        reading = asyncio.ensure_future(stream.get_page())
        await asyncio.sleep(0)
        await nc.close()
        with pytest.raises(ConnectionClosedError):
            await reading
    finally:
        js_server.resume()


async def test_an_older_server(old_server: Connect) -> None:
    js = (await old_server()).jetstream()
    with pytest.raises(ApiLevelError, match=r"level 1 .*server has 0"):
        await Stream(js, "S").get_page()
