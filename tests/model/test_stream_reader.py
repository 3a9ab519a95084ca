"""The inert pager: everything that is there, both ways, whatever the stream is like."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import NotFoundError
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.stored import stored_headers
from natstui.model.stream_reader import StreamReader
from natstui.model.tail import Record
from tests.conftest import ServerFactory
from tests.support.server import NatsServer
from tests.support.streams import fill
from tests.support.waiting import eventually


@pytest.fixture
async def client(js_server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(js_server.url)
    yield client
    await client.close()


@pytest.fixture
async def session(js_server: NatsServer) -> AsyncIterator[Session]:
    session = Session(Settings(servers=(js_server.url,)))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    yield session
    await session.close()


async def filled(client: Client, count: int, **config: Any) -> JetStreamContext:
    """The stream S: message n on subject s.(n % 3), so that sequences and numbers agree."""
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s.>"], **config)
    await fill(client, "S", lambda number: f"s.{number % 3}", count)
    return js


def seqs(records: list[Record]) -> list[int]:
    return [record.seq for record in records]


async def everything(reader: StreamReader, page: int) -> list[int]:
    first, end = await reader.bounds()
    found: list[int] = []
    while first < end:
        got = await reader.after(first, page, end=end)
        if not got.records:
            break
        found += seqs(got.records)
        first = got.records[-1].seq + 1
    return found


async def backwards(reader: StreamReader, page: int) -> list[int]:
    first, end = await reader.bounds()
    found: list[int] = []
    more = True
    while more:
        got = await reader.before(end, page, first=first)
        found[:0] = seqs(got.records)
        more = got.more
        end = got.records[0].seq if got.records else first
    return found


GAPS = {
    "none": set[int](),
    "every second": set(range(2, 301, 2)),
    "a large one": set(range(20, 280)),
    "at both ends": {*range(1, 100), *range(250, 301)},
    "here and there": set(random.Random(7).sample(range(1, 301), 220)),
    "all but two": set(range(1, 301)) - {5, 299},
}


@pytest.mark.parametrize("direct", [True, False], ids=["batches", "one by one"])
@pytest.mark.parametrize("gaps", GAPS)
async def test_every_message_is_read_once_both_ways(
    client: Client, session: Session, gaps: str, direct: bool
) -> None:
    js = await filled(client, 300, allow_direct=direct, storage="memory")
    for seq in GAPS[gaps]:
        await js.delete_msg("S", seq, no_erase=True)
    left = [seq for seq in range(1, 301) if seq not in GAPS[gaps]]
    reader = StreamReader(session, "S")
    assert await everything(reader, 37) == left
    assert await backwards(reader, 37) == left
    assert reader.by_batch is direct
    one = StreamReader(session, "S", "s.1")
    ones = [seq for seq in left if seq % 3 == 1]
    assert await everything(one, 10) == ones
    assert await backwards(one, 10) == ones


@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize("retention", ["limits", "interest", "workqueue"])
async def test_it_leaves_no_trace_on_any_retention(
    client: Client, session: Session, retention: str, direct: bool
) -> None:
    js = client.jetstream()
    await js.add_stream(
        name="S", subjects=["s.>"], retention=retention, allow_direct=direct, storage="memory"
    )
    await js.add_consumer("S", durable_name="c", ack_policy="explicit")
    for number in range(30):
        await js.publish("s.x", b"%d" % number)
    subscription = await js.pull_subscribe_bind("c", "S")
    taken = await subscription.fetch(10)
    for msg in taken[:5]:
        await msg.ack_sync()
    before = await state(client)
    reader = StreamReader(session, "S")
    await everything(reader, 10)
    await backwards(reader, 10)
    await reader.last()
    await reader.last_of_each(10)
    await reader.at_time(0)
    assert await state(client) == before
    guard = session.guard
    assert (guard.acks, guard.consumers, guard.writes) == (0, 0, 0)
    assert guard.requests == guard.published


async def state(client: Client) -> dict[str, Any]:
    """What a server knows of the stream and its consumer, without the times of asking."""
    answers: dict[str, Any] = {}
    for call in ("STREAM.INFO.S", "CONSUMER.LIST.S"):
        answer = json.loads((await client.request(f"$JS.API.{call}")).data)
        text = json.dumps(answer.get("state") or answer["consumers"])
        answers[call] = [part for part in text.split(", ") if '"ts"' not in part]
    return answers


async def test_headers_and_payload_come_as_they_were_stored(
    client: Client, session: Session
) -> None:
    js = client.jetstream()
    headers = {"Nats-Stream": "mine", "Trace": "a", "Nats-Msg-Id": "7"}
    for direct in (True, False):
        name = f"D{direct}"
        await js.add_stream(name=name, subjects=[f"{name}.>"], allow_direct=direct)
        await js.publish(f"{name}.x", b"\x00\xff", headers=headers)
        await js.publish(f"{name}.x", b"")
        first, second = (await StreamReader(session, name).after(1)).records
        assert first.headers == (
            b"NATS/1.0\r\nNats-Stream: mine\r\nTrace: a\r\nNats-Msg-Id: 7\r\n\r\n"
        )
        assert (first.subject, first.payload, first.seq) == (f"{name}.x", b"\x00\xff", 1)
        assert (second.headers, second.payload, second.size) == (b"", b"", 0)
        stored = await js.get_msg(name, 1)
        assert stored.time is not None
        assert first.at == stored.time.timestamp()


def test_only_the_servers_own_headers_are_taken_away() -> None:
    block = b"NATS/1.0\r\nNats-Sequence: 5\r\nA: b\r\nNats-Sequence: 7\r\nNats-Subject: x\r\n\r\n"
    assert stored_headers(block) == b"NATS/1.0\r\nNats-Sequence: 5\r\nA: b\r\n\r\n"
    assert stored_headers(b"NATS/1.0\r\nNats-Sequence: 7\r\n\r\n") == b""
    assert stored_headers(b"") == b""


@pytest.mark.parametrize("direct", [True, False])
async def test_a_time_leads_to_a_sequence(client: Client, session: Session, direct: bool) -> None:
    js = await filled(client, 20, allow_direct=direct)
    for seq in (1, 2, 9, 10, 20):
        await js.delete_msg("S", seq, no_erase=True)
    reader = StreamReader(session, "S")
    records = (await reader.after(1)).records
    for record in records:
        earliest = min(each.seq for each in records if each.at >= record.at)
        assert await reader.at_time(record.at) == earliest
        first, end = await reader.bounds()
        assert await reader._bisect_time(record.at, first, end) == earliest
    assert await reader.at_time(0) == 3
    assert await reader.at_time(records[-1].at + 3600) == 21
    assert await reader._bisect_time(records[-1].at + 3600, 3, 21) == 21


@pytest.mark.parametrize("direct", [True, False])
async def test_the_last_message_of_each_subject(
    client: Client, session: Session, direct: bool
) -> None:
    await filled(client, 10, allow_direct=direct)
    reader = StreamReader(session, "S")
    assert seqs((await reader.last_of_each(100)).records) == [8, 9, 10]
    page = await reader.last_of_each(2)
    assert (len(page.records), page.more) == (2, True)
    last = await StreamReader(session, "S", "s.0").last()
    assert last is not None
    assert last.seq == 9
    assert await StreamReader(session, "S", "s.absent").last() is None


async def test_large_messages_come_in_small_pages(server_factory: ServerFactory) -> None:
    server = server_factory("max_payload: 8MB", jetstream=True)
    session = Session(Settings(servers=(server.url,)))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    async with await connect(server.url) as client:
        js = client.jetstream()
        await js.add_stream(name="S", subjects=["s"], allow_direct=True)
        for _ in range(20):
            await js.publish("s", bytes(600_000))
        reader = StreamReader(session, "S")
        assert await everything(reader, 200) == list(range(1, 21))
        page = await reader.before(21, 200)
        assert sum(record.size for record in page.records) < 8_000_000
        assert page.more
        assert await backwards(reader, 200) == list(range(1, 21))
    await session.close()


async def test_a_huge_gap_costs_a_few_requests(client: Client, session: Session) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s"], first_seq=10_000_000, allow_direct=True)
    await js.publish("s", b"one")
    for direct in (True, False):
        await js.update_stream(name="S", subjects=["s"], first_seq=10_000_000, allow_direct=direct)
        reader = StreamReader(session, "S")
        asked = session.guard.requests
        page = await reader.before(10_000_001, first=1)
        assert (seqs(page.records), page.more) == ([10_000_000], False)
        assert session.guard.requests - asked < 20


async def test_how_many_lie_between(client: Client, session: Session) -> None:
    js = await filled(client, 30, allow_direct=True)
    await js.delete_msg("S", 5)
    assert await StreamReader(session, "S").count(1, 11) == 9
    assert await StreamReader(session, "S", "s.0").count(1, 11) == 3
    assert await StreamReader(session, "S").count(25, 31) == 6
    await js.update_stream(name="S", subjects=["s.>"], allow_direct=False)
    assert await StreamReader(session, "S").count(1, 11) is None


async def test_an_empty_stream_and_none_at_all(client: Client, session: Session) -> None:
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s"], allow_direct=True)
    reader = StreamReader(session, "S")
    assert await reader.bounds() == (1, 1)
    assert (await reader.after(1)).records == []
    assert (await reader.before(1)).records == []
    assert await reader.last() is None
    assert await reader.at_time(0) == 1
    absent = StreamReader(session, "ABSENT")
    for work in (absent.bounds(), absent.after(1), absent.last(), absent.at_time(0)):
        with pytest.raises(NotFoundError):
            await work


async def test_who_may_not_read_directly_reads_one_by_one(server_factory: ServerFactory) -> None:
    server = server_factory(
        "authorization { users: [{user: all, password: p}, {user: u, password: p, "
        'permissions: {publish: {deny: "$JS.API.DIRECT.GET.>"}}}] }',
        jetstream=True,
    )
    session = Session(
        Settings(servers=(server.url,), connect_options={"user": "u", "password": "p"})
    )
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    async with await connect(server.url, user="all", password="p") as client:
        await filled(client, 20, allow_direct=True)
    reader = StreamReader(session, "S")
    assert await everything(reader, 7) == list(range(1, 21))
    assert reader.by_batch is False
    await session.close()
