"""Pull subscriptions: every form of fetch, and what stands in its way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.client.errors import (
    BadSubscriptionError,
    ConnectionClosedError,
    MsgAlreadyAckdError,
    SlowConsumerError,
    TimeoutError,
)
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    APIError,
    BadRequestError,
    Error,
    FetchTimeoutError,
    NotFoundError,
    ServiceUnavailableError,
)
from natstui.client.js.pull import PullSubscription
from tests.client.js.conftest import Connect, until
from tests.conftest import ServerFactory
from tests.support.cluster import Cluster
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def stream(js: JetStreamContext) -> JetStreamContext:
    await js.add_stream(name="S", subjects=["s.>"])
    return js


async def publish(js: JetStreamContext, count: int, subject: str = "s.a") -> None:
    for number in range(count):
        await js.publish_async(subject, b"%d" % number)
    await js.publish_async_completed()


def sequences(messages: Sequence[Msg]) -> list[int]:
    return [msg.metadata.sequence.stream for msg in messages]


async def waiting_pulls(sub: PullSubscription, count: int) -> None:
    """Wait until the server has so many pulls of this consumer in its queue."""

    async def are_there() -> bool:
        return (await sub.consumer_info()).num_waiting == count

    await until(are_there, f"{count} pulls wait")


async def test_messages_come_when_they_are_asked_for(stream: JetStreamContext) -> None:
    await publish(stream, 5)
    sub = await stream.pull_subscribe("s.>", "c")
    assert sub.delivered == sub.pending_msgs == sub.pending_bytes == 0
    (first,) = await sub.fetch()
    assert (first.subject, first.data, first.metadata.stream) == ("s.a", b"0", "S")
    assert sequences(await sub.fetch(2)) == [2, 3]
    assert sequences(await sub.fetch(10)) == [4, 5]
    assert sub.delivered == 5
    await first.ack_sync()
    with pytest.raises(MsgAlreadyAckdError):
        await first.ack()
    assert (await sub.consumer_info()).num_ack_pending == 4


async def test_what_is_there_comes_without_waiting_for_more(stream: JetStreamContext) -> None:
    """nats.py 791: a fetch of more than there is waited for its whole timeout."""
    await publish(stream, 3)
    sub = await stream.pull_subscribe("s.>", "c")
    assert len(await sub.fetch(100, timeout=None)) == 3
    await publish(stream, 3)
    assert len(await sub.fetch(100, timeout=50)) == 3


async def test_nothing_is_there(stream: JetStreamContext) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    for batch in (1, 10):
        with pytest.raises(TimeoutError):
            await sub.fetch(batch, timeout=0.2)
    assert await sub.fetch(1, no_wait=True) == []
    assert await sub.fetch(10, timeout=None, no_wait=True) == []
    # Nothing of it is left on the server that would swallow what comes later.
    await waiting_pulls(sub, 0)


@pytest.mark.parametrize("value", [0, -1, float("nan"), "1"])
@pytest.mark.parametrize("name", ["batch", "timeout", "max_bytes"])
async def test_impossible_fetches(stream: JetStreamContext, name: str, value: Any) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    with pytest.raises(ValueError, match=f"nats: {name} is"):
        await sub.fetch(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch", 1.5),
        ("max_bytes", 1.5),
        ("heartbeat", -1),
        ("heartbeat", float("nan")),
        ("min_pending", 1.5),
        ("min_ack_pending", -1),
        ("priority", 10),
        ("priority", float("nan")),
    ],
)
async def test_impossible_limits(stream: JetStreamContext, name: str, value: Any) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    with pytest.raises(ValueError, match=f"nats: {name} "):
        await sub.fetch(**{name: value})


async def test_a_fetch_without_end_may_be_called_infinite(stream: JetStreamContext) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    waiting = asyncio.ensure_future(sub.fetch(1, timeout=float("inf")))
    await waiting_pulls(sub, 1)
    await publish(stream, 1)
    assert len(await waiting) == 1


async def test_a_fetch_waits_for_what_is_published_meanwhile(stream: JetStreamContext) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    for timeout in (20.0, None):
        waiting = asyncio.ensure_future(sub.fetch(1, timeout=timeout))
        await waiting_pulls(sub, 1)
        await publish(stream, 1)
        assert len(await waiting) == 1
    waiting = asyncio.ensure_future(sub.fetch(3, timeout=20))
    await waiting_pulls(sub, 1)
    await publish(stream, 3)
    assert len(await waiting) == 3


async def test_a_fetch_without_end_returns_with_the_first_messages(
    stream: JetStreamContext,
) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    waiting = asyncio.ensure_future(sub.fetch(100, timeout=None))
    await waiting_pulls(sub, 1)
    await publish(stream, 1)
    assert len(await waiting) >= 1
    await waiting_pulls(sub, 0)


async def test_part_of_a_batch_is_returned_when_the_time_is_over(stream: JetStreamContext) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    waiting = asyncio.ensure_future(sub.fetch(3, timeout=3))
    await waiting_pulls(sub, 1)
    await publish(stream, 2)
    assert len(await waiting) == 2


async def test_statuses_of_an_abandoned_fetch_do_not_end_the_next_one(
    stream: JetStreamContext,
) -> None:
    """nats.py 933, 934: a pull left behind ended whatever fetch came after it."""
    sub = await stream.pull_subscribe("s.>", "c")
    abandoned = asyncio.ensure_future(sub.fetch(1, timeout=3))
    await waiting_pulls(sub, 1)
    abandoned.cancel()
    with pytest.raises(asyncio.CancelledError):
        await abandoned
    waiting = asyncio.ensure_future(sub.fetch(2, timeout=20))
    await waiting_pulls(sub, 2)
    # The first one expires now, and the server says so.
    await waiting_pulls(sub, 1)
    await publish(stream, 2)
    assert sequences(await waiting) == [1, 2]


async def test_a_cancelled_fetch_loses_no_message(stream: JetStreamContext) -> None:
    await publish(stream, 3)
    sub = await stream.pull_subscribe("s.>", "c", config=api.ConsumerConfig(max_deliver=1))
    fetching = asyncio.ensure_future(sub.fetch(5, timeout=20))
    await eventually(lambda: sub.delivered == 3, "the messages have come")
    fetching.cancel()
    done = await asyncio.gather(fetching, return_exceptions=True)
    if isinstance(done[0], asyncio.CancelledError):
        assert sequences(await sub.fetch(5)) == [1, 2, 3]
    else:
        assert isinstance(done[0], list)
        assert sequences(done[0]) == [1, 2, 3]


async def test_a_fetch_that_is_cancelled_halfway_gives_back_what_it_has(
    stream: JetStreamContext,
) -> None:
    sub = await stream.pull_subscribe("s.>", "c", config=api.ConsumerConfig(max_deliver=1))
    fetching = asyncio.ensure_future(sub.fetch(3, timeout=20))
    await waiting_pulls(sub, 1)
    await publish(stream, 2)
    await eventually(lambda: sub.delivered == 2, "two have come")
    await eventually(lambda: sub.pending_msgs == 0, "the fetch has them")
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert sub.pending_msgs == 2
    assert sub.pending_bytes == 2
    await publish(stream, 1)
    assert sequences(await sub.fetch(2)) == [1, 2]
    assert sequences(await sub.fetch(1)) == [3]


async def test_several_fetch_at_a_time(stream: JetStreamContext) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    fetches = [asyncio.ensure_future(sub.fetch(10, timeout=20)) for _ in range(3)]
    await waiting_pulls(sub, 3)
    await publish(stream, 30)
    got = [seq for fetched in await asyncio.gather(*fetches) for seq in sequences(fetched)]
    assert sorted(got) == list(range(1, 31))


async def test_the_server_refuses_a_fetch(stream: JetStreamContext) -> None:
    config = api.ConsumerConfig(max_batch=5, max_expires=1)
    sub = await stream.pull_subscribe("s.>", "c", config=config)
    with pytest.raises(APIError, match="MaxRequestBatch") as caught:
        await sub.fetch(6, timeout=20)
    assert caught.value.code == 409
    with pytest.raises(APIError, match="MaxRequestExpires"):
        await sub.fetch(1, timeout=20)
    with pytest.raises(BadRequestError):
        await sub.fetch(1, timeout=0.5, heartbeat=0.4)


async def test_a_deleted_consumer_ends_a_fetch_at_once(stream: JetStreamContext) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    waiting = asyncio.ensure_future(sub.fetch(1, timeout=50))
    await waiting_pulls(sub, 1)
    await stream.delete_consumer("S", "c")
    with pytest.raises(APIError, match="Consumer Deleted"):
        await waiting
    with pytest.raises(ServiceUnavailableError):
        await sub.fetch(1, timeout=50)
    with pytest.raises(ServiceUnavailableError):
        await sub.fetch(5, timeout=None)
    with pytest.raises(NotFoundError):
        await sub.consumer_info()


async def test_a_batch_may_be_limited_in_bytes(stream: JetStreamContext) -> None:
    for _ in range(5):
        await stream.publish("s.a", b"x" * 400)
    sub = await stream.pull_subscribe("s.>", "c")
    assert 1 <= len(await sub.fetch(5, max_bytes=1500)) <= 3
    with pytest.raises(APIError, match="MaxBytes"):
        await sub.fetch(1, max_bytes=100)


async def test_heartbeats_keep_an_idle_fetch_waiting(stream: JetStreamContext) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    waiting = asyncio.ensure_future(sub.fetch(1, timeout=20, heartbeat=0.5))
    await waiting_pulls(sub, 1)
    done, _ = await asyncio.wait([waiting], timeout=1.2)  # more than two heartbeats
    assert not done
    await publish(stream, 1)
    assert len(await waiting) == 1


async def test_missing_heartbeats_end_a_fetch(
    js_server: NatsServer, stream: JetStreamContext
) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    waiting = asyncio.ensure_future(sub.fetch(1, timeout=50, heartbeat=0.2))
    await waiting_pulls(sub, 1)
    js_server.pause()
    try:
        with pytest.raises(FetchTimeoutError):
            await waiting
    finally:
        js_server.resume()


async def test_a_message_with_a_status_line_of_a_publisher_is_a_message(
    nc: Client, stream: JetStreamContext
) -> None:
    """Anybody can store one; it must neither end a fetch nor disappear."""
    head = b"NATS/1.0 404 No Messages\r\n\r\n"
    nc._outbox.publish(f"HPUB s.a {len(head)} {len(head) + 2}".encode(), head, b"hi")
    await stream.publish("s.b")
    sub = await stream.pull_subscribe("s.>", "c")
    assert [msg.data for msg in await sub.fetch(2)] == [b"hi", b""]
    ordered = await stream.subscribe("s.>", ordered_consumer=True)
    assert (await ordered.next_msg(20)).data == b"hi"


async def test_more_than_the_pending_limit_is_dropped_and_comes_again(
    stream: JetStreamContext, errors: list[Exception]
) -> None:
    """nats.py 298, 332, 372: the accounting of pulls was wrong."""
    config = api.ConsumerConfig(ack_wait=0.5)
    sub = await stream.pull_subscribe("s.>", "c", config=config, pending_msgs_limit=3)
    fetching = asyncio.ensure_future(sub.fetch(10, timeout=1))
    await waiting_pulls(sub, 1)
    await publish(stream, 10)
    got: set[int] = set()
    for msg in await fetching:
        got.add(msg.metadata.sequence.stream)
        await msg.ack()
    while len(got) < 10:
        for msg in await sub.fetch(3, timeout=20):
            got.add(msg.metadata.sequence.stream)
            await msg.ack()
    assert got == set(range(1, 11))
    dropped = [error for error in errors if isinstance(error, SlowConsumerError)]
    assert len(dropped) <= 1
    assert bool(dropped) == bool(sub._sub.dropped)


async def test_unsubscribing(stream: JetStreamContext) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    await sub.unsubscribe()
    with pytest.raises(ValueError, match="unsubscribed"):
        await sub.unsubscribe()
    with pytest.raises(BadSubscriptionError):
        await sub.fetch(1)
    assert (await stream.consumer_info("S", "c")).name == "c"


async def test_closing_ends_a_fetch(nc: Client, stream: JetStreamContext) -> None:
    sub = await stream.pull_subscribe("s.>", "c")
    waiting = asyncio.ensure_future(sub.fetch(1, timeout=None))
    await waiting_pulls(sub, 1)
    await nc.close()
    with pytest.raises(ConnectionClosedError):
        await waiting
    with pytest.raises(ConnectionClosedError):
        await sub.fetch(1)


async def test_a_fetch_survives_a_restart_of_the_server(
    js_server: NatsServer, connect: Connect
) -> None:
    nc = await connect(reconnect_time_wait=0.05, max_reconnect_attempts=-1)
    js = nc.jetstream(timeout=20)
    await js.add_stream(name="S", subjects=["s.>"])
    sub = await js.pull_subscribe("s.>", "c")
    waiting = asyncio.ensure_future(sub.fetch(2, timeout=40))
    await waiting_pulls(sub, 1)
    js_server.restart()
    await eventually(lambda: nc.stats["reconnects"] == 1, "it is connected again")
    await publish(js, 2)
    assert sequences(await waiting) == [1, 2]


async def test_a_fetch_survives_the_loss_of_the_leader(
    js_cluster: Cluster, connect: Connect
) -> None:
    nc = await connect(js_cluster.urls, reconnect_time_wait=0.05, max_reconnect_attempts=-1)
    js = nc.jetstream(timeout=20)
    await js.add_stream(name="S", subjects=["s.>"], num_replicas=3)
    sub = await js.pull_subscribe("s.>", "c")
    waiting = asyncio.ensure_future(sub.fetch(1, timeout=50))
    await waiting_pulls(sub, 1)
    cluster = (await sub.consumer_info()).cluster
    assert cluster is not None
    js_cluster[str(cluster.leader)].kill()

    async def is_stored() -> bool:
        try:
            await js.publish("s.a", timeout=2)
        except (TimeoutError, Error):
            return False
        return True

    await until(is_stored, "the stream has a leader again")
    assert len(await waiting) == 1


async def test_binding_to_what_is_there(stream: JetStreamContext) -> None:
    await publish(stream, 2)
    await stream.add_consumer("S", durable_name="c", ack_wait=77)
    sub = await stream.pull_subscribe("s.>", "c")
    assert (await sub.consumer_info()).config.ack_wait == 77
    for binding in (
        stream.pull_subscribe_bind("c", "S"),
        stream.pull_subscribe_bind(stream="S", name="c"),
        stream.pull_subscribe_bind(stream="S", durable="c"),
    ):
        bound = await binding
        assert (await bound.consumer_info()).config.ack_wait == 77
    with pytest.raises(ValueError, match="stream"):
        await stream.pull_subscribe_bind("c")
    with pytest.raises(ValueError, match="consumer"):
        await stream.pull_subscribe_bind(stream="S")


async def test_the_durable_name_may_be_in_the_configuration(stream: JetStreamContext) -> None:
    """nats.py 603: it was ignored, and an ephemeral consumer made."""
    for config in (api.ConsumerConfig(durable_name="c"), api.ConsumerConfig(name="n")):
        sub = await stream.pull_subscribe("s.a", config=config)
        info = await sub.consumer_info()
        assert info.name == config.durable_name or info.name == config.name
        assert info.config.filter_subject == "s.a"
        again = await stream.pull_subscribe("s.a", config=config)
        assert (await again.consumer_info()).name == info.name


async def test_an_ephemeral_consumer(stream: JetStreamContext) -> None:
    await publish(stream, 1)
    sub = await stream.pull_subscribe("", stream="S")
    info = await sub.consumer_info()
    assert info.config.durable_name is None
    assert not info.config.filter_subject
    assert len(await sub.fetch()) == 1


async def test_several_filters(stream: JetStreamContext) -> None:
    for subject in ("s.a", "s.b", "s.c"):
        await stream.publish(subject)
    config = api.ConsumerConfig(filter_subjects=["s.a", "s.c"])
    sub = await stream.pull_subscribe("s.>", "c", config=config)
    assert [msg.subject for msg in await sub.fetch(5)] == ["s.a", "s.c"]


async def test_a_push_consumer_cannot_be_pulled(stream: JetStreamContext) -> None:
    await stream.add_consumer("S", durable_name="p", deliver_subject="inbox")
    with pytest.raises(Error, match="push consumer"):
        await stream.pull_subscribe("s.>", "p")


async def test_an_inbox_prefix_of_its_own(server_factory: ServerFactory, connect: Connect) -> None:
    js = (await connect(server_factory(jetstream=True).url, inbox_prefix="mine")).jetstream()
    await js.add_stream(name="S", subjects=["s.>"])
    await publish(js, 2)
    sub = await js.pull_subscribe("s.>", "c")
    assert sub._sub.subject.startswith("mine.")
    special = await js.pull_subscribe("s.>", "c", inbox_prefix=b"special.place.")
    assert special._sub.subject.startswith("special.place.")
    assert len(await sub.fetch()) == len(await special.fetch()) == 1


async def test_priority_groups(connect: Connect) -> None:
    """ADR-42: one of two clients is pinned and gets everything, until it is unpinned."""
    js, other = [(await connect()).jetstream(timeout=20) for _ in range(2)]
    await js.add_stream(name="S", subjects=["s.>"])
    config: Any = {
        "priority_groups": ["g"],
        "priority_policy": api.PriorityPolicy.PINNED_CLIENT,
        "priority_timeout": 60,
    }
    await js.add_consumer("S", durable_name="c", **config)
    pinned = await js.pull_subscribe_bind("c", "S")
    second = await other.pull_subscribe_bind("c", "S")
    with pytest.raises(BadRequestError):
        await pinned.fetch(1, timeout=1)
    await publish(js, 2)
    assert len(await pinned.fetch(1, group="g")) == 1
    waiting = asyncio.ensure_future(second.fetch(1, timeout=40, group="g"))
    await waiting_pulls(second, 1)
    assert len(await pinned.fetch(1, group="g")) == 1
    await js.unpin_consumer("S", "c", "g")
    await publish(js, 1)
    assert len(await waiting) == 1
    # Who was pinned finds out and goes on without.
    late = asyncio.ensure_future(pinned.fetch(1, timeout=40, group="g"))
    await waiting_pulls(pinned, 1)
    await js.unpin_consumer("S", "c", "g")
    await publish(js, 1)
    assert len(await late) == 1


async def test_overflow_groups_get_what_is_beyond(stream: JetStreamContext) -> None:
    await stream.add_consumer(
        "S", durable_name="c", priority_groups=["g"], priority_policy="overflow"
    )
    sub = await stream.pull_subscribe_bind("c", "S")
    waiting = asyncio.ensure_future(sub.fetch(1, timeout=40, group="g", min_pending=3))
    await waiting_pulls(sub, 1)
    await publish(stream, 2)
    assert not waiting.done()
    await publish(stream, 1)
    assert sequences(await waiting) == [1]
