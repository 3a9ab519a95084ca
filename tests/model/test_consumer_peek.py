"""What comes next, and that looking at it moves nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.client.js.errors import NotFoundError
from natstui.model.consumer_peek import ConsumerPeek, merged
from natstui.model.consumer_row import Key
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.tail import Record
from tests.support.consumers import orders, take
from tests.support.server import NatsServer
from tests.support.waiting import eventually

BILLING = Key("ORDERS", "billing")
ASKING = ("CONSUMER.INFO.", "STREAM.INFO.", "STREAM.MSG.GET.", "DIRECT.GET.")


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


def numbers(peek: ConsumerPeek, *, following: bool = True) -> list[int]:
    return [record.seq for record in peek.records if peek.is_next(record) is following]


@pytest.mark.parametrize("config", [{}, {"allow_direct": True}, {"retention": "workqueue"}])
async def test_looking_at_what_comes_next_moves_nothing(
    client: Client, session: Session, config: dict[str, Any]
) -> None:
    js = await orders(client, **config)
    await js.add_consumer(
        "ORDERS", durable_name="billing", ack_policy="explicit", filter_subject="orders.us"
    )
    await take(js, "billing", 2, ack=True)
    await take(js, "billing", 3, ack=False)
    before = await js.consumer_info("ORDERS", "billing")
    stream = (await js.stream_info("ORDERS")).state
    heard: list[str] = []

    def hear(msg: Msg) -> None:
        heard.append(msg.subject)

    for subject in ("$JS.API.>", "$JS.ACK.>"):
        await client.subscribe(subject, hook=hear)
    await client.flush()
    peek = ConsumerPeek(session, BILLING)
    await peek.load()
    assert numbers(peek) == [12, 14, 16, 18, 20]
    assert numbers(peek, following=False) == [6, 8, 10]
    assert peek.record(0).payload == b"number 6."
    await client.flush()
    heard_of = [subject.removeprefix("$JS.API.") for subject in heard]
    assert heard_of
    assert all(subject.startswith(ASKING) for subject in heard_of), heard_of
    after = await js.consumer_info("ORDERS", "billing")
    assert (after.delivered, after.ack_floor) == (before.delivered, before.ack_floor)
    assert (after.num_pending, after.num_ack_pending) == (5, 3)
    assert (await js.stream_info("ORDERS")).state == stream
    assert (session.guard.consumers, session.guard.acks, session.guard.writes) == (0, 0, 0)


async def test_it_is_read_anew_only_where_the_consumer_moved(
    client: Client, session: Session
) -> None:
    js = await orders(client)
    await js.add_consumer("ORDERS", durable_name="billing", ack_policy="explicit")
    peek = ConsumerPeek(session, BILLING)
    await peek.load()
    assert numbers(peek) == list(range(1, 21))
    asked, version = session.guard.requests, peek.version
    await peek.load()
    assert (session.guard.requests, peek.version) == (asked + 1, version)
    await take(js, "billing", 4, ack=True)
    await peek.load()
    assert numbers(peek) == list(range(5, 21))
    await client.publish("orders.eu", b"new")
    await client.flush()

    async def came() -> bool:
        await peek.load()
        return numbers(peek)[-1] == 21

    condition: Callable[[], bool | Awaitable[bool]] = came
    await eventually(condition, "the new one comes next")


async def test_several_filters_are_read_as_one(client: Client, session: Session) -> None:
    js = await orders(client)
    await client.publish("orders.asia", b"not for billing")
    await js.add_consumer(
        "ORDERS",
        durable_name="billing",
        ack_policy="explicit",
        filter_subjects=["orders.us", "orders.eu"],
    )
    peek = ConsumerPeek(session, BILLING)
    await peek.load()
    assert numbers(peek) == list(range(1, 21))
    assert not peek.more


async def test_where_a_consumer_begins_it_comes_next(client: Client, session: Session) -> None:
    js = await orders(client)
    for policy, expected in (("new", []), ("last", [20])):
        await js.add_consumer(
            "ORDERS", durable_name=policy, ack_policy="explicit", deliver_policy=policy
        )
        peek = ConsumerPeek(session, Key("ORDERS", policy))
        await peek.load()
        assert numbers(peek) == expected


async def test_a_consumer_that_is_gone_is_said_so(client: Client, session: Session) -> None:
    await orders(client)
    with pytest.raises(NotFoundError):
        await ConsumerPeek(session, BILLING).load()


def page(*seqs: int, more: bool = False) -> tuple[list[Record], bool]:
    return [Record(seq, 0.0, "s", "", b"", b"", 0) for seq in seqs], more


def test_behind_a_page_that_ended_early_nothing_is_known() -> None:
    records, more = merged([page(1, 4, more=True), page(2, 3, 5, 6)], 10)
    assert [record.seq for record in records] == [1, 2, 3, 4]
    assert more
    records, more = merged([page(1, 4), page(2, 3, 4)], 3)
    assert [record.seq for record in records] == [1, 2, 3]
    assert more
    assert merged([page(), page()], 3) == ([], False)
