"""Ordered consumers that pull: every message once and in order, however it is read."""

from __future__ import annotations

import asyncio

import pytest

from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.consumer import OrderedConsumer
from natstui.client.js.errors import Error, NotFoundError
from natstui.client.js.messages import Messages
from natstui.client.js.stream import Stream
from tests.client.js.conftest import Connect, until
from tests.client.js.reading import lose, once, publish, publish_surely, sequences
from tests.support.cluster import Cluster
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def stream(js: JetStreamContext) -> Stream:
    await js.add_stream(name="S", subjects=["s.>"])
    return await js.stream("S")


async def take(messages: Messages, count: int) -> list[int]:
    return sequences([await messages.next_msg(30) for _ in range(count)])


async def consumers(stream: Stream, count: int) -> None:
    async def are_there() -> bool:
        return len(await stream.consumers_info()) == count

    await until(are_there, f"there are {count} consumers")


async def test_everything_comes_in_order(js: JetStreamContext, stream: Stream) -> None:
    await publish(js, 3000, size=10)
    ordered = stream.ordered_consumer()
    got = []
    async with ordered.messages() as messages:
        async for message in messages:
            got.append(message)
            if len(got) == 3000:
                break
        assert ordered.resets == 0
        (info,) = await stream.consumers_info()
        assert info.config.ack_policy is api.AckPolicy.NONE
        assert (info.config.mem_storage, info.config.max_deliver) == (True, 1)
    assert sequences(got) == list(range(1, 3001))
    await consumers(stream, 0)


async def test_a_callback_gets_everything_in_order(js: JetStreamContext, stream: Stream) -> None:
    await publish(js, 100)
    got: list[int] = []

    async def cb(message: Msg) -> None:
        got.append(message.metadata.sequence.stream)

    async with stream.ordered_consumer().consume(cb, max_messages=9):
        await eventually(lambda: len(got) == 100, "all have come")
    assert got == list(range(1, 101))


async def test_it_continues_however_it_is_read(js: JetStreamContext, stream: Stream) -> None:
    await publish(js, 20)
    ordered = stream.ordered_consumer()
    assert sequences(await ordered.fetch(3)) == [1, 2, 3]
    assert (await ordered.next()).metadata.sequence.stream == 4
    assert sequences(await ordered.fetch_no_wait(3)) == [5, 6, 7]
    assert ordered.resets == 0
    async with ordered.messages(max_messages=5) as messages:
        assert await take(messages, 3) == [8, 9, 10]
    assert sequences(await ordered.fetch(3)) == [11, 12, 13]
    assert ordered.last_seq == 13
    assert sequences(await ordered.fetch(30, expires=0.2)) == list(range(14, 21))
    assert await ordered.fetch(30, expires=0.2) == []
    assert await ordered.fetch_no_wait(30) == []


async def test_an_iteration_that_is_left_loses_nothing(
    js: JetStreamContext, stream: Stream
) -> None:
    await publish(js, 10)
    ordered = stream.ordered_consumer()
    async for message in ordered.fetch(20, expires=20):
        assert message.metadata.sequence.stream == 1
        break
    assert sequences(await ordered.fetch_no_wait(2)) == [2, 3]
    async for message in ordered.fetch(20, expires=20):
        assert message.metadata.sequence.stream == 4
        async for _ in ordered.fetch(20, expires=20):
            break
        break
    assert sequences(await ordered.fetch_no_wait(20)) == [6, 7, 8, 9, 10]


async def test_there_is_one_reader_at_a_time(js: JetStreamContext, stream: Stream) -> None:
    ordered = stream.ordered_consumer()
    fetching = asyncio.ensure_future(_list(ordered, 1))
    await consumers(stream, 1)
    with pytest.raises(Error, match="one reader"):
        await ordered.fetch(1)
    with pytest.raises(Error, match="one reader"):
        ordered.messages()
    await publish(js, 1)
    assert await fetching == [1]
    async with ordered.messages():
        with pytest.raises(Error, match="one reader"):
            await ordered.next()
    assert await ordered.fetch_no_wait(1) == []


