"""Messages that nobody gets again: as advised, as captured, as counted; and published once more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.errors import PublishRefusedError
from natstui.client.js.errors import NoStreamResponseError
from natstui.model.dead_letter import PREFIX, DeadLetter, dead_letter
from natstui.model.dead_letters import DeadLetters
from natstui.model.journal import Journal
from natstui.model.republishing import republish
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.writing import Writer
from tests.support.consumers import orders
from tests.support.dead_letters import give_up, losing, terminate
from tests.support.server import NatsServer
from tests.support.waiting import eventually

Condition = Callable[[], bool | Awaitable[bool]]


@pytest.fixture
async def client(js_server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(js_server.url)
    yield client
    await client.close()


@pytest.fixture
async def session(js_server: NatsServer) -> AsyncIterator[Session]:
    session = Session(Settings(servers=(js_server.url,), timeout=20))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    yield session
    await session.close()


async def known(letters: DeadLetters, count: int) -> list[tuple[str, int, str]]:
    """When there are so many: consumer, sequence, kind, in the order of the sequences."""

    async def there() -> bool:
        await letters.load()
        return len(letters.rows) == count

    condition: Condition = there
    await eventually(condition, f"{count} letters", last_seen=lambda: letters.rows.items)
    return sorted((each.consumer, each.seq, each.kind) for each in letters.rows.items)


def test_what_an_advisory_says() -> None:
    subject = f"{PREFIX}MAX_DELIVERIES.ORDERS.billing"
    said = b'{"stream_seq": 17, "deliveries": 5, "timestamp": "1970-01-01T00:01:00Z"}'
    assert dead_letter(subject, said, 9.0) == DeadLetter(
        "ORDERS", "billing", 17, "gave up", 5, "", 60.0
    )
    for strange in (b"", b"[]", b"{}", b'{"stream_seq": "x"}', b'{"stream_seq": -1}', b"[" * 9999):
        assert dead_letter(subject, strange, 9.0) is None
    assert dead_letter(f"{PREFIX}CREATED.ORDERS.billing", said, 9.0) is None
    assert dead_letter(f"{PREFIX}MAX_DELIVERIES.ORDERS", said, 9.0) is None


async def test_what_is_advised_is_kept_with_its_message(client: Client, session: Session) -> None:
    js = await orders(client)
    subscription = await losing(js)
    letters = DeadLetters(session)
    assert await known(letters, 0) == []
    assert session.client is not None
    await session.client.flush()
    ended = await terminate(subscription, "no such order")
    lost = await give_up(subscription)
    assert await known(letters, 2) == [
        ("billing", ended, "terminated"),
        ("billing", lost, "gave up"),
    ]
    latest = letters.rows[0]
    assert (latest.seq, latest.deliveries, latest.stream) == (lost, 2, "ORDERS")
    assert letters.rows[1].reason == "no such order"
    await js.delete_msg("ORDERS", lost)
    await letters.look_at(letters.rows.items)
    assert letters.messages["ORDERS", lost] is None
    message = letters.messages["ORDERS", ended]
    assert message is not None
    assert message.payload == b"number 1."
    requests = session.guard.requests
    await letters.look_at(letters.rows.items)
    assert session.guard.requests == requests
    guard = session.guard
    assert (guard.consumers, guard.acks, guard.writes) == (0, 0, 0)
    await subscription.unsubscribe()


async def test_before_it_listened_there_is_what_was_captured_and_else_only_a_number(
    client: Client, session: Session
) -> None:
    js = await orders(client)
    subscription = await losing(js)
    lost = await give_up(subscription)
    letters = DeadLetters(session)
    assert await known(letters, 1) == [("billing", 0, "counted")]
    counted = letters.rows[0]
    assert (counted.number, counted.reason, letters.captures) == (1, "", [])
    await letters.look_at([counted])
    assert letters.messages == {}

    await js.add_stream(name="LOST", subjects=["$JS.EVENT.ADVISORY.CONSUMER.*.>"], no_ack=True)
    again = await give_up(subscription)

    async def captured() -> bool:
        return bool((await js.stream_info("LOST")).state.messages)

    condition: Condition = captured
    await eventually(condition, "captured")
    later = DeadLetters(session)
    # Two by its numbers, one of them with its name.
    assert await known(later, 2) == [("billing", 0, "counted"), ("billing", again, "gave up")]
    assert later.captures == ["LOST"]
    assert later.rows[1].number == 1
    assert again != lost
    assert await known(DeadLetters(session, only="LOST"), 0) == []
    await subscription.unsubscribe()


async def test_a_letter_is_published_once_more_with_where_it_came_from(
    client: Client, session: Session, tmp_path: Path
) -> None:
    js = await orders(client)
    await js.add_stream(name="PARKED", subjects=["parked.>"])
    headers = {"Trace": "7", "Nats-Msg-Id": "first", "Dead-Letter-Stream": "old"}
    sent = await js.publish("orders.eu", b"\x00payload", headers=headers)
    letters, writer = DeadLetters(session), Writer(session, Journal(tmp_path))
    letter = DeadLetter("ORDERS", "billing", sent.seq, "terminated", 3, "no\r\nsuch order", 60.0)
    record = await letters.whole(letter)
    assert record is not None
    for subject, stream in (("orders.eu", "ORDERS"), ("parked.orders", "PARKED")):
        ack = await republish(writer, letter, record, subject)
        assert (ack.stream, ack.duplicate or False) == (stream, False)
        stored = await js.get_msg(stream, ack.seq)
        assert (stored.subject, stored.data) == (subject, b"\x00payload")
        assert dict(stored.headers or {}) == {
            "Trace": "7",
            "Dead-Letter-Stream": "ORDERS",
            "Dead-Letter-Sequence": str(sent.seq),
            "Dead-Letter-Subject": "orders.eu",
            "Dead-Letter-Consumer": "billing",
            "Dead-Letter-Deliveries": "3",
            "Dead-Letter-Cause": "terminated",
            "Dead-Letter-Reason": "no such order",
            "Dead-Letter-Time": "1970-01-01T00:01:00.000000Z",
        }
    with pytest.raises(NoStreamResponseError):
        await republish(writer, letter, record, "nobody.stores.it")
    audit = (tmp_path / "audit.ndjson").read_text().splitlines()
    assert len(audit) == 3
    assert f"republish message {sent.seq} of ORDERS to parked.orders" in audit[1]
    read_only = Session(Settings(read_only=True))
    with pytest.raises(PublishRefusedError):
        await republish(Writer(read_only, Journal(tmp_path)), letter, record, "orders.eu")
