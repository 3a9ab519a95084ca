"""Push subscriptions: every form of subscribe, acknowledging, heartbeats and flow control."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest

from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.client.aio.subscription import Subscription
from natstui.client.errors import BadSubscriptionError, ConnectionClosedError, TimeoutError
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    ConsumerNotActiveError,
    ConsumerSequenceMismatchError,
    Error,
    NotFoundError,
)
from tests.client.js.conftest import Connect, until
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


async def test_an_ephemeral_consumer_for_an_iterator(stream: JetStreamContext) -> None:
    await publish(stream, 3)
    sub = await stream.subscribe("s.>")
    assert isinstance(sub, Subscription)
    assert isinstance(sub, JetStreamContext.PushSubscription)
    assert [(await sub.next_msg(20)).data for _ in range(3)] == [b"0", b"1", b"2"]
    assert (sub.delivered, sub.pending_msgs, sub.pending_bytes) == (3, 0, 0)
    info = await sub.consumer_info()
    assert info.config.durable_name is None
    assert info.config.filter_subject == "s.>"
    assert info.num_ack_pending == 3
    with pytest.raises(TimeoutError):
        await sub.next_msg(timeout=0.05)
    await publish(stream, 2)
    got = []
    async for msg in sub.messages:
        got.append(msg.metadata.sequence.stream)
        if len(got) == 2:
            break
    assert got == [4, 5]
    await sub.unsubscribe()
    with pytest.raises(BadSubscriptionError):
        await sub.unsubscribe()


async def test_what_a_callback_is_done_with_is_acknowledged(stream: JetStreamContext) -> None:
    await publish(stream, 3)
    got: list[Msg] = []

    async def cb(msg: Msg) -> None:
        got.append(msg)

    sub = await stream.subscribe("s.>", cb=cb, durable="d")

    async def is_acknowledged() -> bool:
        info = await sub.consumer_info()
        return info.ack_floor is not None and info.ack_floor.stream_seq == 3

    await until(is_acknowledged, "all three are acknowledged")
    assert [msg.data for msg in got] == [b"0", b"1", b"2"]


async def test_a_callback_that_raised_gets_the_message_again(
    stream: JetStreamContext, errors: list[Exception]
) -> None:
    await publish(stream, 1)
    deliveries: list[int] = []

    async def cb(msg: Msg) -> None:
        deliveries.append(msg.metadata.num_delivered)
        if len(deliveries) == 1:
            raise RuntimeError("not yet")

    await stream.subscribe("s.>", cb=cb, config=api.ConsumerConfig(ack_wait=0.3))
    await eventually(lambda: deliveries == [1, 2], "it came twice")
    assert [str(error) for error in errors] == ["not yet"]


async def test_a_callback_may_acknowledge_by_itself(
    stream: JetStreamContext, errors: list[Exception]
) -> None:
    await publish(stream, 4)
    seen: list[int] = []

    async def cb(kind: str, msg: Msg) -> None:
        seen.append(msg.metadata.sequence.stream)
        if kind == "some" and msg.metadata.sequence.stream % 2:
            await msg.ack()

    sub = await stream.subscribe("s.>", cb=partial(cb, "some"), manual_ack=True)
    await eventually(lambda: len(seen) == 4, "all have come")

    async def two_are_left() -> bool:
        return (await sub.consumer_info()).num_ack_pending == 2

    await until(two_are_left, "two are not acknowledged")
    auto = await stream.subscribe("s.>", cb=partial(cb, "some"))
    await eventually(lambda: len(seen) == 8, "all have come again")

    async def none_is_left() -> bool:
        return (await auto.consumer_info()).num_ack_pending == 0

    await until(none_is_left, "those that the callback left are acknowledged for it")
    assert errors == []


async def test_nothing_is_acknowledged_where_there_is_nothing_to(
    nc: Client, stream: JetStreamContext
) -> None:
    await publish(stream, 2)
    seen: list[Msg] = []

    async def cb(msg: Msg) -> None:
        seen.append(msg)

    before = nc.stats["out_msgs"]
    config = api.ConsumerConfig(ack_policy="none")
    await stream.subscribe("s.>", cb=cb, stream="S", config=config)
    await eventually(lambda: len(seen) == 2, "both have come")
    await nc.flush()
    assert nc.stats["out_msgs"] == before + 1  # to create the consumer
    assert not seen[0].is_acked


async def test_a_queue_group_shares_a_durable_consumer(
    stream: JetStreamContext, connect: Connect
) -> None:
    other = (await connect()).jetstream()
    members = [await js.subscribe("s.>", "workers") for js in (stream, other, stream)]
    infos = [await member.consumer_info() for member in members]
    assert {info.name for info in infos} == {"workers"}
    assert infos[0].config.deliver_group == infos[0].config.durable_name == "workers"
    await publish(stream, 30)
    await eventually(lambda: sum(member.delivered for member in members) == 30, "all have come")


async def test_a_durable_consumer_goes_on_where_it_was(
    stream: JetStreamContext,
) -> None:
    await publish(stream, 3)
    first = await stream.subscribe("s.>", durable="d")
    await (await first.next_msg(20)).ack_sync()
    await first.unsubscribe()

    async def is_free() -> bool:
        return not (await stream.consumer_info("S", "d")).push_bound

    await until(is_free, "the consumer has no subscriber")
    second = await stream.subscribe("s.>", durable="d", config=api.ConsumerConfig(ack_wait=60))
    info = await second.consumer_info()
    assert info.ack_floor is not None
    assert info.ack_floor.stream_seq == 1


async def test_the_durable_name_may_be_in_the_configuration(stream: JetStreamContext) -> None:
    """nats.py 603: it was ignored."""
    for config in (api.ConsumerConfig(durable_name="c"), api.ConsumerConfig(name="n")):
        sub = await stream.subscribe("s.>", config=config)
        assert (await sub.consumer_info()).name in (config.durable_name, config.name)
        await sub.unsubscribe()


async def test_existing_consumers_that_cannot_be_used_so(stream: JetStreamContext) -> None:
    await stream.add_consumer("S", durable_name="pull")
    await stream.add_consumer("S", durable_name="alone", deliver_subject="d1")
    await stream.add_consumer("S", durable_name="group", deliver_subject="d2", deliver_group="g")
    for durable, queue, words in (
        ("pull", None, "pull consumer"),
        ("group", None, "queue group 'g'"),
    ):
        with pytest.raises(Error, match=words):
            await stream.subscribe("s.>", queue, durable=durable)
    with pytest.raises(Error, match="without a deliver group"):
        await stream.subscribe("s.>", "alone")
    with pytest.raises(Error, match="queue group 'g', not to 'group'"):
        await stream.subscribe("s.>", "group")
    with pytest.raises(Error, match="cannot create queue subscription"):
        await stream.subscribe("s.>", "q", durable="d")
    with pytest.raises(Error, match="no idle heartbeat"):
        await stream.subscribe("s.>", "q", idle_heartbeat=1)
    await stream.subscribe("s.>", durable="alone")

    async def is_bound() -> bool:
        return bool((await stream.consumer_info("S", "alone")).push_bound)

    await until(is_bound, "it has a subscriber")
    with pytest.raises(Error, match="already bound"):
        await stream.subscribe("s.>", durable="alone")


async def test_impossible_subscriptions(js: JetStreamContext) -> None:
    with pytest.raises(NotFoundError):
        await js.subscribe("nowhere")
    with pytest.raises(Error, match="coroutine"):
        await js.subscribe("nowhere", cb=lambda msg: None)  # type: ignore[arg-type, return-value]
    await js.add_stream(name="S", subjects=["s.>"])
    with pytest.raises(Error, match="durable"):
        await js.subscribe("s.>", durable="d", ordered_consumer=True)
    with pytest.raises(Error, match="queue"):
        await js.subscribe("s.>", "q", ordered_consumer=True)
    config = api.ConsumerConfig(deliver_subject="d")
    with pytest.raises(Error, match="deliver subject"):
        await js.subscribe("s.>", config=config, ordered_consumer=True)


async def test_what_is_asked_for_is_in_the_configuration(stream: JetStreamContext) -> None:
    sub = await stream.subscribe(
        "s.>",
        durable="d",
        idle_heartbeat=2.5,
        flow_control=True,
        deliver_policy=api.DeliverPolicy.NEW,
        headers_only=True,
        inactive_threshold=60,
    )
    config = (await sub.consumer_info()).config
    assert config.idle_heartbeat == 2.5
    assert config.flow_control
    assert config.deliver_policy is api.DeliverPolicy.NEW
    assert config.headers_only
    assert config.inactive_threshold == 60
    assert config.deliver_subject == sub.subject


async def test_several_filters(stream: JetStreamContext) -> None:
    for subject in ("s.a", "s.b", "s.c"):
        await stream.publish(subject)
    config = api.ConsumerConfig(filter_subjects=["s.a", "s.c"])
    sub = await stream.subscribe("s.>", config=config)
    assert [(await sub.next_msg(20)).subject for _ in range(2)] == ["s.a", "s.c"]


async def test_binding_to_what_is_there(stream: JetStreamContext) -> None:
    await publish(stream, 1)
    info = await stream.add_consumer("S", durable_name="c", deliver_subject="d")
    sub = await stream.subscribe_bind("S", info.config, "c")
    assert (await sub.next_msg(20)).data == b"0"
    with pytest.raises(Error, match="pull consumer"):
        await stream.subscribe_bind("S", api.ConsumerConfig(), "p")
    ordered = await stream.subscribe_bind("S", info.config, "c", ordered_consumer=True)
    assert (await ordered.next_msg(20)).data == b"0"


async def test_after_so_many_messages(stream: JetStreamContext) -> None:
    await publish(stream, 10)
    sub = await stream.subscribe("s.>", idle_heartbeat=0.1)
    await sub.unsubscribe(limit=4)
    assert [msg.metadata.sequence.stream async for msg in sub.messages] == [1, 2, 3, 4]
    with pytest.raises(BadSubscriptionError):
        await sub.next_msg(20)


async def test_draining_takes_what_has_come(nc: Client, stream: JetStreamContext) -> None:
    seen: list[Msg] = []

    async def cb(msg: Msg) -> None:
        await asyncio.sleep(0)
        seen.append(msg)

    await publish(stream, 100)
    sub = await stream.subscribe("s.>", cb=cb, durable="d")
    await eventually(lambda: sub.delivered == 100, "all have come")
    await sub.drain()
    assert len(seen) == 100

    async def all_are_acknowledged() -> bool:
        return (await stream.consumer_info("S", "d")).num_ack_pending == 0

    await until(all_are_acknowledged, "draining does not keep from acknowledging")


def other_than_silence(errors: list[Exception]) -> Iterator[Exception]:
    """What was reported, but for a server that is too slow for so frequent heartbeats."""
    return (error for error in errors if not isinstance(error, ConsumerNotActiveError))


async def test_heartbeats_are_not_messages(
    stream: JetStreamContext, errors: list[Exception]
) -> None:
    sub = await stream.subscribe("s.>", idle_heartbeat=0.1)
    with pytest.raises(TimeoutError):
        await sub.next_msg(timeout=0.5)
    assert (sub.delivered, sub.pending_msgs) == (0, 0)
    await publish(stream, 1)
    assert (await sub.next_msg(20)).data == b"0"
    assert [*other_than_silence(errors)] == []


async def test_a_silent_consumer_is_reported(
    stream: JetStreamContext, errors: list[Exception]
) -> None:
    sub = await stream.subscribe("s.>", durable="d", idle_heartbeat=0.1)
    await stream.delete_consumer("S", "d")
    await eventually(
        lambda: any(isinstance(error, ConsumerNotActiveError) for error in errors),
        "the silence is reported",
    )
    await sub.unsubscribe()


async def test_a_gap_is_reported_once(stream: JetStreamContext, errors: list[Exception]) -> None:
    sub = await stream.subscribe("s.>", idle_heartbeat=0.1)
    arrive = sub.deliver
    await publish(stream, 2)
    assert (await sub.next_msg(20)).metadata.sequence.stream == 1
    assert (await sub.next_msg(20)).metadata.sequence.stream == 2
    # The third gets lost on its way.
    sub.deliver = lambda messages, size: arrive([m for m in messages if not m.data], 0)
    await publish(stream, 1)
    await eventually(lambda: [*other_than_silence(errors)], "the heartbeat tells of the third")
    error, *_ = other_than_silence(errors)
    assert isinstance(error, ConsumerSequenceMismatchError)
    assert error.stream_resume_sequence == 3
    assert (error.consumer_sequence, error.last_consumer_sequence) == (2, 3)
    sub.deliver = arrive
    await publish(stream, 1)
    assert (await sub.next_msg(20)).metadata.sequence.stream == 4
    assert len([*other_than_silence(errors)]) == 1


async def test_flow_control_is_answered_when_the_messages_are_processed(
    nc: Client, stream: JetStreamContext
) -> None:
    """The server stops sending when it is not answered; it must neither stop nor run ahead."""
    payload = b"x" * 50_000
    for _ in range(400):
        await stream.publish_async("s.a", payload)
    await stream.publish_async_completed()
    sub = await stream.subscribe("s.>", idle_heartbeat=0.5, flow_control=True)

    async def is_stalled() -> bool:
        came = sub.delivered
        with_heartbeat = sub._heard
        await eventually(lambda: sub._heard != with_heartbeat, "a heartbeat or a message")
        return 0 < came == sub.delivered < 400

    await until(is_stalled, "the server waits for an answer")
    assert sub.pending_msgs == sub.delivered
    total = 0
    async for msg in sub.messages:
        total += len(msg.data)
        if total == 400 * len(payload):
            break
    assert sub.delivered == 400
    assert sub.dropped == 0


async def test_flow_control_with_a_callback(stream: JetStreamContext) -> None:
    for _ in range(400):
        await stream.publish_async("s.a", b"x" * 50_000)
    await stream.publish_async_completed()
    total = 0

    async def cb(msg: Msg) -> None:
        nonlocal total
        total += 1

    await stream.subscribe("s.>", cb=cb, idle_heartbeat=0.5, flow_control=True)
    await eventually(lambda: total == 400, "all have come", timeout=40)


async def test_a_subscription_survives_a_restart_of_the_server(
    js_server: NatsServer, connect: Connect
) -> None:
    nc = await connect(reconnect_time_wait=0.05, max_reconnect_attempts=-1)
    js = nc.jetstream(timeout=20)
    await js.add_stream(name="S", subjects=["s.>"])
    sub = await js.subscribe("s.>", durable="d")
    await publish(js, 1)
    assert (await sub.next_msg(20)).data == b"0"
    js_server.restart()
    await eventually(lambda: nc.stats["reconnects"] == 1, "it is connected again")
    await publish(js, 1)
    assert (await sub.next_msg(20)).metadata.sequence.stream >= 1


async def test_closing_ends_the_wait(nc: Client, stream: JetStreamContext) -> None:
    sub = await stream.subscribe("s.>", idle_heartbeat=5)
    waiting = asyncio.ensure_future(sub.next_msg(timeout=None))
    await nc.flush()
    await nc.close()
    with pytest.raises(ConnectionClosedError):
        await waiting


async def test_a_guard_that_refuses_flow_control_costs_neither_connection_nor_messages(
    connect: Connect, errors: list[Exception]
) -> None:
    def guard(subject: str) -> None:
        if subject.startswith("$JS.FC.") or ".DELETE." in subject:
            raise PermissionError(subject)

    nc = await connect(publish_guard=guard)
    js = nc.jetstream(timeout=20)
    await js.add_stream(name="S", subjects=["s.>"])
    for _ in range(200):
        await js.publish_async("s.a", b"x" * 50_000)
    await js.publish_async_completed()
    sub = await js.subscribe("s.>", ordered_consumer=True)
    expected = 1
    while not errors:
        assert (await sub.next_msg(10)).metadata.sequence.stream == expected
        expected += 1
    assert isinstance(errors[0], PermissionError)
    assert nc.stats["reconnects"] == 0
    await sub.unsubscribe()
