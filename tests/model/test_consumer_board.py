"""The board of consumers: all of them, why they are stuck, and what a look at them costs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.model import consumer_state
from natstui.model.asking import DeniedError
from natstui.model.consumer_board import ConsumerBoard
from natstui.model.consumer_row import ConsumerRow, Key
from natstui.model.session import Session
from natstui.model.settings import Settings
from tests.conftest import ServerFactory
from tests.support.consumers import all_states, orders, take
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def client(js_server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(js_server.url)
    yield client
    await client.close()


@pytest.fixture
async def session(js_server: NatsServer) -> AsyncIterator[Session]:
    session = await opened(js_server.url)
    yield session
    await session.close()


async def opened(url: str) -> Session:
    session = Session(Settings(servers=(url,), timeout=20))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    return session


def badges(board: ConsumerBoard) -> dict[str, str]:
    return {row.name: row.standing.badge for row in board.rows.items}


def shown(board: ConsumerBoard) -> list[ConsumerRow]:
    return [board.rows[place] for place in range(len(board.rows))]


def worst_first(row: ConsumerRow) -> tuple[int, int]:
    return row.standing.severity, row.lag


async def test_all_consumers_of_all_streams_with_why_they_are_stuck(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_state, "QUIET_SECONDS", 0.0)
    js = await orders(client)
    await all_states(js)
    await js.add_consumer("ORDERS", durable_name="unread", ack_policy="explicit")
    await js.add_stream(name="EMPTY", subjects=["empty"])
    await js.add_stream(name="PAYMENTS", subjects=["payments"])
    await js.add_consumer("PAYMENTS", durable_name="settle", ack_policy="explicit")
    board = ConsumerBoard(session)
    board.rows.sort(worst_first, descending=True)
    await board.load()
    assert badges(board) == {
        "unread": "nobody pulling",
        "pushed": "no subscriber",
        "full": "ack limit",
        "asleep": "paused",
        "done": "ok",
        "settle": "ok",
    }
    assert {row.name for row in shown(board)[:3]} == {"unread", "pushed", "full"}
    assert board.stuck() == 3
    assert board.asked == session.guard.requests == 3
    assert (session.guard.consumers, session.guard.writes) == (0, 0)
    board.rows.set_filter("paused")
    assert [row.name for row in shown(board)] == ["asleep"]


async def test_movement_comes_from_two_looks(client: Client, session: Session) -> None:
    now = 0.0
    board = ConsumerBoard(session, clock=lambda: now)
    js = await orders(client)
    await js.add_consumer("ORDERS", durable_name="billing", ack_policy="explicit")
    await board.load()
    row = board.rows[0]
    await take(js, "billing", 8, ack=True)
    await take(js, "billing", 2, ack=False)
    now = 2.0
    await board.load()
    assert board.rows[0] is row
    assert (row.deliver_rate.per_second, row.ack_rate.per_second) == (5, 4)
    assert (row.pending, row.outstanding, row.slope.per_second) == (10, 2, -4)
    await js.delete_consumer("ORDERS", "billing")
    await board.load()
    assert board.rows.total == 0


async def test_a_thousand_consumers_are_taken_in_page_by_page(
    client: Client, session: Session
) -> None:
    js = client.jetstream()
    for stream, count in (("A", 700), ("B", 300)):
        await js.add_stream(name=stream, subjects=[f"{stream}.>"], storage="memory")
        creating = (
            js.add_consumer(stream, name=f"c{number}", ack_policy="explicit", mem_storage=True)
            for number in range(count)
        )
        await asyncio.gather(*creating)
    board = ConsumerBoard(session)
    await board.load()
    assert board.problems == {}
    assert board.rows.total == 1_000
    assert len({row.key for row in board.rows.items}) == 1_000
    # One for the streams, three pages of one and two of the other.
    assert board.asked == session.guard.requests == 6


async def test_what_is_given_up_is_heard_of(client: Client, session: Session) -> None:
    board = ConsumerBoard(session)
    js = await orders(client)
    await js.add_consumer(
        "ORDERS", durable_name="once", ack_policy="explicit", max_deliver=1, ack_wait=0.05
    )
    await board.load()
    await take(js, "once", 2, ack=False)
    key = Key("ORDERS", "once")
    await eventually(lambda: board.advisories.of(key).given_up == 2, "both were given up")
    await board.load()
    row = board.rows[0]
    assert row.standing.badge == "losing messages"
    assert row.ack_rate.per_second == 0
    # Both came due at once: which is advised first is the server's affair.
    assert sorted(board.advisories.of(key).sequences) == [1, 2]


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b'{"stream_seq":"x"}', b"[" * 50_000])
async def test_made_up_advisories_do_no_harm(
    client: Client, session: Session, payload: bytes
) -> None:
    board = ConsumerBoard(session)
    await board.load()
    await client.publish("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C", payload)
    await client.flush()
    await eventually(lambda: board.advisories.of(Key("S", "C")).given_up == 1, "heard of")
    await board.load()
    assert board.rows.total == 0


CLOSED_STREAM = """
authorization: {
  users: [
    { user: admin, password: s }
    {
      user: ada, password: s
      permissions: { publish: { allow: ["$JS.API.STREAM.LIST", "$JS.API.CONSUMER.LIST.OPEN"] } }
    }
  ]
}
"""


async def test_a_stream_that_may_not_be_asked_is_a_problem_and_not_the_end(
    server_factory: ServerFactory,
) -> None:
    server = server_factory(CLOSED_STREAM, jetstream=True)
    async with await connect(server.url, user="admin", password="s") as client:
        js = client.jetstream()
        for name in ("OPEN", "CLOSED"):
            await js.add_stream(name=name, subjects=[name])
            await js.add_consumer(name, durable_name="c", ack_policy="explicit")
        session = await opened(server.url.replace("//", "//ada:s@"))
        board = ConsumerBoard(session)
        await board.load()
        assert [row.key for row in shown(board)] == [("OPEN", "c")]
        assert list(board.problems) == ["CLOSED"]
        assert "$JS.API.CONSUMER.LIST.CLOSED" in board.problems["CLOSED"]
        await js.delete_stream("OPEN")
        with pytest.raises(DeniedError, match=r"CONSUMER\.LIST\.CLOSED"):
            await board.load()
        await session.close()


async def test_one_consumer_is_looked_at_alone(client: Client, session: Session) -> None:
    js = await orders(client)
    await js.add_consumer("ORDERS", durable_name="billing", ack_policy="explicit")
    board = ConsumerBoard(session)
    await board.load()
    before = session.guard.requests
    await take(js, "billing", 5, ack=False)
    await board.look_at(Key("ORDERS", "billing"))
    assert board.rows[0].outstanding == 5
    assert session.guard.requests == before + 1


async def test_what_the_server_says_is_there_as_it_came(client: Client, session: Session) -> None:
    await orders(client)
    config = {"name": "c", "ack_policy": "explicit", "metadata": {"team": "\x1b[2J[/x]"}}
    body = json.dumps({"stream_name": "ORDERS", "config": config}).encode()
    await client.request("$JS.API.CONSUMER.CREATE.ORDERS.c", body)
    board = ConsumerBoard(session)
    await board.load()
    assert board.rows[0].config["metadata"]["team"] == "\x1b[2J[/x]"
