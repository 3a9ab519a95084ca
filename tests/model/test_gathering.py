"""One question to many: whose answers are waited for, and what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.aio.msg import Msg
from natstui.model import gathering
from natstui.model.gathering import Look
from natstui.model.session import Session
from tests.support.server import NatsServer
from tests.support.system import looking


@pytest.fixture
async def client(server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(server.url)
    yield client
    await client.close()


@pytest.fixture
async def session(server: NatsServer) -> AsyncIterator[Session]:
    async with looking(server.url, read_only=False, user="any", password="any") as session:
        yield session


async def test_as_many_are_waited_for_as_there_should_be(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "STALL", 0.0)
    monkeypatch.setattr(gathering, "TIMEOUT", 20.0)
    late = asyncio.Event()

    async def at_once(msg: Msg) -> None:
        await msg.respond(b"at once")

    async def later(msg: Msg) -> None:
        await late.wait()
        await msg.respond(b"late")

    await client.subscribe("q", cb=at_once)
    await client.subscribe("q", cb=later)
    await client.flush()
    look, found = Look(session), list[bytes]()

    def take(msg: Msg) -> None:
        found.append(msg.data)
        late.set()

    assert await look.ask_all("q", take, expected=2) == 2
    assert found == [b"at once", b"late"]
    assert (look.requests, look.answers, look.size) == (1, 2, 11)
    assert 0 < look.took < 20


async def test_nobody_is_waited_for_in_vain(client: Client, session: Session) -> None:
    look = Look(session)
    assert await look.ask_all("nobody", lambda _: None, expected=5) == 0
    assert (look.answers, look.took) == (0, 0.0)


async def test_more_than_can_be_taken_in_is_said(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_ANSWERS", 3)

    async def flood(msg: Msg) -> None:
        for _ in range(10):
            await client.publish(msg.reply, b"x")

    await client.subscribe("q", cb=flood)
    await client.flush()
    look = Look(session)
    assert await look.ask_all("q", lambda _: None) == 3
    assert look.is_cut
