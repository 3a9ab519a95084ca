"""Publishing to streams, awaited one by one or many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from natstui.client import Headers
from natstui.client.aio.client import Client
from natstui.client.errors import ConnectionClosedError, MaxPayloadError, TimeoutError
from natstui.client.js import api
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import (
    APIError,
    BadRequestError,
    ErrorCode,
    NoStreamResponseError,
    TooManyStalledMsgsError,
)
from tests.client.js.conftest import Connect
from tests.support.cluster import HubAndLeaf
from tests.support.server import NatsServer
from tests.support.waiting import eventually


async def test_what_is_published_is_acknowledged(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s.>"])
    assert await js.publish("s.a", b"1") == api.PubAck("S", 1)
    assert await js.publish("s.a", b"2", stream="S") == api.PubAck("S", 2)
    first = await js.publish("s.a", b"3", headers={api.Header.MSG_ID: "id"})
    again = await js.publish("s.a", b"3", headers={api.Header.MSG_ID: "id"})
    assert (first.seq, first.duplicate) == (3, None)
    assert (again.seq, again.duplicate) == (3, True)


async def test_a_domain_is_in_the_acknowledgement(
    hub_and_leaf: HubAndLeaf, connect: Connect
) -> None:
    js = (await connect(hub_and_leaf.hub.url)).jetstream(domain="hub")
    await js.add_stream(name="S", subjects=["s"])
    assert (await js.publish("s")).domain == "hub"


async def test_publishing_does_not_change_the_headers_of_the_caller(js: JetStreamContext) -> None:
    """Defect 13 of the seed's client: it added its own header to the dictionary."""
    await js.add_stream(name="S", subjects=["s"], allow_msg_ttl=True)
    headers: dict[str, Any] = {"Tag": ["a", "b"]}
    await js.publish("s", stream="S", headers=headers, msg_ttl=60)
    await (await js.publish_async("s", stream="S", headers=headers, msg_ttl=60))
    assert headers == {"Tag": ["a", "b"]}
    stored = (await js.get_msg("S", 1)).headers
    assert isinstance(stored, Headers)
    assert stored.get_all("Tag") == ["a", "b"]
    assert stored["Nats-Expected-Stream"] == "S"
    assert stored["Nats-TTL"] == "60"


async def test_a_message_may_have_a_lifetime(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"], allow_msg_ttl=True)
    for ttl, text in ((1, "1"), (2.5, "2500ms"), ("never", "never"), (3.0, "3")):
        ack = await js.publish("s", msg_ttl=ttl)
        headers = (await js.get_msg("S", ack.seq)).headers
        assert headers is not None
        assert headers["Nats-TTL"] == text
    with pytest.raises(BadRequestError) as caught:
        await js.publish("s", msg_ttl=0.1)
    assert caught.value.err_code == ErrorCode.MESSAGE_TTL_INVALID


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), "1"])
async def test_impossible_timeouts(js: JetStreamContext, timeout: Any) -> None:
    await js.add_stream(name="S", subjects=["s"], allow_atomic=True, allow_msg_schedules=True)
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: js.publish("s", timeout=timeout),
        lambda: js.schedule("s", target="s", every=1, timeout=timeout),
        lambda: js.consumer_info("S", "c", timeout=timeout),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="nats: timeout is a time in seconds"):
            await call()
    for batch in (js.atomic_batch, js.fast_batch):
        with pytest.raises(ValueError, match="nats: timeout is a time in seconds"):
            batch(timeout=timeout)
    assert (await js.stream_info("S")).state.messages == 0
    assert (await js.publish("s", timeout=20)).seq == 1


async def test_no_stream_has_the_subject(js: JetStreamContext) -> None:
    with pytest.raises(NoStreamResponseError, match="nowhere"):
        await js.publish("nowhere", b"lost")
    with pytest.raises(NoStreamResponseError):
        await (await js.publish_async("nowhere", b"lost"))
    assert js.publish_async_pending() == 0


async def test_a_stream_that_appears_a_moment_later_gets_it(js: JetStreamContext) -> None:
    """ADR-22: between two leaders nobody listens."""
    alone = asyncio.ensure_future(js.publish("s", b"1"))
    many = await js.publish_async("s", b"2")
    await js.add_stream(name="S", subjects=["s"])
    assert {(await alone).seq, (await many).seq} == {1, 2}