async def test_a_cancelled_fetch_loses_nothing(js: JetStreamContext, stream: Stream) -> None:
    ordered = stream.ordered_consumer()
    fetching = asyncio.ensure_future(_list(ordered, 3))
    await consumers(stream, 1)
    await publish(js, 2)
    await eventually(lambda: ordered.last_seq == 2, "two have come")
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert sequences(await ordered.fetch(2)) == [1, 2]


async def _list(ordered: OrderedConsumer, count: int) -> list[int]:
    return sequences(await ordered.fetch(count, expires=40, heartbeat=0.2))


async def test_lost_messages_are_asked_for_again(js: JetStreamContext, stream: Stream) -> None:
    ordered = stream.ordered_consumer()
    async with ordered.messages(max_messages=20, heartbeat=0.2) as messages:
        lose(messages, once(1, 40, 41, 90))
        await publish(js, 100)
        assert await take(messages, 100) == list(range(1, 101))
        assert ordered.resets >= 1


async def test_a_lost_last_message_is_seen_by_the_heartbeat(
    js: JetStreamContext, stream: Stream
) -> None:
    ordered = stream.ordered_consumer()
    async with ordered.messages(heartbeat=0.2) as messages:
        lose(messages, once(3))
        await publish(js, 3)
        assert await take(messages, 3) == [1, 2, 3]
    assert ordered.resets >= 1


async def test_a_deleted_consumer_is_replaced(js: JetStreamContext, stream: Stream) -> None:
    await publish(js, 3)
    ordered = stream.ordered_consumer()
    async with ordered.messages() as messages:
        assert await take(messages, 3) == [1, 2, 3]
        await stream.delete_consumer((await stream.consumers_info())[0].name)
        await publish(js, 3)
        assert await take(messages, 3) == [4, 5, 6]
        await consumers(stream, 1)


async def test_a_consumer_that_went_away_between_two_fetches(
    js: JetStreamContext, stream: Stream
) -> None:
    await publish(js, 4)
    ordered = stream.ordered_consumer()
    assert sequences(await ordered.fetch(2)) == [1, 2]
    await stream.delete_consumer((await stream.consumers_info())[0].name)
    assert sequences(await ordered.fetch(2)) == [3, 4]
    await stream.delete_consumer((await stream.consumers_info())[0].name)
    assert await ordered.fetch_no_wait(2) == []


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (api.ConsumerConfig(filter_subjects=["s.a", "s.c"]), [1, 3, 4, 6]),
        (api.ConsumerConfig(filter_subject="s.b"), [2, 5]),
        (api.ConsumerConfig(deliver_policy="last"), [6]),
        (api.ConsumerConfig(deliver_policy="by_start_sequence", opt_start_seq=5), [5, 6]),
        (
            api.ConsumerConfig(deliver_policy="last_per_subject", filter_subject="s.>"),
            [4, 5, 6],
        ),
        (api.ConsumerConfig(deliver_policy="new"), []),
    ],
)
async def test_it_starts_where_it_is_told(
    js: JetStreamContext, stream: Stream, config: api.ConsumerConfig, expected: list[int]
) -> None:
    for subject in ("s.a", "s.b", "s.c") * 2:
        await publish(js, 1, subject)
    got = await stream.ordered_consumer(config).fetch_no_wait(10)
    assert sequences(got) == expected


async def test_new_stays_where_it_began(js: JetStreamContext, stream: Stream) -> None:
    """Also when the consumer was lost before the first message came, of an empty stream."""
    ordered = stream.ordered_consumer(deliver_policy=api.DeliverPolicy.NEW)
    async with ordered.messages(heartbeat=0.2) as messages:
        waiting = asyncio.ensure_future(take(messages, 2))
        await consumers(stream, 1)
        lose(messages, once(1))
        await publish(js, 2)
        assert await waiting == [1, 2]


