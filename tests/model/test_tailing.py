"""Tailing over real servers: subjects that overlap, come and go, are denied, lose their server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.model.filter import parse_filter
from natstui.model.recording import Recording
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.tail import TailBuffer
from natstui.model.tailing import Tail
from tests.conftest import ServerFactory
from tests.support.server import NatsServer
from tests.support.waiting import eventually

SOME_DENIED = """
authorization {
  users: [{user: u, password: p, permissions: {subscribe: {deny: [">", "secret.>"]}}}]
}
"""
WIDE_DENIED = """
authorization {
  users: [
    {user: u, password: p, permissions: {subscribe: {allow: ["orders.eu.*", "_INBOX.>"]}}}
    {user: pub, password: p}
  ]
}
"""
FAST = {"reconnect_time_wait": 0.1}


@pytest.fixture
async def session(server: NatsServer) -> AsyncIterator[Session]:
    session = Session(Settings(servers=(server.url,), connect_options=FAST))
    yield session
    await session.close()


@pytest.fixture
async def publisher(server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(server.url)
    yield client
    await client.close()


def seen(tail: Tail) -> list[str]:
    buffer = tail.buffer
    records = (buffer.get(seq) for seq in range(buffer.first, buffer.end))
    return [record.payload.decode() for record in records if not record.is_note]


def counts(tail: Tail) -> dict[str, int]:
    return {each.pattern: each.messages for each in tail.subjects.subjects}


async def ready(tail: Tail) -> None:
    """Every subject's subscription has reached the server."""
    await eventually(
        lambda: (
            tail.session.is_connected
            and all(each.subscription or each.problem for each in tail.subjects.subjects)
        ),
        "all subjects are subscribed to",
    )
    assert tail.session.client is not None
    await tail.session.client.flush()


async def test_messages_arrive_with_all_they_have(session: Session, publisher: Client) -> None:
    tail = Tail(session)
    await tail.add("orders.*")
    session.open()
    await ready(tail)
    await publisher.publish("orders.new", b"12.90", reply="back", headers={"A": "b"})
    await eventually(lambda: tail.buffer.seen, "the message")
    record = tail.buffer.get(0)
    assert (record.subject, record.payload, record.reply) == ("orders.new", b"12.90", "back")
    assert record.headers == b"NATS/1.0\r\nA: b\r\n\r\n"
    assert record.size == len(record.headers) + 5


async def test_overlapping_subjects_show_a_message_once_and_count_it_each(
    session: Session, publisher: Client
) -> None:
    tail = Tail(session)
    session.open()
    for pattern in ("orders.eu.*", "orders.>", "orders.*.new", "payments"):
        await tail.add(pattern)
    await ready(tail)
    for subject in ("orders.eu.new", "orders.us.new", "orders.us.paid", "payments"):
        await publisher.publish(subject, subject.encode())
    await eventually(lambda: sum(counts(tail).values()) == 7, "all copies")
    assert seen(tail) == ["orders.eu.new", "orders.us.new", "orders.us.paid", "payments"]
    assert counts(tail) == {"orders.eu.*": 1, "orders.>": 3, "orders.*.new": 2, "payments": 1}


async def test_another_subject_takes_over_when_one_is_removed(
    session: Session, publisher: Client
) -> None:
    tail = Tail(session)
    session.open()
    await tail.add("orders.>")
    await tail.add("orders.eu.*")
    await ready(tail)
    await tail.remove("orders.>")
    await ready(tail)
    await publisher.publish("orders.eu.new", b"1")
    await publisher.publish("orders.us.new", b"2")
    await publisher.publish("orders.eu.new", b"3")
    await eventually(lambda: tail.buffer.seen == 2, "the rest of them")
    assert seen(tail) == ["1", "3"]


async def test_a_subject_that_is_denied_leaves_its_messages_to_the_others(
    server_factory: ServerFactory,
) -> None:
    server = server_factory(WIDE_DENIED)
    session = Session(
        Settings(servers=(server.url,), connect_options={"user": "u", "password": "p"})
    )
    tail = Tail(session)
    await tail.add(">")
    await tail.add("orders.eu.*")
    session.open()
    wide = tail.subjects.find(">")
    assert wide is not None
    await eventually(lambda: wide.problem, "the denial")
    assert wide.problem == "no permission"
    publisher = await connect(server.url, user="pub", password="p")
    await publisher.publish("orders.eu.new", b"1")
    await eventually(lambda: seen(tail) == ["1"], "the message is shown")
    await publisher.close()
    await session.close()


async def test_a_lost_connection_is_noted_between_the_messages(
    session: Session, server: NatsServer
) -> None:
    tail = Tail(session)
    await tail.add("orders.*")
    session.open()
    await ready(tail)
    assert session.client is not None
    await session.client.publish("orders.new", b"before")
    await eventually(lambda: tail.buffer.seen == 1, "the message before")
    server.restart()
    await eventually(lambda: tail.buffer.end == 3, "both notes")
    await ready(tail)
    await session.client.publish("orders.new", b"after")
    await eventually(lambda: tail.buffer.seen == 2, "the message after")
    records = [tail.buffer.get(seq) for seq in range(4)]
    assert [record.is_note for record in records] == [False, True, True, False]
    assert records[1].payload.startswith(b"disconnected")
    assert records[2].payload == b"reconnected"


