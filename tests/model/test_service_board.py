"""The board of services: who is there, what moves, who went silent, and what a look costs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from natstui.client import connect, micro
from natstui.client.aio.client import Client
from natstui.client.errors import Error
from natstui.model import gathering, service_board, service_instance
from natstui.model.asking import DeniedError
from natstui.model.polling import Poll
from natstui.model.service_board import FORGET_AFTER, INFO_EVERY, ServiceBoard
from natstui.model.service_instance import InstanceKey
from natstui.model.service_row import ServiceRow
from natstui.model.session import NotConnectedError, Session
from natstui.model.settings import Settings
from tests.conftest import ServerFactory
from tests.support import system
from tests.support.auth import user_with_permissions, users
from tests.support.server import NatsServer
from tests.support.services import FakeService, stock
from tests.support.system import Clock
from tests.support.waiting import eventually


@pytest.fixture
async def client(server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(server.url)
    yield client
    await client.close()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is known how many answer, nobody need wait for more."""
    monkeypatch.setattr(gathering, "STALL", 0.1)


async def opened(url: str, *, read_only: bool = False) -> Session:
    session = Session(Settings(servers=(url,), timeout=20, read_only=read_only))
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    return session


@pytest.fixture
async def session(server: NatsServer) -> AsyncIterator[Session]:
    session = await opened(server.url, read_only=True)
    yield session
    await session.close()


@pytest.fixture
def clocks() -> Clock:
    return Clock()


@pytest.fixture
def board(session: Session, clocks: Clock) -> ServiceBoard:
    return ServiceBoard(session, clock=clocks, wall_clock=clocks)


async def look_until(board: ServiceBoard, instances: int) -> None:
    """The first looks, until all of them were heard and described."""

    every = board.instances.values
    await system.look_until(
        lambda: len(every()) == instances and all(each.is_described for each in every()),
        f"{instances} instances",
        board,
    )


def service(board: ServiceBoard, name: str = "fake") -> ServiceRow:
    return next(row for row in board.rows.items if row.name == name)


def badges(rows: list[ServiceRow]) -> dict[str, str]:
    return {row.name: row.state.badge for row in rows}


async def test_services_instances_and_endpoints_are_found_with_all_they_say(
    client: Client, board: ServiceBoard, session: Session
) -> None:
    first = await stock(client)
    second = await stock(client, version="1.5.0", zone="eu-2")
    await micro.add_service(client, name="bare", version="0.0.1")
    for payload in (b"one", b"two", b"fail"):
        await client.request("stock.check", payload, timeout=20)
    await look_until(board, 3)
    assert [row.name for row in board.rows.items] == ["bare", "stock"]
    row = service(board, "stock")
    assert (row.versions, row.requests, row.errors) == ("1.4.2 1.5.0", 3, 1)
    assert row.last_error == "503:backend down"
    assert row.average is not None
    assert 0 < row.average < 20
    endpoints = board.endpoints("stock")
    assert [(each.name, each.subject, each.queue_groups) for each in endpoints] == [
        ("check", "stock.check", "q"),
        ("flush", "stock.flush", ""),
    ]
    assert [each.requests for each in endpoints] == [3, 0]
    assert endpoints[0].endpoints[0].metadata == {"schema": "sku"}
    instances = {each.name: each for each in board.each_of("stock")}
    assert set(instances) == {first.id, second.id}
    assert instances[first.id].instances[0].metadata == {"zone": "eu-1"}
    assert instances[first.id].instances[0].description == "what is in the warehouse"
    assert instances[first.id].instances[0].rtt is not None
    board.rows.set_filter("eu-2 -bare")
    assert [board.rows[row].name for row in range(len(board.rows))] == ["stock"]
    # Read-only, and nothing but questions went out.
    assert (session.guard.writes, session.guard.refused) == (0, 0)


async def test_a_look_is_two_requests_and_says_what_it_cost(
    client: Client, board: ServiceBoard, clocks: Clock
) -> None:
    await FakeService("a").start(client)
    await FakeService("b").start(client)
    await look_until(board, 2)
    for seconds, requests in ((2.0, 2), (INFO_EVERY, 3)):
        clocks.now += seconds
        await board.load()
        assert board.look is not None
        assert (board.look.requests, board.look.answers) == (requests, 2 * requests)
        assert board.look.size > 200 * requests
    poll = Poll(board.session, board.load, every=2.0, took=lambda: 0.5)
    poll.start()
    await eventually(lambda: poll.state == "ready", "an answer")
    assert poll.pause == 4.5
    poll.stop()


async def test_rates_and_times_come_from_what_moved_between_two_looks(
    client: Client, board: ServiceBoard, clocks: Clock
) -> None:
    fake, other = FakeService("a"), FakeService("b")
    await fake.start(client)
    await other.start(client)
    fake.stats(num_requests=1_000, num_errors=10, processing_time=2_000_000_000)
    await look_until(board, 2)
    assert (service(board).request_rate, service(board).state.badge) == (0, "idle")
    assert service(board).average == 0.002
    clocks.now += 2.0
    fake.stats(num_requests=1_020, num_errors=12, processing_time=2_200_000_000)
    other.stats(num_requests=4, processing_time=8_000_000)
    await board.load()
    row = service(board)
    assert (row.requests, row.errors) == (1_024, 12)
    assert (row.request_rate, row.error_rate) == (12, 1)
    assert row.recent == pytest.approx(0.208 / 24)
    assert row.state.badge == "8% errors"
    clocks.now += 20.0
    await board.load()
    assert (service(board).request_rate, service(board).state.badge) == (0, "idle")