@pytest.mark.parametrize(
    "config",
    [
        api.ConsumerConfig(durable_name="d"),
        api.ConsumerConfig(name="n"),
        api.ConsumerConfig(deliver_subject="d"),
        api.ConsumerConfig(priority_groups=["g"]),
    ],
)
async def test_what_an_ordered_consumer_cannot_have(
    stream: Stream, config: api.ConsumerConfig
) -> None:
    with pytest.raises(Error, match="ordered"):
        stream.ordered_consumer(config)


async def test_the_end_of_the_stream_ends_it(js: JetStreamContext, stream: Stream) -> None:
    await publish(js, 1)
    ordered = stream.ordered_consumer()
    messages = ordered.messages(heartbeat=0.2)
    assert await take(messages, 1) == [1]
    waiting = asyncio.ensure_future(messages.next_msg(40))
    await js.delete_stream("S")
    with pytest.raises(NotFoundError, match="stream not found"):
        await waiting
    with pytest.raises(NotFoundError, match="stream not found"):
        await ordered.next()


async def test_the_restart_of_the_server_is_survived(
    js_server: NatsServer, connect: Connect
) -> None:
    js = (await connect(reconnect_time_wait=0.05)).jetstream(timeout=20)
    await js.add_stream(name="S", subjects=["s.>"])
    ordered = js.ordered_consumer("S")
    async with ordered.messages() as messages:
        for round in range(3):
            await publish(js, 2)
            await asyncio.to_thread(js_server.kill)
            await asyncio.to_thread(js_server.start)
            await publish(js, 2)
            assert await take(messages, 4) == list(range(4 * round + 1, 4 * round + 5))


async def test_a_silent_server_is_survived(
    js_server: NatsServer, js: JetStreamContext, stream: Stream, errors: list[Exception]
) -> None:
    async with stream.ordered_consumer().messages(heartbeat=0.1) as messages:
        waiting = asyncio.ensure_future(take(messages, 2))
        await consumers(stream, 1)
        js_server.pause()
        await eventually(lambda: errors, "it is noticed")
        js_server.resume()
        await publish(js, 2)
        assert await waiting == [1, 2]


async def test_changes_of_leaders_are_survived(
    shared_js_cluster: Cluster, connect: Connect, unique_name: str
) -> None:
    js = (await connect(shared_js_cluster.urls)).jetstream(timeout=20)
    await js.add_stream(name=unique_name, subjects=[f"{unique_name}.>"], num_replicas=3)
    ordered = js.ordered_consumer(unique_name)
    async with ordered.messages(heartbeat=1) as messages:
        for round in range(2):
            await publish_surely(js, 2, f"{unique_name}.a")
            await js._api_request(f"STREAM.LEADER.STEPDOWN.{unique_name}")
            await publish_surely(js, 2, f"{unique_name}.a")
            assert await take(messages, 4) == list(range(4 * round + 1, 4 * round + 5))


async def test_the_stream_has_a_name(js: JetStreamContext) -> None:
    with pytest.raises(ValueError, match="invalid stream name 'a b'"):
        js.ordered_consumer("a b")


async def test_nothing_waits_on_the_server_when_it_is_deleted(
    js: JetStreamContext, stream: Stream
) -> None:
    await publish(js, 3)
    ordered = stream.ordered_consumer()
    assert sequences(await ordered.fetch(2)) == [1, 2]
    await consumers(stream, 1)
    await ordered.delete()
    await consumers(stream, 0)
    assert sequences(await ordered.fetch(1)) == [3]
    async with ordered.messages():
        with pytest.raises(Error, match="while it is read"):
            await ordered.delete()


async def test_a_fetch_that_is_cancelled_at_once_leaves_no_consumer(
    nc: Client, stream: Stream
) -> None:
    ordered = stream.ordered_consumer()
    fetching = asyncio.ensure_future(_list(ordered, 1))
    await eventually(lambda: ordered._ordered.consumer, "the consumer is asked for")
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    await nc.flush()
    await consumers(stream, 0)
