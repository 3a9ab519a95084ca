"""Messages without end: how far ahead they are asked for, what they survive, how they end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.client.errors import (
    BadSubscriptionError,
    ConnectionClosedError,
    PublishRefusedError,
)
from natstui.client.js.client import JetStreamContext
from natstui.client.js.consumer import Consumer
from natstui.client.js.errors import (
    APIError,
    ConsumerDeletedError,
    ConsumerNotActiveError,
    Error,
    NotFoundError,
)
from natstui.client.js.messages import Messages
from natstui.client.js.stream import Stream
from tests.client.js.conftest import Connect, until
from tests.client.js.reading import publish, pulls, sequences
from tests.support.cluster import Cluster
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def stream(js: JetStreamContext) -> Stream:
    await js.add_stream(name="S", subjects=["s.>"])
    return await js.stream("S")


@pytest.fixture
async def consumer(stream: Stream) -> Consumer:
    return await stream.add_consumer(durable_name="c", max_ack_pending=100_000)


async def take(messages: Messages, count: int) -> list[int]:
    return sequences([await messages.next_msg(30) for _ in range(count)])


async def delivered(consumer: Consumer, count: int) -> None:
    async def is_so() -> bool:
        sent = (await consumer.info()).delivered
        return sent is not None and sent.consumer_seq >= count

    await until(is_so, f"{count} messages were sent")


async def test_everything_comes(js: JetStreamContext, consumer: Consumer) -> None:
    await publish(js, 3000, size=10)
    got = []
    async with consumer.messages() as messages:
        async for message in messages:
            got.append(message)
            if len(got) == 3000:
                break
        await publish(js, 3)
        assert await take(messages, 3) == [3001, 3002, 3003]
    assert sequences(got) == list(range(1, 3001))


async def test_nothing_is_asked_for_before_somebody_takes(
    js: JetStreamContext, consumer: Consumer
) -> None:
    await publish(js, 3)
    messages = consumer.messages()
    assert (await consumer.info()).num_ack_pending == 0
    assert await take(messages, 3) == [1, 2, 3]


@pytest.mark.parametrize("most", [1, 2, 10, 100])
async def test_no_more_is_asked_for_than_there_is_room(
    js: JetStreamContext, consumer: Consumer, most: int
) -> None:
    await publish(js, 300)
    messages = consumer.messages(max_messages=most)
    for taken in range(1, 101):
        (seq,) = await take(messages, 1)
        assert seq == taken
        ahead = messages.pending_msgs + messages._asked_msgs
        assert ahead <= most
    await consumer.info()
    assert messages.delivered <= 100 + most


async def test_more_is_asked_for_when_the_threshold_is_reached(
    js: JetStreamContext, consumer: Consumer
) -> None:
    await publish(js, 100)
    messages = consumer.messages(max_messages=40, threshold=10)
    await take(messages, 1)
    await delivered(consumer, 40)
    await take(messages, 28)
    assert (await consumer.info()).num_pending == 60
    await take(messages, 7)  # it is looked at after every fifth, or where a read ended
    await delivered(consumer, 70)


async def test_the_room_may_be_in_bytes(js: JetStreamContext, consumer: Consumer) -> None:
    await publish(js, 200, size=1000)
    messages = consumer.messages(max_bytes=10_000)
    for taken in range(1, 201):
        assert await take(messages, 1) == [taken]
        assert messages.pending_bytes <= 10_000


@pytest.mark.parametrize(
    "options",
    [
        {"max_messages": 0},
        {"max_messages": 1.5},
        {"max_messages": float("nan")},
        {"max_bytes": 0},
        {"max_bytes": float("nan")},
        {"max_messages": 1, "max_bytes": 1},
        {"max_messages": 10, "threshold": 10},
        {"threshold": -1},
        {"threshold": 1.5},
        {"threshold": float("nan")},
        {"expires": 0},
        {"expires": float("nan")},
        {"expires": float("inf")},
        {"expires": 1, "heartbeat": 0.6},
    ],
)
async def test_impossible_options(consumer: Consumer, options: dict[str, Any]) -> None:
    *_, wrong = options
    with pytest.raises(ValueError, match=f"^nats: .*{wrong}"):
        consumer.messages(**options)


async def test_pulls_that_expire_are_renewed(js: JetStreamContext, consumer: Consumer) -> None:
    async with consumer.messages(max_messages=5, expires=0.2) as messages:
        waiting = asyncio.ensure_future(take(messages, 2))
        await eventually(lambda: messages._number > 3, "several pulls have expired")
        await publish(js, 2)
        assert await waiting == [1, 2]


async def test_the_limits_of_the_consumer_are_kept(js: JetStreamContext, stream: Stream) -> None:
    await publish(js, 30)
    consumer = await stream.add_consumer(
        durable_name="c", max_batch=5, max_expires=1, max_bytes=1000
    )
    async with consumer.messages() as messages:
        assert await take(messages, 15) == list(range(1, 16))
    async with consumer.messages(max_bytes=100_000) as messages:
        assert len(await take(messages, 15)) == 15


async def test_limits_that_were_not_known(
    js: JetStreamContext, stream: Stream, errors: list[Exception]
) -> None:
    await publish(js, 30)
    await stream.add_consumer(durable_name="c", max_batch=5)
    async with Consumer(js, "S", "c").messages() as messages:
        assert await take(messages, 30) == list(range(1, 31))
    assert ["MaxRequestBatch" in str(error) for error in errors] == [True]


async def test_a_message_that_is_larger_than_the_room(
    js: JetStreamContext, stream: Stream, consumer: Consumer, errors: list[Exception]
) -> None:
    await publish(js, 1)
    await publish(js, 1, size=2000)
    await publish(js, 1)
    async with consumer.messages(max_bytes=1000) as messages:
        assert await take(messages, 1) == [1]
        waiting = asyncio.ensure_future(take(messages, 1))
        await eventually(lambda: errors, "it is reported")
        assert "MaxBytes" in str(errors[0])
        await stream.delete_msg(2)
        assert await waiting == [3]


async def test_a_consumer_that_is_deleted_ends_them(
    js: JetStreamContext, consumer: Consumer
) -> None:
    await publish(js, 2)
    messages = consumer.messages()
    iteration = aiter(messages)
    assert sequences([await anext(iteration), await anext(iteration)]) == [1, 2]
    await consumer.delete()
    with pytest.raises(ConsumerDeletedError):
        await anext(iteration)
    with pytest.raises(ConsumerDeletedError):
        await messages.next_msg(20)
    with pytest.raises(ConsumerDeletedError):
        await messages.wait()


async def test_a_consumer_that_was_deleted_meanwhile(
    js: JetStreamContext, consumer: Consumer
) -> None:
    messages = consumer.messages()
    await consumer.delete()
    with pytest.raises(NotFoundError):
        await messages.next_msg(30)


async def test_a_push_consumer_ends_them(js: JetStreamContext, stream: Stream) -> None:
    await js.add_consumer("S", durable_name="p", deliver_subject="here")
    with pytest.raises(APIError, match="push based"):
        await Consumer(js, "S", "p").messages().next_msg(30)


async def test_the_publish_guard_ends_them(connect: Connect, consumer: Consumer) -> None:
    def guard(subject: str) -> None:
        if ".MSG.NEXT." in subject:
            raise PublishRefusedError(f"read-only: {subject}")

    js = (await connect(publish_guard=guard)).jetstream()
    with pytest.raises(PublishRefusedError, match="read-only"):
        await (await js.consumer("S", "c")).messages().next_msg(30)


# Ends that are asked for.


async def test_stopping_gives_back_what_was_not_taken(
    js: JetStreamContext, consumer: Consumer
) -> None:
    await publish(js, 10)
    messages = consumer.messages(max_messages=10)
    assert await take(messages, 2) == [1, 2]
    await eventually(lambda: messages.delivered == 10, "all have come")
    await messages.stop()
    await messages.stop()
    assert [message async for message in messages] == []
    with pytest.raises(BadSubscriptionError):
        await messages.unsubscribe()
    # At once, and not after the ack wait.
    assert sorted(sequences(await consumer.fetch(8))) == list(range(3, 11))


async def test_draining_leaves_what_has_come_to_be_taken(
    js: JetStreamContext, consumer: Consumer
) -> None:
    await publish(js, 30)
    messages = consumer.messages(max_messages=10)
    assert await take(messages, 1) == [1]
    await eventually(lambda: messages.delivered == 10, "ten have come")
    draining = asyncio.ensure_future(messages.drain())
    await asyncio.sleep(0)  # it has begun: nothing more is pulled
    got = sequences([message async for message in messages])
    await draining
    assert got == list(range(2, 11))
    await messages.wait()


async def test_draining_the_client_leaves_what_has_come_to_be_taken(
    js: JetStreamContext, nc: Client, consumer: Consumer
) -> None:
    await publish(js, 10)
    got = []

    async def cb(message: Msg) -> None:
        got.append(message)
        await message.ack()

    consumer.consume(cb)
    await eventually(lambda: got, "they come")
    await nc.drain()
    assert sequences(got) == list(range(1, 11))


async def test_closing_the_client_ends_them(nc: Client, consumer: Consumer) -> None:
    messages = consumer.messages()
    waiting = asyncio.ensure_future(messages.next_msg(30))
    await pulls(consumer, 1)
    await nc.close()
    with pytest.raises(ConnectionClosedError):
        await waiting
    await messages.wait()
    with pytest.raises(ConnectionClosedError):
        consumer.messages()


async def test_so_many_and_no_more_is_a_fetch(consumer: Consumer) -> None:
    with pytest.raises(Error, match="fetch"):
        await consumer.messages().unsubscribe(5)


# Callbacks.


async def test_a_callback_gets_one_after_the_other(
    js: JetStreamContext, consumer: Consumer, errors: list[Exception]
) -> None:
    await publish(js, 100)
    running = 0
    got = []

    async def cb(message: Msg) -> None:
        nonlocal running
        running += 1
        assert running == 1
        got.append(message)
        await message.ack_sync()
        running -= 1
        if len(got) == 5:
            raise RuntimeError("the callback's own")

    async with consumer.consume(cb, max_messages=7) as messages:
        await eventually(lambda: len(got) == 100, "all were given to it")
    await messages.wait()
    assert sequences(got) == list(range(1, 101))
    assert [str(error) for error in errors] == ["the callback's own"]
    assert (await consumer.info()).num_ack_pending == 0


async def test_a_callback_can_stop(js: JetStreamContext, consumer: Consumer) -> None:
    await publish(js, 10)
    got = []

    async def cb(message: Msg) -> None:
        got.append(message)
        await messages.stop()

    messages = consumer.consume(cb)
    await messages.wait()
    assert sequences(got) == [1]


async def test_what_ends_a_callback_is_reported(
    consumer: Consumer, errors: list[Exception]
) -> None:
    async def cb(message: Msg) -> None:
        raise AssertionError(message)

    messages = consumer.consume(cb)
    await pulls(consumer, 1)
    await consumer.delete()
    with pytest.raises(ConsumerDeletedError):
        await messages.wait()
    await eventually(lambda: errors, "it is reported")
    assert [type(error) for error in errors] == [ConsumerDeletedError]


async def test_a_callback_is_a_coroutine_function(consumer: Consumer) -> None:
    with pytest.raises(Error, match="async def"):
        consumer.consume(print)  # type: ignore[arg-type]
    with pytest.raises(Error, match="needs a callback"):
        consumer.consume(None)  # type: ignore[arg-type]


# Faults.


async def test_missing_heartbeats_are_reported_and_survived(
    js_server: NatsServer, js: JetStreamContext, consumer: Consumer, errors: list[Exception]
) -> None:
    async with consumer.messages(heartbeat=0.1) as messages:
        waiting = asyncio.ensure_future(take(messages, 2))
        await pulls(consumer, 1)
        js_server.pause()
        await eventually(lambda: errors, "it is noticed")
        js_server.resume()
        await publish(js, 2)
        assert await waiting == [1, 2]
    assert {type(error) for error in errors} == {ConsumerNotActiveError}


async def test_the_restart_of_the_server_is_survived(
    js_server: NatsServer, connect: Connect
) -> None:
    js = (await connect(reconnect_time_wait=0.05)).jetstream()
    await js.add_stream(name="S", subjects=["s.>"])
    consumer = await (await js.stream("S")).add_consumer(durable_name="c")
    async with consumer.messages() as messages:
        for round in range(3):
            waiting = asyncio.ensure_future(take(messages, 2))
            await pulls(consumer, 1)
            await asyncio.to_thread(js_server.restart)
            await publish(js, 2)
            assert await waiting == [2 * round + 1, 2 * round + 2]


async def test_a_consumer_that_is_gone_after_a_restart(
    js_server: NatsServer, connect: Connect
) -> None:
    """Memory does not survive; this must be said, and not be waited for."""
    js = (await connect(reconnect_time_wait=0.05)).jetstream(timeout=20)
    await js.add_stream(name="S", subjects=["s.>"])
    consumer = await (await js.stream("S")).add_consumer(durable_name="c", mem_storage=True)
    messages = consumer.messages()
    waiting = asyncio.ensure_future(messages.next_msg(40))
    await pulls(consumer, 1)
    await asyncio.to_thread(js_server.kill)
    await asyncio.to_thread(js_server.start)
    await eventually(waiting.done, "it ends", timeout=40)
    with pytest.raises(NotFoundError):
        await waiting


async def test_changes_of_leaders_are_survived(
    shared_js_cluster: Cluster, connect: Connect, unique_name: str
) -> None:
    js = (await connect(shared_js_cluster.urls)).jetstream(timeout=20)
    await js.add_stream(name=unique_name, subjects=[f"{unique_name}.>"], num_replicas=3)
    consumer = await (await js.stream(unique_name)).add_consumer(durable_name="c")
    async with consumer.messages(heartbeat=1) as messages:
        for round in range(3):
            waiting = asyncio.ensure_future(take(messages, 2))
            await pulls(consumer, 1)
            await js._api_request(f"CONSUMER.LEADER.STEPDOWN.{unique_name}.c")
            await publish(js, 2, f"{unique_name}.a")
            assert await waiting == [2 * round + 1, 2 * round + 2]
