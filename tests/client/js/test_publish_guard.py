"""What the publish guard refuses leaves nothing on the wire, not even of who would listen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from natstui.client import Client
from natstui.client.js.client import JetStreamContext
from natstui.client.js.consumer import Consumer
from natstui.client.js.pull import PullSubscription
from tests.client.js.conftest import Connect
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer


class Refused(Exception):
    """What this guard raises: nothing of the client's."""


class Guard:
    """Lets everything out until it is closed; then nothing, and keeps what was asked for."""

    def __init__(self) -> None:
        self.closed = False
        self.asked: list[str] = []

    def __call__(self, subject: str) -> None:
        if self.closed:
            self.asked.append(subject)
            raise Refused(subject)


class Wire:
    """What the client has written since `begin`."""

    def __init__(self, proxy: FaultyProxy) -> None:
        self.written = bytearray()
        proxy.to_server.alter(self._look)

    def _look(self, data: bytes) -> bytes:
        self.written += data
        return data

    async def begin(self, nc: Client) -> None:
        await nc.flush()
        self.written.clear()


@pytest.fixture
async def proxied(js_server: NatsServer) -> AsyncIterator[FaultyProxy]:
    async with FaultyProxy("127.0.0.1", js_server.port) as proxy:
        yield proxy


async def callback(_: object) -> None:
    raise AssertionError


async def bound(js: JetStreamContext) -> PullSubscription:
    return await js.pull_subscribe_bind("c", "S")


Call = Callable[[], Awaitable[object]]


async def prepared(js: JetStreamContext) -> dict[str, Call]:
    """Calls that publish something first, by what they are; made from objects that exist."""
    kv = await js.key_value("B")
    store = await js.object_store("O")
    stream = await js.stream("S")
    pull = await js.pull_subscribe_bind("c", "S")
    consumer, ordered = Consumer(js, "S", "c"), js.ordered_consumer("S")
    return {
        "publish": lambda: js.publish("s.a"),
        "publish_async": lambda: js.publish_async("s.a"),
        "schedule": lambda: js.schedule("s.a", target="s.b", every=1),
        "atomic batch": lambda: _commit_one(js),
        "fast batch": lambda: js.fast_batch().add("s.a"),
        "subscribe": lambda: js.subscribe("s.a", stream="S"),
        "ordered subscribe": lambda: js.subscribe("s.a", stream="S", ordered_consumer=True),
        "ordered callback": lambda: js.subscribe(
            "s.a", stream="S", ordered_consumer=True, cb=callback
        ),
        "pull subscription": lambda: pull.fetch(),
        "pull subscription, several": lambda: pull.fetch(10, no_wait=True),
        "fetch": lambda: consumer.fetch(1)._list(),
        "fetch_no_wait": lambda: consumer.fetch_no_wait(1)._list(),
        "next": lambda: consumer.next(),
        "messages": lambda: consumer.messages().next_msg(30),
        "consume": lambda: consumer.consume(callback).wait(),
        "ordered fetch": lambda: ordered.fetch(1)._list(),
        "ordered messages": lambda: js.ordered_consumer("S").messages().next_msg(30),
        "page": lambda: stream.get_page(),
        "snapshot": lambda: js.snapshot_stream("S"),
        "watch": lambda: kv.watchall(),
        "keys": lambda: kv.keys(),
        "put": lambda: kv.put("k", b"v"),
        "object": lambda: store.get("o"),
        "put object": lambda: store.put("o", b"data"),
        "list objects": lambda: store.list(),
    }


async def _commit_one(js: JetStreamContext) -> None:
    async with js.atomic_batch() as batch:
        await batch.add("s.a")


async def test_nothing_is_written_of_what_is_refused(
    js: JetStreamContext, proxied: FaultyProxy, connect: Connect, errors: list[Exception]
) -> None:
    await js.add_stream(name="S", subjects=["s.>"], allow_direct=True, allow_msg_schedules=True)
    await js.add_consumer("S", durable_name="c")
    await js.create_key_value(bucket="B")
    await js.create_object_store(bucket="O")
    guard, wire = Guard(), Wire(proxied)
    nc = await connect(proxied.url, publish_guard=guard)
    calls = await prepared(nc.jetstream(timeout=20))
    guard.closed = True
    for name, call in calls.items():
        await wire.begin(nc)
        guard.asked.clear()
        with pytest.raises(Refused):
            await call()
        await nc.flush()
        assert bytes(wire.written) == b"PING\r\n", name
        assert len(guard.asked) == 1, name
    # The callback of `consume` is for messages; what ended it is reported, as ever.
    assert [str(error) for error in errors] == ["$JS.API.CONSUMER.MSG.NEXT.S.c"]


async def test_a_client_that_has_sent_nothing_goes_on_sending_nothing(
    js: JetStreamContext, proxied: FaultyProxy, connect: Connect
) -> None:
    """The inbox of all requests begins with the first that may be sent, too."""
    await js.add_stream(name="S", subjects=["s.>"])
    wire = Wire(proxied)
    guard = Guard()
    guard.closed = True
    nc = await connect(proxied.url, publish_guard=guard)
    await wire.begin(nc)
    refused = nc.jetstream(timeout=20)
    with pytest.raises(Refused):
        await refused.subscribe("s.>", stream="S", ordered_consumer=True)
    pull = await refused.pull_subscribe_bind("c", "S")
    with pytest.raises(Refused):
        await pull.fetch()
    await pull.unsubscribe()
    await nc.flush()
    assert bytes(wire.written) == b"PING\r\n"


async def test_what_was_refused_once_may_be_allowed_later(
    js: JetStreamContext, connect: Connect
) -> None:
    await js.add_stream(name="S", subjects=["s.>"], allow_batched=True)
    await js.add_consumer("S", durable_name="c")
    guard = Guard()
    other = (await connect(publish_guard=guard)).jetstream(timeout=20)
    pull, batch, ordered = await bound(other), other.fast_batch(), other.ordered_consumer("S")
    guard.closed = True
    refused: list[Call] = [
        lambda: other.publish_async("s.a"),
        lambda: batch.add("s.a"),
        lambda: pull.fetch(),
        lambda: ordered.fetch(1)._list(),
    ]
    for call in refused:
        with pytest.raises(Refused):
            await call()
    assert (other.publish_async_pending(), batch.size) == (0, 0)
    guard.closed = False
    assert (await (await other.publish_async("s.a"))).seq == 1
    assert await batch.add("s.a") == 1
    assert (await batch.commit()).seq == 2
    assert len(await pull.fetch(2, timeout=20)) == 2
    assert len(await ordered.fetch(2)) == 2


async def test_a_pull_subscription_that_never_fetched_ends_as_any_other(
    js: JetStreamContext, nc: Client
) -> None:
    await js.add_stream(name="S", subjects=["s.>"])
    pull = await js.pull_subscribe("s.>", "c")
    await pull.unsubscribe()
    with pytest.raises(ValueError, match="unsubscribed"):
        await pull.unsubscribe()
    idle = await js.pull_subscribe("s.>", "c")
    await nc.drain()
    assert idle._sub._closed
