"""The board of servers, and what there is without the system account."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.model import gathering
from natstui.model.own_account import ACCOUNT_STATS, USER_INFO
from natstui.model.server_board import Health, ServerBoard
from natstui.model.server_detail import ServerDetail
from natstui.model.system_answer import number, text
from natstui.model.system_board import PING
from tests.conftest import ServerFactory
from tests.support.server import NatsServer
from tests.support.system import LIMITED, SYSTEM, Clock, look_until, looking
from tests.support.waiting import eventually


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one server."""
    monkeypatch.setattr(gathering, "STALL", 0.05)


@pytest.fixture
def server(server_factory: ServerFactory) -> NatsServer:
    return server_factory(LIMITED, jetstream=True)


@pytest.fixture
async def app(server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(server.url, name="app")
    yield client
    await client.close()


async def test_a_server_with_its_load_and_rates(app: Client, server: NatsServer) -> None:
    clock = Clock()
    async with looking(server.url) as session:
        board = ServerBoard(session, clock=clock, wall_clock=clock)
        await board.load()
        assert board.sees_system
        row = board.rows[0]
        assert (row.name, row.connections, row.health) == ("s1", 2, Health.FINE)
        assert row.server_version.startswith("2.")
        received = number(row.stats, "received", "msgs")
        for _ in range(100):
            await app.publish("orders.new", b"x" * 10)
        await app.flush()
        clock.now += 2.0
        await board.load()
        assert board.rows[0] is row
        moved = number(row.stats, "received", "msgs") - received
        assert moved >= 100
        assert row.messages_in.per_second == moved / 2
        assert row.bytes_in.per_second >= 500
        assert board.look is not None
        assert (board.look.requests, board.look.answers) == (1, 1)
        assert (session.guard.writes, session.guard.refused) == (0, 0)


async def test_a_client_that_does_not_read_is_a_slow_consumer(
    server_factory: ServerFactory,
) -> None:
    server = server_factory(LIMITED + "max_pending: 64KB\nmax_payload: 60KB")
    async with looking(server.url) as session, await connect(server.url) as app:
        board = ServerBoard(session)
        await board.load()
        assert board.rows[0].health == Health.FINE
        with socket.create_connection(("127.0.0.1", server.port)) as lazy:
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.sendall(b'CONNECT {"verbose":false}\r\nSUB flood 1\r\nPING\r\n')

            await eventually(
                lambda: server.monitor("subsz?subs=1&test=flood")["total"], "it listens"
            )
            for _ in range(200):
                await app.publish("flood", b"x" * 50_000)
            await app.flush()
            await look_until(lambda: board.rows[0].health == Health.SLOW, "a slow consumer", board)
        assert board.rows[0].slow_new >= 1


async def test_a_server_that_was_started_anew_is_the_same_row(server: NatsServer) -> None:
    async with looking(server.url) as session:
        board = ServerBoard(session)
        await board.load()
        before = board.rows[0].id
        server.restart()
        await eventually(lambda: session.timeline.counts["reconnected"], "reconnected")
        await look_until(lambda: board.rows[0].id != before, "the new one", board)
        assert (board.rows.total, board.rows[0].health) == (1, Health.FINE)


async def test_without_the_system_account_there_is_what_one_may_know(
    app: Client, server: NatsServer
) -> None:
    await app.jetstream().add_stream(name="S", subjects=["s"], max_bytes=5_000)
    async with looking(server.url, user="part", password="part") as session:
        board = ServerBoard(session)
        await board.load()
        assert (board.sees_system, board.rows.total) == (False, 0)
        assert list(board.problems) == [PING]
        assert "system account" in board.problems[PING]
        own = board.own
        assert (text(own.user, "user"), own.account) == ("part", "APP")
        assert own.allowed("publish") == (
            ["$JS.API.>", "$SYS.>", "orders.>"],
            ["orders.secret.>"],
        )
        assert own.allowed("subscribe") == (["_INBOX.>", "orders.>"], [])
        assert number(own.jetstream, "streams") == 1
        assert number(own.jetstream, "limits", "max_streams") == 2
        assert own.total("conns") == 2
        assert (session.guard.writes, session.guard.refused) == (0, 0)


async def test_what_may_not_be_asked_is_said_by_subject(server: NatsServer) -> None:
    async with looking(server.url, user="blind", password="blind") as session:
        board = ServerBoard(session)
        await board.load()
        assert list(board.problems) == [PING, USER_INFO, ACCOUNT_STATS, "$JS.API.INFO"]
        for subject, problem in board.problems.items():
            assert subject in problem, "the subject that is missing"
        assert board.own.user == {}


async def test_what_may_not_be_seen_stays_said_while_it_is_looked_anew(server: NatsServer) -> None:
    async with looking(server.url, user="app", password="app") as session:
        board = ServerBoard(session)
        await board.load()
        before = dict(board.problems)
        assert PING in before
        board.begin()
        assert board.problems == before


async def test_one_server_in_full(server: NatsServer) -> None:
    async with looking(server.url) as session:
        board = ServerBoard(session)
        await board.load()
        detail = ServerDetail(session, board.rows[0].id)
        await detail.load()
        assert text(detail.varz, "server_name") == "s1"
        assert text(detail.health, "status") == "ok"
        assert detail.problems == {}
        gone = ServerDetail(session, "NOBODY")
        await gone.load()
        assert list(gone.problems) == [
            "$SYS.REQ.SERVER.NOBODY.VARZ",
            "$SYS.REQ.SERVER.NOBODY.HEALTHZ",
        ]


BROKEN = [
    b"",
    b"null",
    b"[" * 50_000,
    b'{"server": "n1", "statsz": {}}',
    b'{"server": {"name": "n1"}, "statsz": {}}',
    b'{"n":' + b"9" * 100_000 + b"}",
]


@pytest.mark.parametrize("answer", BROKEN, ids=range(len(BROKEN)))
async def test_an_answer_of_no_server_is_counted_and_the_others_are_shown(
    server: NatsServer, answer: bytes
) -> None:
    async def respond(msg: Msg) -> None:
        await msg.respond(answer)

    async with await connect(server.url, **SYSTEM) as liar, looking(server.url) as session:
        await liar.subscribe(PING, cb=respond)
        await liar.flush()
        board = ServerBoard(session)

        await look_until(
            lambda: board.rows.total == 1 and board.broken == 1,
            "the server, and one answer that is none",
            board,
        )


async def test_of_two_answers_of_a_server_the_longer_one_counts(server: NatsServer) -> None:
    async with await connect(server.url, **SYSTEM) as liar, looking(server.url) as session:
        board = ServerBoard(session)
        await board.load()
        short = {"server": {"id": board.rows[0].id, "name": "short"}, "statsz": {}}

        async def respond(msg: Msg) -> None:
            await msg.respond(json.dumps(short).encode())

        await liar.subscribe(PING, cb=respond)
        await liar.flush()

        await look_until(lambda: board.look and board.look.answers == 2, "two answers", board)
        assert board.rows[0].name == "s1"
        assert board.rows[0].connections == 2
