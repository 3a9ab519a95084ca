"""Calls of endpoints: answers with their latencies, errors, and what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.errors import NoRespondersError, PublishRefusedError, TimeoutError
from natstui.model.asking import DeniedError
from natstui.model.draft import Draft, DraftError
from natstui.model.journal import Journal
from natstui.model.service_call import ServiceCall
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.writing import Writer
from tests.conftest import ServerFactory
from tests.support.auth import user_with_permissions, users
from tests.support.server import NatsServer
from tests.support.services import stock
from tests.support.waiting import eventually


@pytest.fixture
async def client(server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(server.url)
    yield client
    await client.close()


async def opened(url: str, *, read_only: bool = False, **options: str) -> Session:
    session = Session(
        Settings(servers=(url,), timeout=20, read_only=read_only, connect_options=options)
    )
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    return session


@pytest.fixture
async def writer(server: NatsServer, tmp_path: Path) -> AsyncIterator[Writer]:
    session = await opened(server.url)
    yield Writer(session, Journal(tmp_path / "state"))
    await session.close()


async def test_one_answer_with_how_long_it_took(client: Client, writer: Writer) -> None:
    await stock(client)
    call = ServiceCall(Draft("stock.check", payload="tea", headers="Trace: 1"), "20s")
    await call.run(writer, every=False)
    (reply,) = call.replies
    assert (reply.record.payload, reply.error) == (b"tea", "")
    assert 0 < reply.seconds <= call.seconds < 20
    assert not call.is_running


async def test_what_a_service_says_went_wrong(client: Client, writer: Writer) -> None:
    await stock(client)
    call = ServiceCall(Draft("stock.check", payload="fail"), "20s")
    await call.run(writer, every=False)
    assert call.replies[0].error == "503 backend down"


async def test_every_answer_and_not_only_the_first(client: Client, writer: Writer) -> None:
    for _ in range(3):
        await stock(client)
    call = ServiceCall(Draft("stock.flush", payload="all"), "1m")
    running = asyncio.create_task(call.run(writer, every=True))
    await eventually(lambda: len(call.replies) == 3, "three answers")
    assert call.is_running, "there may be more"
    assert [reply.record.payload for reply in call.replies] == [b"all"] * 3
    seconds = [reply.seconds for reply in call.replies]
    assert seconds == sorted(seconds)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert not call.is_running


async def test_nobody_and_no_answer_are_told_apart(client: Client, writer: Writer) -> None:
    call = ServiceCall(Draft("nobody.there"), "20s")
    with pytest.raises(NoRespondersError):
        await call.run(writer, every=False)
    await client.subscribe("mute")
    await client.flush()
    call = ServiceCall(Draft("mute"), "100ms")
    with pytest.raises(TimeoutError, match="no answer within 100ms"):
        await call.run(writer, every=False)
    assert not call.is_running


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (ServiceCall(Draft(""), "1s"), "subject is needed"),
        (ServiceCall(Draft("a.*.b"), "1s"), "wildcards"),
        (ServiceCall(Draft("a", headers="nonsense"), "1s"), "header line 1"),
        (ServiceCall(Draft("a"), "soon"), "not a duration"),
        (ServiceCall(Draft("a"), "0s"), "more than nothing"),
        (ServiceCall(Draft("a"), "1h"), "at most ten minutes"),
    ],
)
async def test_what_cannot_be_called_is_not_sent(
    writer: Writer, call: ServiceCall, said: str
) -> None:
    with pytest.raises(DraftError, match=said):
        await call.run(writer, every=False)
    assert writer.session.guard.published == 0


async def test_a_call_is_a_write(client: Client, writer: Writer, tmp_path: Path) -> None:
    await stock(client)
    await ServiceCall(Draft("stock.check"), "20s").run(writer, every=False)
    assert writer.session.guard.writes == 1
    line = json.loads((tmp_path / "state" / "audit.ndjson").read_text())
    assert (line["what"], line["result"]) == ("call stock.check", "done")


async def test_read_only_calls_nothing(server: NatsServer, client: Client, tmp_path: Path) -> None:
    await stock(client)
    session = await opened(server.url, read_only=True)
    call = ServiceCall(Draft("stock.check"), "20s")
    with pytest.raises(PublishRefusedError):
        await call.run(Writer(session, Journal(tmp_path / "state")), every=False)
    assert session.guard.published == 0
    await session.close()


async def test_what_is_not_permitted_is_said_by_subject(
    server_factory: ServerFactory, tmp_path: Path
) -> None:
    server = server_factory(users(user_with_permissions("u", "p", publish_deny=["stock.>"])))
    session = await opened(server.url, user="u", password="p")
    call = ServiceCall(Draft("stock.check"), "20s")
    with pytest.raises(DeniedError, match=r"stock\.check"):
        await call.run(Writer(session, Journal(tmp_path / "state")), every=False)
    await session.close()
