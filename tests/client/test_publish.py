"""What a publisher hands over is what arrives; what it may not send reaches nobody."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

import natstui.client as nats
from natstui.client.errors import (
    BadHeaderError,
    BadSubjectError,
    MaxPayloadError,
    PublishRefusedError,
)
from tests.client.sniffer import Sniffer, sniffing
from tests.conftest import ServerFactory
from tests.support.proxy import FaultyProxy
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def nc(server: NatsServer) -> AsyncIterator[nats.Client]:
    async with await nats.connect(server.url) as nc:
        yield nc


@pytest.fixture
async def sniffer(server: NatsServer) -> AsyncIterator[Sniffer]:
    async with sniffing(server) as sniffer:
        yield sniffer


# Payloads


class Text(bytes):
    pass


@pytest.mark.parametrize(
    "payload",
    [
        b"hello",
        bytearray(b"hello"),
        memoryview(b"hello"),
        memoryview(b"-hello-")[1:-1],
        memoryview(b"h-e-l-l-o-")[::2],
        Text(b"hello"),
    ],
    ids=lambda payload: type(payload).__name__,
)
async def test_a_payload_is_anything_bytes_like(
    nc: nats.Client, sniffer: Sniffer, payload: Any
) -> None:
    for headers in (None, None, {"A": "b"}):
        await nc.publish("a", payload, headers=headers)
    assert await sniffer.payloads(nc) == [b"hello"] * 3


async def test_a_payload_may_change_once_it_is_published(nc: nats.Client, sniffer: Sniffer) -> None:
    payload: Any = bytearray(b"1")
    await nc.publish("a", payload)
    payload[:] = b"2"
    await nc.publish("a", payload)
    payload[:] = b"3"
    assert await sniffer.payloads(nc) == [b"1", b"2"]


@pytest.mark.parametrize("payload", ["hello", None, 5, ["hello"]])
async def test_a_payload_that_is_no_bytes_is_a_type_error(
    nc: nats.Client, sniffer: Sniffer, payload: Any
) -> None:
    for _ in range(2):
        with pytest.raises(TypeError, match=type(payload).__name__):
            await nc.publish("a", payload)
        await nc.publish("a")  # the second time, the subject is a known one
    assert await sniffer.payloads(nc) == [b"", b""]


@pytest.mark.parametrize(
    "size", [0, 1, 2047, 2048, 4095, 4096, 4097, 65_535, 65_536, 65_537, 262_144, 1_048_576]
)
async def test_a_payload_of_every_size(nc: nats.Client, sniffer: Sniffer, size: int) -> None:
    payload = (bytes(range(256)) * (size // 256 + 1))[:size]
    for _ in range(3):
        await nc.publish("a", payload)
    await nc.publish("a", payload[:-20], headers={"A": "b"})
    assert await sniffer.payloads(nc) == [payload] * 3 + [payload[:-20]]


async def test_publishes_arrive_in_their_order_whatever_their_kind(
    nc: nats.Client, sniffer: Sniffer
) -> None:
    kinds: list[dict[str, Any]] = [
        {},
        {"reply": "r"},
        {"headers": {"A": "b"}},
        {"headers": {"A": "b"}, "reply": "r"},
    ]
    sizes = [3, 5000, 70_000]
    expected = []
    for number in range(600):
        payload = b"%d " % number + b"x" * sizes[number % 50 % 3 if number % 50 < 3 else 0]
        await nc.publish(f"a.{number % 7}", payload, **kinds[number % 4])
        expected.append(payload)
    assert await sniffer.payloads(nc) == expected


async def test_more_subjects_than_anyone_remembers(nc: nats.Client, sniffer: Sniffer) -> None:
    subjects = [f"a.{number}" for number in range(5000)] * 2
    for subject in subjects:
        await nc.publish(subject)
    assert [msg.subject for msg in await sniffer.heard(nc)] == subjects
    assert len(nc._prefixes) <= 4096


@pytest.mark.parametrize("how", [{}, {"headers": {"A": "b"}}, {"reply": "r"}])
async def test_a_message_is_on_its_way_without_a_flush(
    server: NatsServer, nc: nats.Client, how: dict[str, Any]
) -> None:
    async with await nats.connect(server.url) as other:
        sub = await other.subscribe("a")
        await other.flush()
        for payload in (b"1", b"2", b"3" * 10_000):
            await nc.publish("a", payload, **how)
            assert (await sub.next_msg(20)).data == payload


# Subjects


@pytest.mark.parametrize("subject", ["", "a b", "a\tb", "a\rb", "a\nb", "a 5\r\nPUB b 0\r\n"])
async def test_a_subject_that_would_be_read_as_something_else_is_refused(
    nc: nats.Client, sniffer: Sniffer, subject: str
) -> None:
    for headers in (None, {"A": "b"}):
        with pytest.raises(BadSubjectError):
            await nc.publish(subject, b"hello", headers=headers)
        with pytest.raises(BadSubjectError):
            await nc.request(subject, b"hello")
    with pytest.raises(BadSubjectError):
        await nc.publish("a", b"hello", reply=subject or " ")
    assert await sniffer.heard(nc) == []


@pytest.mark.parametrize("subject", [b"a", None, 5])
async def test_a_subject_is_a_str(nc: nats.Client, sniffer: Sniffer, subject: Any) -> None:
    with pytest.raises(BadSubjectError):
        await nc.publish(subject, b"hello")
    assert await sniffer.heard(nc) == []


async def test_subjects_are_unicode(nc: nats.Client, sniffer: Sniffer) -> None:
    for _ in range(2):
        await nc.publish("größe.日本", reply="antwort.é")
    assert [(msg.subject, msg.reply) for msg in await sniffer.heard(nc)] == [
        ("größe.日本", "antwort.é")
    ] * 2


async def test_the_check_of_subjects_can_be_left_out(server: NatsServer) -> None:
    async with (
        await nats.connect(server.url, skip_subject_validation=True) as nc,
        sniffing(server) as sniffer,
    ):
        await nc.publish("a b", b"hello")
        assert [(msg.subject, msg.reply) for msg in await sniffer.heard(nc)] == [("a", "b")]


# Reply subjects and headers


async def test_a_reply_subject_arrives(nc: nats.Client, sniffer: Sniffer) -> None:
    await nc.publish("a", b"1", reply="b")
    await nc.publish("a", b"2")
    await nc.publish("a", b"3", "c")
    assert [msg.reply for msg in await sniffer.heard(nc)] == ["b", "", "c"]


HEADERS: list[Any] = [
    {"Trace": "7f"},
    {"A": "1", "B": "2", "a": "3"},
    {"Tag": ["new", "urgent"], "Trace": "7f"},
    nats.Headers([("Tag", "new"), ("Trace", "7f"), ("Tag", "urgent")]),
    {"Empty": "", "Colon": "a: b:c", "Text": "größe 日本", "Tab": "a\tb"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=range(len(HEADERS)))
async def test_headers_arrive_as_they_were_given(
    nc: nats.Client, sniffer: Sniffer, headers: Any
) -> None:
    before = dict(headers)
    for payload in (b"hello", b""):
        await nc.publish("a", payload, headers=headers)
    for msg, payload in zip(await sniffer.heard(nc), (b"hello", b""), strict=True):
        assert msg.data == payload
        assert msg.headers == headers
        assert msg.header is msg.headers
        assert msg.headers.pairs() == nats.Headers(headers).pairs()
    assert dict(headers) == before


@pytest.mark.parametrize("headers", [None, {}, nats.Headers()])
async def test_no_headers(nc: nats.Client, sniffer: Sniffer, headers: Any) -> None:
    await nc.publish("a", b"hello", headers=headers)
    (msg,) = await sniffer.heard(nc)
    assert (msg.headers, msg.raw_headers) == (None, b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"A": "x\r\nEvil: 1"},
        {"A": "x\nEvil: 1"},
        {"A": "x\r\n\r\nPUB evil 0\r\n"},
        {"A\r\nEvil": "1"},
        {"A: 1\r\nEvil": "1"},
        {"A:": "1"},
        {"A B": "1"},
        {"A": ["fine", "x\r\nEvil: 1"]},
        {"A": b"bytes"},
        {"A": None},
        {5: "number"},
    ],
)
async def test_a_header_cannot_bring_anything_else_along(
    nc: nats.Client, sniffer: Sniffer, headers: Any
) -> None:
    with pytest.raises(BadHeaderError):
        await nc.publish("a", b"hello", headers=headers)
    with pytest.raises(BadHeaderError):
        await nc.request("a", b"hello", headers=headers)
    assert await sniffer.heard(nc) == []


# The largest payload


@pytest.mark.parametrize("limit", [100, 5000])
async def test_what_is_larger_than_the_server_takes_is_refused_and_harms_nothing(
    server_factory: ServerFactory, limit: int
) -> None:
    server = server_factory(f"max_payload: {limit}")
    head = len(b"NATS/1.0\r\nA: b\r\n\r\n")
    async with await nats.connect(server.url) as nc, sniffing(server) as sniffer:
        assert nc.max_payload == limit
        for _ in range(2):  # the second time, the subject is a known one
            with pytest.raises(MaxPayloadError, match=str(limit)):
                await nc.publish("a", b"x" * (limit + 1))
            with pytest.raises(MaxPayloadError):
                await nc.publish("a", b"x" * (limit + 1), reply="b")
            with pytest.raises(MaxPayloadError):
                await nc.publish("a", b"x" * (limit - head + 1), headers={"A": "b"})
            assert nc.pending_data_size == 0
            with pytest.raises(MaxPayloadError):
                await nc.request("a", b"x" * (limit + 1))
            await nc.publish("a", b"x" * limit)
            await nc.publish("a", b"x" * (limit - head), headers={"A": "b"})
            assert len(await sniffer.heard(nc)) in (2, 4)
        assert [msg.size for msg in await sniffer.heard(nc)] == [limit] * 4
        assert nc.stats["reconnects"] == 0


async def test_the_server_may_say_later_how_much_it_takes(nc: nats.Client) -> None:
    await nc.publish("a", b"x" * 101)
    await nc.flush()
    assert nc.server_info is not None
    assert nc._connection is not None
    # The limit of an account comes in the INFO after CONNECT, with the first PONG or behind it.
    info = json.dumps({**nc.server_info.raw, "max_payload": 100})
    nc._connection.data_received(f"INFO {info} \r\n".encode())
    assert nc.max_payload == 100
    with pytest.raises(MaxPayloadError):
        await nc.publish("a", b"x" * 101)
    await nc.publish("a", b"x" * 100)


# A guard


def refuse(subject: str) -> None:
    raise PublishRefusedError(f"nats: not to {subject}")


async def test_a_guard_refuses_before_anything_is_sent(server: NatsServer) -> None:
    async with (
        await nats.connect(server.url, publish_guard=refuse) as nc,
        sniffing(server) as sniffer,
        await nats.connect(server.url) as other,
    ):
        sub = await nc.subscribe("question")
        await nc.flush()
        await other.publish("question", reply="answer")
        question = await sub.next_msg(20)
        attempts: list[Callable[[], Any]] = [
            lambda: nc.publish("a", b"hello"),
            lambda: nc.publish("a", b"hello", reply="r"),
            lambda: nc.publish("a", b"hello", headers={"A": "b"}),
            lambda: nc.request("a", b"hello"),
            lambda: nc.request("a", b"hello", headers={"A": "b"}),
            lambda: nc.request("a", b"hello", old_style=True),
            lambda: question.respond(b"hello"),
        ]
        for attempt in attempts * 2:
            with pytest.raises(PublishRefusedError):
                await attempt()
        assert [msg.subject for msg in await sniffer.heard(nc)] == ["question"]
        assert nc.stats["out_msgs"] == 0


async def test_what_a_guard_refuses_writes_no_byte_of_a_request_either(
    server: NatsServer, proxy: FaultyProxy
) -> None:
    asked: list[str] = []
    written = bytearray()

    def guard(subject: str) -> None:
        asked.append(subject)
        refuse(subject)

    def look(data: bytes) -> bytes:
        written.extend(data)
        return data

    async with await nats.connect(proxy.url, publish_guard=guard) as nc:
        proxy.to_server.alter(look)
        for old_style in (False, True):
            with pytest.raises(PublishRefusedError):
                await nc.request("a", old_style=old_style)
        with pytest.raises(PublishRefusedError):
            await anext(nc.request_many("a"))
        await nc.flush()
    assert asked == ["a"] * 3
    assert written == b"PING\r\n"


async def test_a_guard_is_asked_for_every_message(server: NatsServer) -> None:
    asked: list[str] = []

    def guard(subject: str) -> None:
        asked.append(subject)
        if subject.startswith("secret."):
            refuse(subject)

    async with (
        await nats.connect(server.url, publish_guard=guard) as nc,
        sniffing(server) as sniffer,
    ):
        for subject in ["a", "a", "secret.b", "a", "secret.b"]:
            try:
                await nc.publish(subject)
            except PublishRefusedError:
                assert subject == "secret.b"
        assert asked == ["a", "a", "secret.b", "a", "secret.b"]
        assert [msg.subject for msg in await sniffer.heard(nc)] == ["a", "a", "a"]


async def test_what_a_guard_raises_is_what_the_publisher_gets(server: NatsServer) -> None:
    class Mine(Exception):
        pass

    def guard(_: str) -> None:
        raise Mine

    async with await nats.connect(server.url, publish_guard=guard) as nc:
        with pytest.raises(Mine):
            await nc.publish("a")
        with pytest.raises(Mine):
            await nc.request("a", timeout=None)


async def test_a_guard_holds_while_there_is_no_connection(server: NatsServer) -> None:
    async with await nats.connect(server.url, publish_guard=refuse) as nc:
        server.kill()
        await eventually(lambda: nc.is_reconnecting, "the client noticed")
        with pytest.raises(PublishRefusedError):
            await nc.publish("a")
        assert nc.pending_data_size == 0


# Order of everything that is sent


async def test_publishes_subscriptions_and_flushes_keep_their_order(
    nc: nats.Client, sniffer: Sniffer
) -> None:
    await nc.publish("a", b"before")
    sub = await nc.subscribe("a")
    await nc.publish("a", b"while")
    await sub.unsubscribe(limit=1)
    await nc.publish("a", b"after")
    assert await sniffer.payloads(nc) == [b"before", b"while", b"after"]
    assert [msg.data async for msg in sub.messages] == [b"while"]


async def test_a_flush_says_that_everything_before_it_has_arrived(
    nc: nats.Client, server: NatsServer
) -> None:
    async with await nats.connect(server.url) as other:
        for round_trip in range(1, 20):
            for size in (10, 5000, 100_000):
                await nc.publish("a", b"x" * size)
            await nc.flush()
            # Whoever subscribes from now on gets nothing of it.
            sub = await other.subscribe("a")
            await other.flush()
            assert (sub.delivered, round_trip) == (0, round_trip)
            await sub.unsubscribe()


# Counting


async def test_the_statistics_count_every_message(nc: nats.Client) -> None:
    sub = await nc.subscribe("a")
    assert nc.stats["out_msgs"] == 0
    for number in range(100):
        await nc.publish("a", b"x" * number)
        assert (nc.stats["out_msgs"], nc.stats["out_bytes"]) == (
            number + 1,
            number * (number + 1) // 2,
        )
    await nc.flush()
    assert nc.stats == {
        "in_msgs": 100,
        "out_msgs": 100,
        "in_bytes": 4950,
        "out_bytes": 4950,
        "reconnects": 0,
        "errors_received": 0,
    }
    assert (sub.delivered, sub.pending_msgs, sub.pending_bytes) == (100, 100, 4950)


async def test_the_statistics_count_headers_and_payloads(nc: nats.Client) -> None:
    await nc.subscribe("a")
    await nc.publish("a", b"xxx", headers={"A": "b"})
    await nc.publish("a", b"xxx", headers={"A": "b"}, reply="r")
    await nc.flush()
    head = len(b"NATS/1.0\r\nA: b\r\n\r\n")
    stats = nc.stats
    assert (stats["out_msgs"], stats["out_bytes"]) == (2, 6 + 2 * head)
    assert (stats["in_msgs"], stats["in_bytes"]) == (2, 6 + 2 * head)