async def test_subjects_come_back_with_a_client_that_is_opened_anew(
    session: Session, publisher: Client
) -> None:
    tail = Tail(session)
    await tail.add("orders.*")
    session.open()
    await ready(tail)
    first = tail.subjects.subjects[0].subscription
    assert session.client is not None
    await session.client.close()
    await session.reconnect()
    await eventually(
        lambda: tail.subjects.subjects[0].subscription is not first, "a new subscription"
    )
    await ready(tail)
    await publisher.publish("orders.new", b"1")
    await eventually(lambda: seen(tail) == ["1"], "the message")


async def test_the_same_subject_twice_is_refused(session: Session) -> None:
    tail = Tail(session)
    await tail.add("orders.*")
    with pytest.raises(ValueError, match="there already"):
        await tail.add("orders.*")
    with pytest.raises(ValueError, match="a space"):
        await tail.add("a b")
    with pytest.raises(LookupError):
        await tail.remove("payments")


async def test_a_subject_can_be_removed_without_a_server(
    session: Session, server: NatsServer
) -> None:
    tail = Tail(session)
    await tail.add("orders.*")
    session.open()
    await ready(tail)
    server.kill()
    await eventually(lambda: not session.is_connected, "the loss")
    await tail.remove("orders.*")
    assert tail.subjects.subjects == []
    server.start()
    await eventually(lambda: session.is_connected, "the return")
    await eventually(lambda: server.monitor("subsz")["num_subscriptions"] >= 0, "answers")
    connections = server.monitor("connz?subs=1")["connections"]
    assert all("orders.*" not in (each.get("subscriptions_list") or []) for each in connections)


async def test_a_subject_can_be_added_without_a_server(
    session: Session, server: NatsServer
) -> None:
    tail = Tail(session)
    session.open()
    await ready(tail)
    server.kill()
    await eventually(lambda: not session.is_connected, "the loss")
    await tail.add("orders.*")
    server.start()
    await ready(tail)
    assert session.client is not None
    await session.client.publish("orders.new", b"1")
    await eventually(lambda: seen(tail) == ["1"], "the message")


async def test_a_message_that_cannot_be_recorded_is_counted(
    session: Session, publisher: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tail = Tail(session)
    await tail.add("orders.*")
    session.open()
    await ready(tail)
    append = TailBuffer.append
    monkeypatch.setattr(TailBuffer, "append", lambda *args: 1 / 0)
    await publisher.publish("orders.new", b"1")
    await eventually(lambda: tail.dropped == 1, "it is counted")
    monkeypatch.setattr(TailBuffer, "append", append)
    await publisher.publish("orders.new", b"2")
    await eventually(lambda: seen(tail) == ["2"], "the next one is recorded")


async def test_rates_and_history_follow(session: Session) -> None:
    tail = Tail(session)
    await tail.add("orders.*")
    tail.sample(0)
    for _ in range(10):
        tail.buffer.append("orders.new", b"")
    tail.sample(1)
    assert tail.rate.per_second == 10
    assert tail.history.bars[-1] == 10


async def test_a_recording_has_what_all_subjects_bring(
    session: Session, publisher: Client, server: NatsServer, tmp_path: Path
) -> None:
    tail = Tail(session)
    await tail.add("orders.>")
    session.open()
    await ready(tail)
    await publisher.publish("orders.1", b"before")
    await eventually(lambda: seen(tail) == ["before"], "it is tailed")
    recorder = tail.record(tmp_path / "out", parse_filter("-health"))
    await tail.add("orders.2")
    await publisher.publish("orders.1", b"1")
    await publisher.publish("orders.1", b"health")
    await publisher.publish("orders.2", b"2", reply="_INBOX.x", headers={"A": "b"})
    await eventually(lambda: recorder.messages == 2, "both are written, and once each")
    assert await tail.stop_recording() is recorder
    await eventually(lambda: not tail.subjects.also, "nothing is given to it any more")
    await publisher.publish("orders.1", b"after")
    await eventually(lambda: seen(tail)[-1] == "after", "the tail goes on")
    with Recording([tmp_path / "out"]) as recording:
        head, *messages, end = (recording.get(seq) for seq in range(recording.count))
    assert head.is_note
    assert end.payload == b"the recording ended: 2 messages"
    kept = [tail.buffer.get(seq) for seq in (1, 3)]
    assert [each[2:] for each in messages] == [each[2:] for each in kept]
    assert [each.at for each in messages] == pytest.approx([each.at for each in kept], abs=1)


async def test_a_recording_says_where_the_connection_was_lost(
    session: Session, server: NatsServer, tmp_path: Path
) -> None:
    tail = Tail(session)
    await tail.add("orders.>")
    session.open()
    await ready(tail)
    tail.record(tmp_path / "out")
    server.restart()
    await eventually(lambda: tail.buffer.end == 2, "it was lost, and is back")
    await tail.stop_recording()
    with Recording([tmp_path / "out"]) as recording:
        notes = [recording.get(seq).payload for seq in (1, 2)]
    assert notes == [b"disconnected: what is published now is missed", b"reconnected"]
