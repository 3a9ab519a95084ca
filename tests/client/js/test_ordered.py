"""Ordered consumers: every message once and in order, whatever is done to the consumer."""

from __future__ import annotations

import asyncio

import pytest

from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.client.errors import ConnectionClosedError, SlowConsumerError
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import NotFoundError
from natstui.client.js.ordered import OrderedSubscription
from tests.client.js.conftest import Connect, until
from tests.support.cluster import Cluster
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def stream(js: JetStreamContext) -> JetStreamContext:
    await js.add_stream(name="S", subjects=["s.>"])
    return js


async def publish(js: JetStreamContext, count: int, size: int = 0) -> None:
    for _ in range(count):
        await js.publish_async("s.a", bytes(size))
    await js.publish_async_completed()


async def ordered(
    js: JetStreamContext,
    limit: int = 512 * 1024,
    config: api.ConsumerConfig | None = None,
    heartbeat: float = 0.2,
) -> OrderedSubscription:
    sub = await js.subscribe(
        "s.>",
        ordered_consumer=True,
        idle_heartbeat=heartbeat,
        config=config,
        pending_msgs_limit=limit,
    )
    assert isinstance(sub, OrderedSubscription)
    return sub


async def take(sub: OrderedSubscription, count: int) -> list[int]:
    return [(await sub.next_msg(30)).metadata.sequence.stream for _ in range(count)]


def lose(sub: OrderedSubscription, *stream_sequences: int) -> None:
    """Lose these messages once, as a broken link would, one a read."""
    arrive = sub.deliver
    to_lose = set(stream_sequences)

    def deliver(messages: list[Msg], size: int) -> None:
        for index, message in enumerate(messages):
            if not message.reply.startswith("$JS.ACK."):
                continue
            if (seq := message.metadata.sequence.stream) in to_lose:
                to_lose.remove(seq)
                messages = messages[:index] + messages[index + 1 :]
                break
        arrive(messages, sum(message.size for message in messages))

    sub.deliver = deliver


async def test_everything_comes_in_order(stream: JetStreamContext) -> None:
    await publish(stream, 5000, 10)
    sub = await ordered(stream, heartbeat=20)
    assert await take(sub, 5000) == list(range(1, 5001))
    assert sub.resets == 0
    config = (await sub.consumer_info()).config
    assert config.ack_policy is api.AckPolicy.NONE
    assert config.flow_control
    assert config.mem_storage
    assert (config.num_replicas, config.max_deliver, config.ack_wait) == (1, 1, 22 * 3600)


async def test_a_callback_gets_everything_in_order(stream: JetStreamContext) -> None:
    await publish(stream, 100)
    seen: list[int] = []

    async def cb(msg: Msg) -> None:
        seen.append(msg.metadata.sequence.stream)

    await stream.subscribe("s.>", cb=cb, ordered_consumer=True)
    await eventually(lambda: len(seen) == 100, "all have come")
    assert seen == list(range(1, 101))


async def test_lost_messages_are_asked_for_again(stream: JetStreamContext) -> None:
    sub = await ordered(stream)
    lose(sub, 1, 40, 41, 90)
    await publish(stream, 100)
    assert await take(sub, 100) == list(range(1, 101))
    assert sub.resets >= 1


async def test_a_lost_last_message_is_seen_by_the_heartbeat(stream: JetStreamContext) -> None:
    sub = await ordered(stream)
    lose(sub, 3)
    await publish(stream, 3)
    assert await take(sub, 3) == [1, 2, 3]
    assert sub.resets >= 1


async def test_new_stays_where_it_began(stream: JetStreamContext) -> None:
    """Also when the consumer was lost before the first message came, of an empty stream."""
    sub = await ordered(stream, config=api.ConsumerConfig(deliver_policy=api.DeliverPolicy.NEW))
    lose(sub, 1)
    await publish(stream, 2)
    assert await take(sub, 2) == [1, 2]


async def test_a_deleted_consumer_is_replaced(stream: JetStreamContext) -> None:
    """nats.py 510, 1005: after missed heartbeats nothing came any more, silently."""
    await publish(stream, 3)
    sub = await ordered(stream)
    assert await take(sub, 3) == [1, 2, 3]
    await stream.delete_consumer("S", (await sub.consumer_info()).name)
    await publish(stream, 3)
    assert await take(sub, 3) == [4, 5, 6]
    assert sub.resets >= 1