async def test_what_a_stream_refuses_is_raised(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"])
    with pytest.raises(BadRequestError) as caught:
        await js.publish("s", stream="OTHER")
    assert caught.value.err_code == ErrorCode.EXPECTED_STREAM_MISMATCH
    await js.publish("s")
    future = await js.publish_async("s", headers={api.Header.EXPECTED_LAST_SEQUENCE: "7"})
    with pytest.raises(BadRequestError) as caught:
        await future
    assert caught.value.err_code == ErrorCode.WRONG_LAST_SEQUENCE


async def test_a_congested_stream_answers_with_a_status(nc: Client, js: JetStreamContext) -> None:
    """429 comes as a status line, not as JSON, when the server sheds load."""

    async def refuse(msg: Any) -> None:
        # Only a server writes a status line; here is one as it does.
        head = b"NATS/1.0 429 Too Many Requests\r\n\r\n"
        nc._outbox.publish(f"HPUB {msg.reply} {len(head)} {len(head)}".encode(), head, b"")

    await nc.subscribe("s", cb=refuse)
    with pytest.raises(APIError) as caught:
        await js.publish("s")
    assert (caught.value.code, caught.value.err_code) == (429, ErrorCode.TOO_MANY_REQUESTS)


async def test_many_publishes_are_outstanding_at_a_time(js: JetStreamContext) -> None:
    await js.add_stream(name="S", subjects=["s"], storage="memory")
    futures = [await js.publish_async("s", b"%d" % number) for number in range(10_000)]
    await js.publish_async_completed()
    assert js.publish_async_pending() == 0
    assert [future.result().seq for future in futures] == list(range(1, 10_001))


async def test_acknowledgements_of_several_streams_are_told_apart(js: JetStreamContext) -> None:
    for name in ("A", "AB"):
        await js.add_stream(name=name, subjects=[name], storage="memory")
    futures = [await js.publish_async(name) for name in ("A", "A", "AB", "A", "AB", "AB")]
    acks = [(ack.stream, ack.seq) for ack in await asyncio.gather(*futures)]
    assert acks == [("A", 1), ("A", 2), ("AB", 1), ("A", 3), ("AB", 2), ("AB", 3)]
    assert await js.publish("A") == api.PubAck("A", 4)
    assert await js.publish("A") == api.PubAck("A", 5)
    assert await js.publish("AB") == api.PubAck("AB", 4)


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b"7}", b'{"stream":"S"', b'{"stream":"S", "seq":12', b'{"stream":"S", "seq":}'],
)
async def test_an_answer_that_is_no_acknowledgement_fails_its_publish_alone(
    nc: Client, js: JetStreamContext, answer: bytes
) -> None:
    answers = [b'{"stream":"S", "seq":1}', answer, b'{"stream":"S", "seq":2}']

    async def respond(msg: Any) -> None:
        await msg.respond(answers[int(msg.data)])

    await nc.subscribe("s", cb=respond)
    first, odd, last = [await js.publish_async("s", b"%d" % number) for number in range(3)]
    assert (await first).seq == 1
    with pytest.raises(ValueError, match="not an acknowledgement"):
        await odd
    assert (await last).seq == 2
    with pytest.raises(ValueError, match="not an acknowledgement"):
        await js.publish("s", b"1")


async def test_who_never_has_to_wait_for_room_lets_others_run(nc: Client) -> None:
    js = nc.jetstream(publish_async_max_pending=1_000_000)
    await js.add_stream(name="S", subjects=["s"], storage="memory")
    other = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0, other.set_result, None)
    for _ in range(20_000):
        await js.publish_async("s")
    assert other.done()
    await js.publish_async_completed()
    assert (await js.stream_info("S")).state.messages == 20_000


async def test_a_publish_that_is_refused_here_leaves_nothing_behind(nc: Client) -> None:
    js = nc.jetstream(timeout=20)
    await nc.subscribe("s")
    for _ in range(2):
        with pytest.raises(MaxPayloadError):
            await js.publish_async("s", bytes(nc.max_payload + 1))
    assert js.publish_async_pending() == 0
    await js.publish_async_completed()


async def test_who_publishes_faster_than_the_stream_stores_waits(nc: Client) -> None:
    js = nc.jetstream(publish_async_max_pending=2, timeout=20)
    asked: list[Any] = []

    async def later(msg: Any) -> None:
        asked.append(msg)

    await nc.subscribe("s", cb=later)
    first, second = [await js.publish_async("s") for _ in range(2)]
    with pytest.raises(TooManyStalledMsgsError):
        await js.publish_async("s", wait_stall=0.05)
    third = asyncio.ensure_future(js.publish_async("s"))
    await eventually(lambda: len(asked) == 2, "both have come")
    assert not third.done()
    await asked[0].respond(b'{"stream":"S","seq":1}')
    assert (await first).seq == 1
    await third
    assert js.publish_async_pending() == 2
    assert not second.done()


async def test_an_acknowledgement_that_never_comes(nc: Client) -> None:
    js = nc.jetstream(timeout=0.1)
    await nc.subscribe("s")
    future = await js.publish_async("s")
    with pytest.raises(TimeoutError):
        await future
    assert js.publish_async_pending() == 0
    with pytest.raises(TimeoutError):
        await js.publish("s")


async def test_each_publish_has_a_timeout_of_its_own(nc: Client) -> None:
    js = nc.jetstream(timeout=0.1)
    await nc.subscribe("s")
    first = await js.publish_async("s")
    await asyncio.sleep(0.05)
    second, third = await js.publish_async("s"), await js.publish_async("s")
    for future in (first, second, third):
        with pytest.raises(TimeoutError):
            await future
    await js.publish_async_completed()
    with pytest.raises(TimeoutError):
        await (await js.publish_async("s"))


async def test_closing_ends_the_wait_for_acknowledgements(nc: Client) -> None:
    """Defect 3 of the seed's client: what was outstanding hung until its timeout."""
    js = nc.jetstream(timeout=30)
    await nc.subscribe("s")
    future = await js.publish_async("s")
    alone = asyncio.ensure_future(js.publish("s"))
    await nc.flush()
    await nc.close()
    for waiting in (future, alone):
        with pytest.raises(ConnectionClosedError):
            await waiting


async def test_publishing_goes_on_after_a_reconnect(
    js_server: NatsServer, nc: Client, js: JetStreamContext
) -> None:
    await js.add_stream(name="S", subjects=["s"])
    await (await js.publish_async("s"))
    await nc.force_reconnect()
    assert (await (await js.publish_async("s"))).seq == 2
    assert (await js.publish("s")).seq == 3
