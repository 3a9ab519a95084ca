"""Fetching batches from a consumer: what comes, when it ends, and what becomes of the rest."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from natstui.client.aio.client import Client
from natstui.client.errors import ConnectionClosedError, PublishRefusedError, TimeoutError
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.consumer import Consumer
from natstui.client.js.errors import (
    APIError,
    BadRequestError,
    ConsumerDeletedError,
    Error,
    NotFoundError,
)
from natstui.client.js.share import Share
from natstui.client.js.stream import Stream
from tests.client.js.conftest import Connect, until
from tests.client.js.reading import publish, pulls, sequences
from tests.support.cluster import Cluster
from tests.support.server import NatsServer


@pytest.fixture
async def stream(js: JetStreamContext) -> Stream:
    await js.add_stream(name="S", subjects=["s.>"])
    return await js.stream("S")


@pytest.fixture
async def consumer(stream: Stream) -> Consumer:
    return await stream.add_consumer(durable_name="c")


async def test_as_many_as_were_asked_for(js: JetStreamContext, consumer: Consumer) -> None:
    await publish(js, 10)
    assert sequences(await consumer.fetch(3)) == [1, 2, 3]
    assert sequences(await consumer.fetch_no_wait(4)) == [4, 5, 6, 7]
    assert (await consumer.next()).metadata.sequence.stream == 8
    assert (await consumer.info()).num_waiting == 0


async def test_fewer_when_the_time_is_over(js: JetStreamContext, consumer: Consumer) -> None:
    await publish(js, 2)
    assert sequences(await consumer.fetch(10, expires=0.3)) == [1, 2]
    assert await consumer.fetch(10, expires=0.3) == []
    assert await consumer.fetch_no_wait(10) == []
    with pytest.raises(TimeoutError, match="no message"):
        await consumer.next(expires=0.3)


async def test_what_is_there_and_no_more(js: JetStreamContext, consumer: Consumer) -> None:
    await publish(js, 2)
    assert sequences(await consumer.fetch_no_wait(10)) == [1, 2]


async def test_each_message_as_it_comes(js: JetStreamContext, consumer: Consumer) -> None:
    got = []
    await publish(js, 1)
    async for message in consumer.fetch(3):
        got.append(message)
        if len(got) < 3:
            await publish(js, 1)
    assert sequences(got) == [1, 2, 3]


async def test_as_many_bytes_as_were_asked_for(js: JetStreamContext, consumer: Consumer) -> None:
    await publish(js, 5, size=1000)
    assert len(await consumer.fetch(max_bytes=2500)) == 2
    assert len(await consumer.fetch(2, max_bytes=9000)) == 2
    with pytest.raises(APIError, match="MaxBytes"):
        await consumer.fetch(max_bytes=500)
    assert len(await consumer.fetch_no_wait(max_bytes=5000)) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"max_messages": 0},
        {"max_messages": -1},
        {"max_messages": 1.5},
        {"max_messages": float("nan")},
        {"max_bytes": 0},
        {"max_messages": 1, "max_bytes": float("nan")},
        {"max_messages": 1, "expires": 0},
        {"max_messages": 1, "expires": float("nan")},
        {"max_messages": 1, "expires": float("inf")},
        {"max_messages": 1, "heartbeat": float("nan")},
        {"max_messages": 1, "expires": 1, "heartbeat": 0.6},
        {"max_messages": 1, "share": Share(group="g", priority=10)},
        {"max_messages": 1, "share": Share(group="g", min_pending=-1)},
        {"max_messages": 1, "share": Share(group="g", min_ack_pending=1.5)},  # type: ignore[arg-type]
    ],
)
async def test_impossible_fetches(consumer: Consumer, arguments: dict[str, Any]) -> None:
    *_, (name, wrong) = arguments.items() or [("max_messages", None)]
    if isinstance(wrong, Share):
        name = next(name for name, value in wrong._asdict().items() if value not in (None, "g"))
    with pytest.raises(ValueError, match=f"^nats: .*{name}"):
        consumer.fetch(**arguments)


async def test_a_fetch_is_good_for_one_time(js: JetStreamContext, consumer: Consumer) -> None:
    await publish(js, 2)
    fetch = consumer.fetch(1)
    assert len(await fetch) == 1
    with pytest.raises(Error, match="one time"):
        await fetch


async def test_what_was_not_taken_is_delivered_again_at_once(
    js: JetStreamContext, consumer: Consumer
) -> None:
    await publish(js, 5)

    async def delivered() -> bool:
        return (await consumer.info()).num_ack_pending == 5

    async for message in consumer.fetch(5):
        assert message.metadata.sequence.stream == 1
        await until(delivered, "all five are here: what the server sent comes before its answer")
        break
    assert sorted(sequences(await consumer.fetch(4))) == [2, 3, 4, 5]


async def test_a_cancelled_fetch_gives_back_what_it_has(
    js: JetStreamContext, consumer: Consumer
) -> None:
    fetching = asyncio.ensure_future(_list(consumer, 10))
    await pulls(consumer, 1)
    await publish(js, 3)

    async def delivered() -> bool:
        return (await consumer.info()).num_ack_pending == 3

    await until(delivered, "three are delivered")
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert sorted(sequences(await consumer.fetch(3))) == [1, 2, 3]


async def _list(consumer: Consumer, count: int, **options: Any) -> list[int]:
    return sequences(await consumer.fetch(count, **options))


async def test_a_consumer_that_is_deleted(stream: Stream, consumer: Consumer) -> None:
    fetching = asyncio.ensure_future(_list(consumer, 1))
    await pulls(consumer, 1)
    await consumer.delete()
    with pytest.raises(ConsumerDeletedError, match="Consumer Deleted"):
        await fetching
    with pytest.raises(NotFoundError):
        await consumer.fetch(1)
    with pytest.raises(NotFoundError):
        await consumer.fetch_no_wait(1)
    with pytest.raises(NotFoundError):
        await stream.consumer("c")


async def test_the_messages_before_the_consumer_was_deleted(
    js: JetStreamContext, consumer: Consumer
) -> None:
    await publish(js, 2)
    iteration = aiter(consumer.fetch(3))
    assert sequences([await anext(iteration), await anext(iteration)]) == [1, 2]
    await consumer.delete()
    with pytest.raises(ConsumerDeletedError):
        await anext(iteration)


async def test_a_consumer_refuses_what_it_does_not_allow(stream: Stream) -> None:
    consumer = await stream.add_consumer(durable_name="c", max_batch=5, max_expires=1)
    with pytest.raises(APIError, match="MaxRequestBatch"):
        await consumer.fetch(6, expires=0.5)
    with pytest.raises(APIError, match="MaxRequestExpires"):
        await consumer.fetch(5, expires=20)
    assert await consumer.fetch(5, expires=0.2) == []


async def test_no_room_for_another_pull(js: JetStreamContext, stream: Stream) -> None:
    consumer = await stream.add_consumer(durable_name="c", max_waiting=1)
    first = asyncio.ensure_future(_list(consumer, 1))
    await pulls(consumer, 1)
    # The server says nothing of it, and sends no heartbeats.
    second = asyncio.ensure_future(_list(consumer, 1, heartbeat=0.1))
    await publish(js, 2)
    assert sorted(await first + await second) == [1, 2]


async def test_push_consumers_are_refused(js: JetStreamContext, stream: Stream) -> None:
    await js.add_consumer("S", durable_name="p", deliver_subject="here")
    with pytest.raises(Error, match="push consumer"):
        await stream.consumer("p")
    with pytest.raises(APIError, match="push based"):
        await Consumer(js, "S", "p").fetch(1)


async def test_nobody_answers(js_server: NatsServer, consumer: Consumer) -> None:
    js_server.pause()
    try:
        with pytest.raises(TimeoutError, match="did not answer"):
            await consumer.fetch(1, expires=0.2)
    finally:
        js_server.resume()


async def test_a_fetch_survives_the_restart_of_the_server(
    js_server: NatsServer, connect: Connect
) -> None:
    nc = await connect(reconnect_time_wait=0.05)
    js = nc.jetstream()
    await js.add_stream(name="S", subjects=["s.>"])
    consumer = await (await js.stream("S")).add_consumer(durable_name="c")
    fetching = asyncio.ensure_future(_list(consumer, 2, expires=40))
    await pulls(consumer, 1)
    await asyncio.to_thread(js_server.restart)
    await publish(js, 2)
    assert await fetching == [1, 2]


async def test_a_fetch_survives_a_change_of_leaders(
    shared_js_cluster: Cluster, connect: Connect, unique_name: str
) -> None:
    js = (await connect(shared_js_cluster.urls)).jetstream(timeout=20)
    await js.add_stream(name=unique_name, subjects=[f"{unique_name}.>"], num_replicas=3)
    consumer = await (await js.stream(unique_name)).add_consumer(durable_name="c")
    fetching = asyncio.ensure_future(_list(consumer, 2, expires=50, heartbeat=1))
    await pulls(consumer, 1)
    await js._api_request(f"CONSUMER.LEADER.STEPDOWN.{unique_name}.c")
    await publish(js, 2, f"{unique_name}.a")
    assert await fetching == [1, 2]


async def test_missing_heartbeats_make_it_ask_again(
    js_server: NatsServer, js: JetStreamContext, consumer: Consumer, errors: list[Exception]
) -> None:
    """A pull that the server lost without a word."""
    fetching = asyncio.ensure_future(_list(consumer, 1, expires=40, heartbeat=0.1))
    await pulls(consumer, 1)
    js_server.pause()
    await until(_has(errors, "is silent"), "the silence is noticed")
    js_server.resume()
    await publish(js, 1)
    assert await fetching == [1]


def _has(errors: list[Exception], words: str) -> Any:
    async def has() -> bool:
        return any(words in str(error) for error in errors)

    return has


async def test_closing_the_client_ends_it(nc: Client, consumer: Consumer) -> None:
    fetching = asyncio.ensure_future(_list(consumer, 1))
    await pulls(consumer, 1)
    await nc.close()
    with pytest.raises(ConnectionClosedError):
        await fetching


async def test_the_publish_guard_refuses_pulls(connect: Connect, consumer: Consumer) -> None:
    def guard(subject: str) -> None:
        if ".MSG.NEXT." in subject:
            raise PublishRefusedError(f"read-only: {subject}")

    js = (await connect(publish_guard=guard)).jetstream()
    with pytest.raises(PublishRefusedError, match="read-only"):
        await (await js.consumer("S", "c")).fetch(1)


# Consumers with priority groups (ADR-42).


async def test_overflow_gives_only_what_is_too_much_for_others(
    js: JetStreamContext, stream: Stream
) -> None:
    consumer = await stream.add_consumer(
        durable_name="c", priority_groups=["g"], priority_policy=api.PriorityPolicy.OVERFLOW
    )
    await publish(js, 5)
    spare = Share("g", min_pending=10)
    assert await consumer.fetch(5, expires=0.2, share=spare) == []
    await publish(js, 5)
    assert len(await consumer.fetch(1, share=spare)) == 1
    assert len(await consumer.fetch(9, share=Share("g"))) == 9
    with pytest.raises(BadRequestError, match="Priority Group"):
        await consumer.fetch(1)


async def test_the_pinned_client_stays_pinned(js: JetStreamContext, stream: Stream) -> None:
    consumer = await stream.add_consumer(
        durable_name="c",
        priority_groups=["g"],
        priority_policy=api.PriorityPolicy.PINNED_CLIENT,
        priority_timeout=60,
    )
    other = await stream.consumer("c")
    await publish(js, 6)
    group = Share("g")
    assert sequences(await consumer.fetch(1, share=group)) == [1]
    assert sequences(await consumer.fetch(1, share=group)) == [2]
    assert await other.fetch(1, expires=0.2, share=group) == []
    await js.unpin_consumer("S", "c", "g")
    assert sequences(await other.fetch(1, share=group)) == [3]
    # The first one has a pin that is not valid any more, and asks again without.
    assert await consumer.fetch(1, expires=0.2, share=group) == []
    assert sequences(await other.fetch(1, share=group)) == [4]
