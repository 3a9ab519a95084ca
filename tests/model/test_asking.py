"""Asking JetStream: answers, missing permissions by name, and polls that come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from natstui.client.js.errors import ServiceUnavailableError
from natstui.model.asking import DeniedError, ask, jetstream
from natstui.model.polling import Poll
from natstui.model.session import NotConnectedError, Session
from natstui.model.settings import Settings
from tests.conftest import ServerFactory
from tests.support.server import NatsServer
from tests.support.waiting import eventually

NO_LISTS = """
authorization {
  users: [
    {user: u, password: p, permissions: {publish: {deny: ["$JS.API.STREAM.LIST"]}}}
    {user: mute, password: p, permissions: {subscribe: {deny: ["_INBOX.>"]}}}
  ]
}
"""
FAST = {"reconnect_time_wait": 0.1}


async def opened(server: NatsServer, **options: object) -> Session:
    settings = Settings(servers=(server.url,), connect_options={**FAST, **options}, timeout=30)
    session = Session(settings)
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    return session


@pytest.fixture
async def session(js_server: NatsServer) -> AsyncIterator[Session]:
    session = await opened(js_server)
    yield session
    await session.close()


async def test_an_answer_is_the_answer(session: Session) -> None:
    info = await ask(session, jetstream(session).account_info())
    assert info.streams == 0
    assert session.guard.requests == 1
    assert session.guard.writes == 0
    assert session.listeners == []


async def test_what_goes_wrong_goes_through(session: Session) -> None:
    with pytest.raises(ValueError, match="invalid stream name"):
        await ask(session, jetstream(session).stream_info("a.b"))


@pytest.mark.parametrize(
    ("user", "said"),
    [("u", 'publish to "$JS.API.STREAM.LIST"'), ("mute", 'subscription to "_INBOX.')],
)
async def test_a_missing_permission_is_named_at_once(
    server_factory: ServerFactory, user: str, said: str
) -> None:
    session = await opened(server_factory(NO_LISTS, jetstream=True), user=user, password="p")
    async with asyncio.timeout(20):  # and not after the 30 s that a request may take
        with pytest.raises(DeniedError) as denied:
            await ask(session, jetstream(session).streams_info())
    assert said in str(denied.value)
    await session.close()


async def test_others_go_on_when_one_is_denied(server_factory: ServerFactory) -> None:
    session = await opened(server_factory(NO_LISTS, jetstream=True), user="u", password="p")
    js = jetstream(session)
    denied, info = await asyncio.gather(
        ask(session, js.streams_info()), ask(session, js.account_info()), return_exceptions=True
    )
    assert isinstance(denied, DeniedError)
    assert not isinstance(info, BaseException)
    await session.close()


async def test_who_gives_up_waiting_leaves_nothing_behind(session: Session) -> None:
    ended = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    asking = asyncio.create_task(ask(session, endless()))
    await eventually(lambda: session.listeners, "begun")
    asking.cancel()
    await asyncio.wait([asking])
    assert ended.is_set()
    assert session.listeners == []


def test_without_a_connection_there_is_no_jetstream() -> None:
    with pytest.raises(NotConnectedError):
        jetstream(Session(Settings()))


# Polls


def state(poll: Poll) -> str:
    return poll.state


def resumed(poll: Poll) -> bool:
    return poll.resumed_at is not None


class Board:
    """Counts how often it was loaded."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.loaded = 0
        self.error: Exception | None = None

    async def load(self) -> None:
        await jetstream(self.session).account_info()
        if self.error is not None:
            raise self.error
        self.loaded += 1


async def test_a_poll_asks_at_once_and_again_until_it_is_stopped(session: Session) -> None:
    board = Board(session)
    poll = Poll(session, board.load, every=0.01)
    assert state(poll) == "waiting"
    poll.start()
    poll.start()
    await eventually(lambda: board.loaded >= 3, "asked three times")
    assert state(poll) == "ready"
    poll.stop()
    await eventually(lambda: session.listeners == [], "nobody asks or listens any more")


async def test_asking_now_does_not_wait(session: Session) -> None:
    board = Board(session)
    poll = Poll(session, board.load, every=3600)
    poll.start()
    await eventually(lambda: board.loaded == 1, "asked once")
    poll.now()
    await eventually(lambda: board.loaded == 2, "asked again")
    poll.stop()


def test_a_slow_server_is_asked_less_often() -> None:
    async def nothing() -> None: ...

    poll = Poll(Session(Settings()), nothing, every=2)
    assert poll.pause == 2
    poll.took = 1.5
    assert poll.pause == pytest.approx(13.5)
    poll.took = 600
    assert poll.pause == 60


async def test_a_problem_is_explained_and_goes_away_by_itself(session: Session) -> None:
    board = Board(session)
    board.error = ServiceUnavailableError(code=503, description="no leader at the moment")
    poll = Poll(session, board.load, every=0.01)
    poll.start()
    await eventually(lambda: state(poll) == "failed", "failed")
    assert "no leader at the moment" in str(poll.problem)
    assert poll.fault is None
    board.error = None
    await eventually(lambda: state(poll) == "ready", "ready")
    assert poll.problem is None
    board.error = KeyError("ours")
    await eventually(lambda: poll.fault, "our own fault is told")
    poll.stop()


async def test_a_poll_goes_on_after_a_lost_connection_and_says_so(
    js_server: NatsServer, session: Session
) -> None:
    board = Board(session)
    poll = Poll(session, board.load, every=3600)
    poll.start()
    await eventually(lambda: board.loaded == 1, "asked once")
    assert not resumed(poll)
    js_server.kill()
    await eventually(lambda: not session.is_connected, "disconnected")
    js_server.start()
    await eventually(lambda: resumed(poll), "asked again, long before the hour is over")
    assert board.loaded == 2
    poll.stop()
