"""Connections: who they are, how much moves, and why some were closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.errors import Error
from natstui.model import connection_board, gathering
from natstui.model.account_board import JETSTREAM, AccountBoard
from natstui.model.connection_board import ConnectionBoard, ConnectionRow
from natstui.model.system_answer import objects, text
from tests.conftest import ServerFactory
from tests.support.server import NatsServer
from tests.support.system import LIMITED, Clock, look_until, looking


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one server."""
    monkeypatch.setattr(gathering, "STALL", 0.05)


@pytest.fixture
def server(server_factory: ServerFactory) -> NatsServer:
    return server_factory(LIMITED, jetstream=True)


@pytest.fixture
async def app(server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(server.url, name="billing")
    yield client
    await client.close()


def named(board: ConnectionBoard, name: str) -> ConnectionRow:
    return next(row for row in board.rows.items if row.name == name)


async def test_connections_with_what_moves(app: Client, server: NatsServer) -> None:
    clock = Clock()
    await app.subscribe("orders.>")
    async with looking(server.url) as session:
        board = ConnectionBoard(session, clock=clock)
        await board.load()
        row = named(board, "billing")
        assert (row.server, row.account, row.user) == ("s1", "APP", "app")
        assert (row.subscriptions, board.total) == (1, 2)
        assert row.rtt is not None
        before = row.total_bytes
        for _ in range(50):
            await app.publish("orders.new", b"x" * 100)
        await app.flush()
        clock.now += 2.0
        await board.load()
        assert named(board, "billing") is row
        assert row.messages.per_second >= 50, "fifty in and fifty out in two seconds"
        assert row.bytes.per_second == (row.total_bytes - before) / 2 >= 5_000
        board.rows.set_filter("billing app")
        assert len(board.rows) == 1


async def test_one_with_its_subscriptions_until_it_is_gone(app: Client, server: NatsServer) -> None:
    await app.subscribe("orders.>", queue="workers")
    async with looking(server.url) as session:
        board = ConnectionBoard(session)
        await board.load()
        key = named(board, "billing").key
        assert await board.look_at(key)
        row = board.find(key)
        assert row is not None
        (subscription,) = objects(row.info, "subscriptions_list_detail")
        assert (text(subscription, "subject"), text(subscription, "qgroup")) == (
            "orders.>",
            "workers",
        )
        await app.close()
        await look_until(lambda: board.rows.total == 1, "the end of it", board)
        assert not await board.look_at(key)
        assert board.problems == {}


async def test_the_closed_ones_with_their_reasons(app: Client, server: NatsServer) -> None:
    with suppress(Error):
        await connect(server.url, user="app", password="wrong", allow_reconnect=False)
    await app.close()
    async with looking(server.url) as session:
        board = ConnectionBoard(session, closed=True)

        reasons = {"Authentication Failure", "Client Closed"}
        await look_until(lambda: reasons <= {row.reason for row in board.rows.items}, "both", board)
        assert all(row.stopped > 1e9 for row in board.rows.items)
        assert board.slow() == 0


async def test_of_very_many_there_are_the_first_and_the_rest_is_counted(
    app: Client, server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_board, "MOST_CONNECTIONS", 1)
    await app.subscribe("a")
    async with looking(server.url) as session:
        board = ConnectionBoard(session)
        board.order = "subs"
        await board.load()
        assert (board.rows.total, board.total) == (1, 2)


async def test_without_the_system_account_there_are_those_of_the_own_one(
    app: Client, server: NatsServer
) -> None:
    async with (
        looking(server.url, user="part", password="part") as session,
        await connect(server.url, user="sys", password="sys"),
    ):
        board = ConnectionBoard(session)
        await board.load()
        assert sorted(row.user for row in board.rows.items) == ["app", "part"]
        assert board.problems == {}


async def test_accounts_with_what_they_store(app: Client, server: NatsServer) -> None:
    clock = Clock()
    js = app.jetstream()
    await js.add_stream(name="S", subjects=["s"], max_bytes=5_000)
    async with looking(server.url) as session:
        board = AccountBoard(session, clock=clock)
        await board.load()
        for _ in range(10):
            await js.publish("s", b"x" * 100)
        clock.now += 2.0
        await board.load()
        rows = {row.name: row for row in board.rows.items}
        assert {"APP", "SYS"} <= set(rows)
        assert (rows["APP"].connections, rows["SYS"].connections) == (1, 1)
        assert rows["APP"].messages_in.per_second >= 5
        stored = rows["APP"].stored
        assert stored is not None
        assert stored >= 1_000


async def test_of_the_own_account_it_is_said_what_servers_do_not_tell(
    app: Client, server: NatsServer
) -> None:
    async with looking(server.url, user="app", password="app") as session:
        board = AccountBoard(session)
        await board.load()
        (row,) = board.rows.items
        assert (row.name, row.connections, row.stored) == ("APP", 2, None)
        assert list(board.problems) == [JETSTREAM]
