"""Streams by their name: what the handle does is done to that stream."""

from __future__ import annotations

import pytest

from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import BadRequestError, Error, NotFoundError
from natstui.client.js.stream import Stream
from tests.client.js.reading import publish, sequences


@pytest.fixture
async def stream(js: JetStreamContext) -> Stream:
    await js.add_stream(name="S", subjects=["s.>"])
    return await js.stream("S")


async def test_what_a_stream_is(js: JetStreamContext, stream: Stream) -> None:
    assert repr(stream) == "<Stream 'S'>"
    assert stream.cached_info is not None
    assert stream.cached_info.state.messages == 0
    await publish(js, 2)
    assert (await stream.info(">")).state.subjects == {"s.a": 2}
    assert stream.cached_info.state.messages == 2
    with pytest.raises(NotFoundError):
        await js.stream("other")


async def test_the_consumers_of_a_stream(js: JetStreamContext, stream: Stream) -> None:
    made = await stream.add_consumer(durable_name="c", ack_wait=5)
    assert repr(made) == "<Consumer 'c' of stream 'S'>"
    found = await stream.consumer("c")
    assert found.cached_info is not None
    assert (found.name, found.stream_name, found.cached_info.config.ack_wait) == ("c", "S", 5)
    changed = await stream.update_consumer(durable_name="c", ack_wait=6)
    assert changed.cached_info is not None
    assert changed.cached_info.config.ack_wait == 6
    with pytest.raises(BadRequestError):
        await stream.add_consumer(durable_name="c", ack_wait=7, action="create")
    with pytest.raises(BadRequestError):
        await stream.update_consumer(durable_name="other")
    assert [info.name for info in await stream.consumers_info()] == ["c"]
    with pytest.raises(Error, match="push consumer"):
        await stream.add_consumer(durable_name="p", deliver_subject="here")
    assert await stream.delete_consumer("c")
    with pytest.raises(NotFoundError):
        await found.delete()
    assert await stream.consumers_info() == []


async def test_the_messages_of_a_stream(js: JetStreamContext, stream: Stream) -> None:
    await publish(js, 4)
    await publish(js, 1, "s.b")
    assert (await stream.get_msg(2)).seq == 2
    assert (await stream.get_msg(subject="s.b", next=True)).seq == 5
    assert (await stream.get_last_msg("s.a")).seq == 4
    assert await stream.delete_msg(2)
    assert await stream.purge(subject="s.a", keep=1)
    ordered = stream.ordered_consumer()
    assert repr(ordered) == "<OrderedConsumer of stream 'S'>"
    assert sequences(await ordered.fetch_no_wait(5)) == [4, 5]
