"""Opening a session: connected, or why not, and no later than it is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from natstui.model.reaching import UnreachableError, reach
from natstui.model.session import Session
from natstui.model.settings import Settings
from tests.conftest import ServerFactory
from tests.support.peers import Peer
from tests.support.ports import Port
from tests.support.server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def sessions() -> AsyncIterator[list[Session]]:
    opened: list[Session] = []
    yield opened
    for session in opened:
        await session.close()


async def test_it_returns_connected(server: NatsServer, sessions: list[Session]) -> None:
    sessions.append(Session(Settings(servers=(server.url,))))
    await reach(sessions[0], 20)
    assert sessions[0].is_connected


async def test_it_fails_once_each_server_was_tried(sessions: list[Session]) -> None:
    port = Port()
    try:
        sessions.append(Session(Settings(servers=(f"nats://127.0.0.1:{port.number}",))))
        with pytest.raises(UnreachableError, match=f"nothing listens on 127.0.0.1:{port.number}; "):
            await asyncio.wait_for(reach(sessions[0], 1000), 20)
    finally:
        port.release()


async def test_one_server_of_several_is_enough(server: NatsServer, sessions: list[Session]) -> None:
    settings = Settings(
        servers=("nats://127.0.0.1:1", server.url), connect_options={"dont_randomize": True}
    )
    sessions.append(Session(settings))
    await reach(sessions[0], 20)
    assert sessions[0].is_connected


async def test_a_patient_one_waits_for_the_server(
    server: NatsServer, sessions: list[Session]
) -> None:
    server.stop()
    options = {"reconnect_time_wait": 0.05}
    sessions.append(Session(Settings(servers=(server.url,), connect_options=options)))
    reaching = asyncio.create_task(reach(sessions[0], 60, patient=True))
    await eventually(lambda: sessions[0].has_tried_all, "the first attempt failed")
    server.start()
    await asyncio.wait_for(reaching, 20)


async def test_who_may_not_connect_is_told_so(
    server_factory: ServerFactory, sessions: list[Session]
) -> None:
    server = server_factory("authorization: {user: u, password: p}")
    sessions.append(Session(Settings(servers=(server.url,))))
    with pytest.raises(UnreachableError, match="wants to know who we are"):
        await asyncio.wait_for(reach(sessions[0], 1000), 20)


async def test_what_never_answers_is_given_so_long(sessions: list[Session]) -> None:
    async with Peer() as silent:
        sessions.append(Session(Settings(servers=(silent.url,))))
        with pytest.raises(UnreachableError, match=f"127.0.0.1:{silent.port} did not answer in"):
            await reach(sessions[0], 0.2)
        await sessions[0].close()
