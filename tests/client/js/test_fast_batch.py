"""Fast ingest: many messages, acknowledged in groups."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.client.errors import ConnectionClosedError, TimeoutError
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    APIError,
    ApiLevelError,
    BatchAbandonedError,
    Error,
    ErrorCode,
    NoStreamResponseError,
)
from natstui.client.js.fast_batch import FastBatch
from tests.client.js.conftest import Connect
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def stream(js: JetStreamContext) -> JetStreamContext:
    await js.add_stream(name="S", subjects=["s.>"], allow_batched=True, allow_msg_ttl=True)
    return js


async def stored(js: JetStreamContext) -> int:
    return (await js.stream_info("S")).state.messages


@pytest.mark.parametrize("count", [1, 2, 5, 3000])
async def test_all_is_stored(stream: JetStreamContext, count: int) -> None:
    batch = stream.fast_batch()
    for number in range(count):
        assert await batch.add("s.a", b"%d" % number) == number + 1
        assert batch.size - batch.acknowledged <= 200
    ack = await batch.commit()
    assert (ack.stream, ack.seq, ack.batch_size) == ("S", count, count)
    assert batch.acknowledged == count
    assert await stored(stream) == count
    assert (await stream.get_msg("S", count)).data == b"%d" % (count - 1)


async def test_leaving_the_block_commits(stream: JetStreamContext) -> None:
    async with stream.fast_batch(ack_every=1, acks_ahead=1) as batch:
        for _ in range(10):
            await batch.add("s.a", b"x", {"K": "v"}, msg_ttl=60)
    assert batch.ack is not None
    assert batch.ack.seq == 10
    message = await stream.get_msg("S", 10)
    assert message.headers is not None
    assert (message.headers["K"], message.headers["Nats-TTL"]) == ("v", "60")
    async with stream.fast_batch() as empty:
        pass
    assert empty.ack is None


async def test_what_was_added_is_stored_whatever_happens_then(stream: JetStreamContext) -> None:
    async def leave() -> None:
        async with stream.fast_batch(ack_every=1, acks_ahead=1) as batch:
            for _ in range(3):
                await batch.add("s.a")
            raise LookupError

    with pytest.raises(LookupError):
        await leave()
    await stream.publish("s.b")
    assert await stored(stream) == 4


async def test_a_batch_is_good_for_one_time(stream: JetStreamContext) -> None:
    batch = stream.fast_batch()
    with pytest.raises(Error, match="nothing in the batch"):
        await batch.commit()
    await batch.add("s.a")
    await batch.commit()
    with pytest.raises(Error, match="was committed"):
        await batch.add("s.a")
    for ack_every, acks_ahead in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="at least 1"):
            stream.fast_batch(ack_every=ack_every, acks_ahead=acks_ahead)


EXPECTATION = {"Nats-Expected-Last-Sequence": "99"}


async def test_a_refused_message_ends_the_batch(stream: JetStreamContext) -> None:
    batch = stream.fast_batch()
    for number in range(10):
        await batch.add("s.a", headers=EXPECTATION if number == 5 else None)
        if number == 5:
            break
    with pytest.raises(BatchAbandonedError, match=r"5 of 6 messages .* message 6 was refused") as e:
        await batch.commit()
    assert e.value.stored == 5
    assert isinstance(e.value.ack, api.PubAck)
    assert await stored(stream) == 5
    with pytest.raises(BatchAbandonedError):
        await batch.add("s.a")


async def test_a_refused_message_is_left_out_if_gaps_are_allowed(stream: JetStreamContext) -> None:
    async with stream.fast_batch(allow_gaps=True) as batch:
        for number in range(10):
            await batch.add("s.a", headers=EXPECTATION if number == 5 else None)
    assert batch.refused.keys() == {6}
    assert batch.refused[6].err_code == ErrorCode.WRONG_LAST_SEQUENCE
    assert batch.gaps == []
    assert await stored(stream) == 9


async def lose_one(batch: FastBatch) -> None:
    """The client thinks that it was sent."""
    batch.size += 1


async def test_a_lost_message_ends_the_batch(stream: JetStreamContext) -> None:
    batch = stream.fast_batch()
    for number in range(5):
        await (lose_one(batch) if number == 3 else batch.add("s.a"))
    with pytest.raises(BatchAbandonedError, match=r"3 of 5 messages .* message 4 was lost"):
        await batch.commit()
    assert await stored(stream) == 3


async def test_a_lost_message_is_counted_if_gaps_are_allowed(stream: JetStreamContext) -> None:
    async with stream.fast_batch(allow_gaps=True) as batch:
        for number in range(5):
            await (lose_one(batch) if number == 3 else batch.add("s.a"))
    assert batch.gaps == [range(4, 5)]
    assert await stored(stream) == 4


async def test_lost_acknowledgements_are_asked_for_again(
    js_server: NatsServer, stream: JetStreamContext, connect: Connect
) -> None:
    async with FaultyProxy("127.0.0.1", js_server.port) as proxy:
        nc = await connect(proxy.url)
        batch = nc.jetstream().fast_batch(ack_every=2, acks_ahead=1, timeout=3)
        await batch.add("s.a")
        await eventually(lambda: batch.delivered, "the server has said how often it will")
        arrive = batch.deliver
        lost: list[Msg] = []
        batch.deliver = lambda messages, size: lost.extend(messages)
        await batch.add("s.a")
        await eventually(lambda: lost, "two are acknowledged")
        batch.deliver = arrive
        for _ in range(5):
            await batch.add("s.a")
        assert (await batch.commit()).batch_size == 7


async def test_a_lost_connection_is_told_from_the_end(
    js_server: NatsServer, stream: JetStreamContext, connect: Connect
) -> None:
    """What was on its way is lost, so there is a gap; the error says what was stored before it."""
    async with FaultyProxy("127.0.0.1", js_server.port) as proxy:
        nc = await connect(proxy.url, reconnect_time_wait=0.05)
        batch = nc.jetstream(timeout=20).fast_batch(ack_every=50)
        proxy.to_server.cut_after(30_000, reset=True)
        with pytest.raises(BatchAbandonedError, match="was lost") as caught:
            await add_until_it_fails(batch)
    assert batch.acknowledged <= caught.value.stored < batch.size
    assert await stored(stream) == caught.value.stored


async def add_until_it_fails(batch: FastBatch) -> None:
    while True:
        await batch.add("s.a", bytes(1000))


async def test_streams_that_do_not_take_part(js: JetStreamContext) -> None:
    await js.add_stream(name="P", subjects=["p"])
    batch = js.fast_batch()
    await batch.add("p")
    with pytest.raises(APIError) as caught:
        await batch.commit()
    assert caught.value.err_code == ErrorCode.BATCH_PUBLISH_DISABLED
    nowhere = js.fast_batch()
    await nowhere.add("nowhere")
    with pytest.raises(NoStreamResponseError):
        await nowhere.commit()


@pytest.mark.parametrize("allow_gaps", [False, True])
async def test_a_stream_that_nobody_answers_for_any_more(
    stream: JetStreamContext, allow_gaps: bool
) -> None:
    """As between two leaders; what was stored before is known, and said."""
    batch = stream.fast_batch(ack_every=1, allow_gaps=allow_gaps)
    for _ in range(5):
        await batch.add("s.a")
    await eventually(lambda: batch.acknowledged == 5, "all are acknowledged")
    await stream.delete_stream("S")
    await batch.add("s.a")
    with pytest.raises(BatchAbandonedError, match="at least 5 of 6 messages are stored") as caught:
        await batch.commit()
    assert (caught.value.stored, caught.value.ack) == (5, None)


async def test_nobody_answers(js_server: NatsServer, stream: JetStreamContext) -> None:
    batch = stream.fast_batch(timeout=0.3)
    await batch.add("s.a")
    js_server.pause()
    try:
        with pytest.raises(TimeoutError, match=r"within 0\.3 s"):
            await batch.commit()
        with pytest.raises(TimeoutError):
            await batch.add("s.a")
    finally:
        js_server.resume()


async def test_closing_the_client_ends_it(
    js_server: NatsServer, nc: Client, stream: JetStreamContext
) -> None:
    batch = stream.fast_batch()
    await batch.add("s.a")
    await nc.flush()
    js_server.pause()
    try:
        committing = asyncio.ensure_future(batch.commit())
        await asyncio.sleep(0)
        await nc.close()
        with pytest.raises(ConnectionClosedError):
            await committing
    finally:
        js_server.resume()


async def test_an_older_server(old_server: Connect) -> None:
    with pytest.raises(ApiLevelError, match="level 4"):
        (await old_server()).jetstream().fast_batch()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"ack_every": 0}, "ack_every"),
        ({"ack_every": 1.5}, "ack_every"),
        ({"acks_ahead": float("nan")}, "acks_ahead"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
    ],
)
async def test_impossible_options(js: JetStreamContext, options: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=f"nats: {name} is"):
        js.fast_batch(**options)