async def test_the_consumer_that_was_replaced_is_deleted(stream: JetStreamContext) -> None:
    """openobserve 13676: consumers piled up."""
    sub = await ordered(stream)
    lose(sub, *range(1, 12, 2))
    for seq in range(1, 12, 2):
        await publish(stream, 2)
        assert await take(sub, 2) == [seq, seq + 1]
    assert sub.resets > 1

    async def consumers() -> list[str]:
        return [info.name for info in await stream.consumers_info("S")]

    async def only_one() -> bool:
        return await consumers() == [sub._consumer]

    await until(only_one, "only the last one is left")
    await sub.unsubscribe()

    async def none() -> bool:
        return await consumers() == []

    await until(none, "unsubscribing deletes it")


async def test_a_reader_that_is_too_slow_misses_nothing(
    stream: JetStreamContext, errors: list[Exception]
) -> None:
    sub = await ordered(stream, limit=50)
    await publish(stream, 1000)
    assert await take(sub, 1000) == list(range(1, 1001))
    if sub.resets:
        assert any(isinstance(error, SlowConsumerError) for error in errors)


async def test_a_new_connection_goes_on_where_the_old_one_was(
    nc: Client, stream: JetStreamContext
) -> None:
    await publish(stream, 5)
    sub = await ordered(stream)
    assert await take(sub, 5) == [1, 2, 3, 4, 5]
    await nc.force_reconnect()
    await eventually(lambda: nc.stats["reconnects"] == 1, "it is connected again")
    await publish(stream, 5)
    assert await take(sub, 5) == [6, 7, 8, 9, 10]


async def test_new_messages_only_and_none_of_them_missed(
    nc: Client, stream: JetStreamContext
) -> None:
    await publish(stream, 5)
    config = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.NEW)
    sub = await ordered(stream, config=config)
    # The first new one comes while there is no consumer.
    await stream.delete_consumer("S", (await sub.consumer_info()).name)
    await publish(stream, 2)
    assert await take(sub, 2) == [6, 7]


async def test_it_starts_where_it_is_told_to(stream: JetStreamContext) -> None:
    await publish(stream, 5)
    config = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=3)
    sub = await ordered(stream, config=config)
    assert await take(sub, 3) == [3, 4, 5]
    last = await ordered(stream, config=api.ConsumerConfig(deliver_policy="last"))
    assert await take(last, 1) == [5]


async def test_there_is_no_stream(js: JetStreamContext, nc: Client) -> None:
    with pytest.raises(NotFoundError):
        await js.subscribe("s", stream="NONE", ordered_consumer=True)
    assert nc._subs == {}


async def test_what_stands_in_the_way_is_reported_and_tried_again(
    stream: JetStreamContext, errors: list[Exception]
) -> None:
    await publish(stream, 1)
    sub = await ordered(stream)
    assert await take(sub, 1) == [1]
    await stream.delete_stream("S")
    await eventually(
        lambda: any(isinstance(error, NotFoundError) for error in errors), "it is reported"
    )
    await stream.add_stream(name="S", subjects=["s.>"], first_seq=2)
    await publish(stream, 2)
    assert await take(sub, 2) == [2, 3]


async def test_closing_leaves_no_task(nc: Client, stream: JetStreamContext) -> None:
    """nats.py 383, 52, 792, 596, 597: tasks were still pending after close."""
    before = asyncio.all_tasks()
    sub = await ordered(stream)
    await stream.delete_stream("S")
    await eventually(lambda: sub._recovering, "it tries to replace its consumer")
    waiting = asyncio.ensure_future(sub.next_msg(None))
    await nc.close()
    with pytest.raises(ConnectionClosedError):
        await waiting
    assert asyncio.all_tasks() <= before


async def test_it_survives_a_restart_of_the_server(js_server: NatsServer, connect: Connect) -> None:
    nc = await connect(reconnect_time_wait=0.05, max_reconnect_attempts=-1)
    js = nc.jetstream(timeout=20)
    await js.add_stream(name="S", subjects=["s.>"])
    await publish(js, 1000, 1000)
    sub = await ordered(js, limit=100)
    assert await take(sub, 10) == list(range(1, 11))
    js_server.restart()
    assert await take(sub, 990) == list(range(11, 1001))


async def test_it_survives_the_loss_of_every_server_one_by_one(
    js_cluster: Cluster, connect: Connect
) -> None:
    nc = await connect(js_cluster.urls, reconnect_time_wait=0.05, max_reconnect_attempts=-1)
    js = nc.jetstream(timeout=20)
    await js.add_stream(name="S", subjects=["s.>"], num_replicas=3)
    await publish(js, 300)
    sub = await ordered(js)
    expected = 1
    for server in js_cluster:
        assert await take(sub, 50) == list(range(expected, expected + 50))
        expected += 50
        server.kill()
        server.start()
        js_cluster.wait_until_ready()
    assert await take(sub, 150) == list(range(expected, 301))
