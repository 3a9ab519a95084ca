"""Messages that are stored all together or not at all."""

from __future__ import annotations

import pytest

from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    APIError,
    ApiLevelError,
    BadRequestError,
    Error,
    ErrorCode,
    NoStreamResponseError,
)
from tests.client.js.conftest import Connect
from tests.client.js.reading import publish
from tests.support.server import NatsServer


@pytest.fixture
async def stream(js: JetStreamContext) -> JetStreamContext:
    await js.add_stream(name="S", subjects=["s.>"], allow_atomic=True, allow_msg_ttl=True)
    return js


async def stored(js: JetStreamContext) -> int:
    return (await js.stream_info("S")).state.messages


@pytest.mark.parametrize("count", [1, 2, 3, 250, 1000])
async def test_all_of_it_is_stored_when_it_is_committed(
    stream: JetStreamContext, count: int
) -> None:
    await publish(stream, 1)
    batch = stream.atomic_batch()
    for number in range(count):
        await batch.add(f"s.{number}", b"%d" % number)
    assert batch.size == count
    assert await stored(stream) == 1
    ack = await batch.commit()
    assert ack == api.PubAck("S", count + 1, batch_id=batch.id, batch_size=count)
    assert await stored(stream) == count + 1
    assert (await stream.get_msg("S", 2)).data == b"0"
    assert (await stream.get_msg("S", count + 1)).data == b"%d" % (count - 1)


async def test_leaving_the_block_commits(stream: JetStreamContext) -> None:
    headers = {"K": "v"}
    async with stream.atomic_batch() as batch:
        await batch.add("s.a", b"1", headers)
        await batch.add("s.b", b"2", headers, msg_ttl=60)
    assert batch.ack is not None
    assert batch.ack.batch_size == 2
    message = await stream.get_msg("S", 2)
    assert message.headers is not None
    assert (message.headers["K"], message.headers["Nats-TTL"]) == ("v", "60")
    assert headers == {"K": "v"}


async def test_leaving_the_block_by_an_exception_stores_nothing(stream: JetStreamContext) -> None:
    async def leave() -> None:
        async with stream.atomic_batch() as batch:
            for _ in range(3):
                await batch.add("s.a")
            raise LookupError

    with pytest.raises(LookupError):
        await leave()
    assert await stored(stream) == 0


async def test_an_empty_block_stores_nothing(stream: JetStreamContext) -> None:
    async with stream.atomic_batch() as batch:
        pass
    assert batch.ack is None
    with pytest.raises(Error, match="nothing in the batch"):
        await stream.atomic_batch().commit()


async def test_a_batch_is_good_for_one_time(stream: JetStreamContext) -> None:
    batch = stream.atomic_batch()
    await batch.add("s.a")
    await batch.commit()
    with pytest.raises(Error, match="is over"):
        await batch.add("s.a")
    with pytest.raises(Error, match="is over"):
        await batch.commit()
    discarded = stream.atomic_batch()
    await discarded.add("s.a")
    discarded.discard()
    with pytest.raises(Error, match="is over"):
        await discarded.commit()
    assert await stored(stream) == 1


async def test_nothing_is_stored_if_one_expectation_fails(stream: JetStreamContext) -> None:
    await publish(stream, 1, "s.b")
    batch = stream.atomic_batch()
    await batch.add("s.a")
    await batch.add("s.b", headers={"Nats-Expected-Last-Subject-Sequence": "7"})
    await batch.add("s.c")
    with pytest.raises(BadRequestError) as caught:
        await batch.commit()
    assert caught.value.err_code == ErrorCode.WRONG_LAST_SEQUENCE
    assert await stored(stream) == 1


async def test_a_stream_that_does_not_allow_it(js: JetStreamContext) -> None:
    await js.add_stream(name="P", subjects=["p"])
    batch = js.atomic_batch()
    await batch.add("p")
    with pytest.raises(APIError) as caught:
        await batch.add("p")
    assert caught.value.err_code == ErrorCode.ATOMIC_PUBLISH_DISABLED
    with pytest.raises(Error, match="is over"):
        await batch.add("p")
    nowhere = js.atomic_batch()
    await nowhere.add("nowhere")
    with pytest.raises(NoStreamResponseError):
        await nowhere.commit()


async def test_more_than_the_server_takes(stream: JetStreamContext) -> None:
    async def too_many() -> None:
        async with stream.atomic_batch() as batch:
            for _ in range(1100):
                await batch.add("s.a")

    with pytest.raises(APIError) as caught:
        await too_many()
    assert caught.value.err_code == ErrorCode.ATOMIC_PUBLISH_TOO_LARGE
    assert await stored(stream) == 0


async def test_an_older_server(js_server: NatsServer, old_server: Connect) -> None:
    with pytest.raises(ApiLevelError, match="level 2"):
        (await old_server()).jetstream().atomic_batch()


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("-inf")])
async def test_impossible_timeouts(js: JetStreamContext, timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout is a time in seconds"):
        js.atomic_batch(timeout)