async def test_an_instance_that_started_anew_has_no_rates_from_before(
    client: Client, board: ServiceBoard, clocks: Clock
) -> None:
    fake = FakeService()
    await fake.start(client)
    fake.stats(num_requests=1_000)
    await look_until(board, 1)
    clocks.now += 2.0
    fake.stats(num_requests=3_000)
    fake.said["STATS"]["started"] = "2026-06-01T12:30:00Z"
    await board.load()
    assert (service(board).requests, service(board).request_rate) == (3_000, 0)


async def test_who_does_not_answer_twice_went_silent_and_since_when_is_known(
    client: Client, board: ServiceBoard, clocks: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, other = FakeService("a"), FakeService("b")
    await fake.start(client)
    await other.start(client)
    await look_until(board, 2)
    fake.stats(num_requests=10)
    clocks.now += 2.0
    await board.load()
    heard = clocks.now
    monkeypatch.setattr(gathering, "TIMEOUT", 1.0)  # nobody will answer
    fake.silence()
    clocks.now += 2.0
    await board.load()
    assert not service(board).silent, "once is no silence"
    clocks.now += 2.0
    await board.load()
    row = service(board)
    assert (row.state.badge, board.silent(), row.last_heard) == ("1 silent", 1, heard)
    assert row.request_rate == 0, "what it did is no rate of now"
    assert badges(board.each_of("fake")) == {"a": "silent", "b": "idle"}
    assert board.each_of("fake")[0].requests == 10, "its last numbers stay"
    other.silence()
    for _ in range(2):
        await board.load()
    assert service(board).state.badge == "silent"

    back = FakeService("a")
    await back.start(client)
    await system.look_until(lambda: board.silent() == 1, "the one that came back", board)
    assert badges(board.each_of("fake")) == {"a": "idle", "b": "silent"}
    clocks.now += FORGET_AFTER
    await board.load()
    assert [each.key.id for each in board.of("fake")] == ["a"]


async def test_a_silent_one_is_left_out_when_it_is_told_to(
    client: Client, board: ServiceBoard
) -> None:
    await FakeService("a").start(client)
    await look_until(board, 1)
    board.forget(InstanceKey("fake", "a"))
    board.show()
    assert board.rows.total == 0
    await board.load()
    assert board.rows.total == 1


BROKEN = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"[" * 50_000,
    b'{"n":' + b"9" * 100_000 + b"}",
    b'{"id": 7, "name": "x", "version": "1.0.0"}',
    b'{"type": "io.nats.micro.v1.other", "id": "x", "name": "x", "version": "1.0.0"}',
]


@pytest.mark.parametrize("answer", BROKEN, ids=range(len(BROKEN)))
async def test_an_answer_that_is_none_is_counted_and_the_others_are_shown(
    client: Client, board: ServiceBoard, answer: bytes
) -> None:
    broken = FakeService("broken")
    broken.said = dict.fromkeys(broken.said, answer)
    await broken.start(client)
    await FakeService("well").start(client)
    await board.load()
    assert [each.key.id for each in board.of("fake")] == ["well"]
    # INFO is asked after the two whose answers are counted first.
    assert board.broken == 3
    assert board.broken_words
    assert board.session.timeline.unseen_trouble == 0


async def test_who_answers_to_ping_alone_is_there_too(
    client: Client, board: ServiceBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "TIMEOUT", 0.5)  # nobody will answer to the others
    fake = FakeService()
    del fake.said["STATS"], fake.said["INFO"]
    await fake.start(client)
    await board.load()
    assert service(board).state.badge == "no stats"


async def test_there_may_be_more_than_can_be_kept(
    client: Client, board: ServiceBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_board, "MOST_INSTANCES", 2)
    monkeypatch.setattr(service_instance, "MOST_ENDPOINTS", 1)
    for id in ("a", "b", "c"):
        await FakeService(id).start(client)
    await stock(client)
    await board.load()
    assert len(board.instances) == 2
    assert board.cut == 6, "two instances, at each of three questions"
    for instance in board.of("stock"):
        assert (len(instance.endpoints), instance.endpoints_cut) == (1, 1)


async def test_nobody_is_no_error(board: ServiceBoard) -> None:
    await board.load()
    assert board.rows.total == 0
    assert board.look is not None
    assert board.look.answers == 0


async def test_what_may_not_be_asked_is_said_by_subject(
    server_factory: ServerFactory,
) -> None:
    config = users(
        user_with_permissions("half", "p", publish_deny=["$SRV.STATS"]),
        user_with_permissions("none", "p", publish_deny=["$SRV.>"]),
        user_with_permissions("all", "p"),
    )
    server = server_factory(config)
    async with await connect(server.url, user="all", password="p") as client:
        await stock(client)
        session = Session(
            Settings(
                servers=(server.url,), connect_options={"user": "half", "password": "p"}, timeout=20
            )
        )
        session.open()
        await eventually(lambda: session.is_connected, "connected")
        board = ServiceBoard(session)
        await board.load()
        assert service(board, "stock").state.badge == "no stats"
        assert list(board.problems) == ["$SRV.STATS"]
        assert "$SRV.STATS" in board.problems["$SRV.STATS"]
        await session.close()

        session = Session(
            Settings(
                servers=(server.url,), connect_options={"user": "none", "password": "p"}, timeout=20
            )
        )
        session.open()
        await eventually(lambda: session.is_connected, "connected")
        with pytest.raises(DeniedError, match=r"\$SRV\.(PING|STATS)"):
            await ServiceBoard(session).load()
        await session.close()


async def test_without_a_connection_it_says_so(server: NatsServer) -> None:
    session = Session(Settings(servers=(server.url,)))
    with pytest.raises(NotConnectedError):
        await ServiceBoard(session).load()
    assert issubclass(NotConnectedError, Error)
