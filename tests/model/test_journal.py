"""The journal: complete or not there, for nobody else's eyes; and writing through it."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from natstui.client.errors import PublishRefusedError
from natstui.client.js.api import StreamInfo
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import NotFoundError
from natstui.model import journal
from natstui.model.journal import Entry, Journal
from natstui.model.session import NotConnectedError, Session
from natstui.model.settings import Settings
from natstui.model.state_folder import state_folder
from natstui.model.writing import Writer
from tests.support.server import NatsServer
from tests.support.waiting import eventually


def entry(id: str = "1", what: str = "message 17 of ORDERS") -> Entry:
    return Entry(id, 1e9, "stream.messages", "ORDERS", what, "prod", "n1", 'user "ada"')


async def things(count: int, error: Exception | None = None) -> AsyncIterator[dict[str, Any]]:
    for number in range(count):
        yield {"number": number, "data": "\x1b[2J\n"}
    if error is not None:
        raise error


def audit(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "audit.ndjson").read_text().splitlines()
    return [json.loads(line) for line in lines]


async def test_what_was_saved_is_there_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    saved = await journal.save(entry(), things(1_000))
    assert saved.count == 1_000
    assert journal.entries() == [saved]
    assert [item["number"] for item in journal.items(saved)] == list(range(1_000))


async def test_the_newest_comes_first_and_can_be_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    old, new = [await journal.save(entry(id), things(1)) for id in ("1", "2")]
    assert journal.entries() == [new, old]
    journal.forget(new)
    assert journal.entries() == [old]


async def test_nobody_else_can_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    before = os.umask(0)
    try:
        journal = Journal()
        await journal.save(entry(), things(1))
        journal.audit({"what": "x"})
    finally:
        os.umask(before)
    assert state_folder() == journal.folder == tmp_path / "natstui"
    modes = {
        path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "natstui").rglob("*")
    }
    assert modes == {
        "natstui/journal": 0o700,
        "natstui/journal/1.ndjson": 0o600,
        "natstui/audit.ndjson": 0o600,
    }


async def test_it_is_complete_or_not_there(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(RuntimeError):
        await journal.save(entry(), things(700, RuntimeError("the server went away")))
    assert journal.entries() == []
    saved = await journal.save(entry(), things(3))
    path = tmp_path / "journal" / "1.ndjson"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert journal.entries()[0].count is None
    assert [item["number"] for item in journal.items(saved)] == [0, 1, 2]


async def test_it_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = 86_400.0
    writer = Writer(Session(Settings()), Journal(tmp_path), clock=lambda: now)
    saved = []
    for now in (100 * day, 105 * day, 110 * day, 191 * day):
        saved.append(await writer.save("stream", "S", f"stream of day {now / day:.0f}", things(1)))
    assert writer.journal.entries() == [saved[3], saved[2], saved[1]]
    assert [line["what"] for line in audit(tmp_path)] == [
        "forget, for room in the journal: stream of day 100"
    ]
    monkeypatch.setattr(journal, "KEPT_BYTES", 3_000)
    now = 192 * day
    large = await writer.save("stream", "S", "a large stream", things(1_000))
    assert writer.journal.entries() == [large]


async def test_what_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    await journal.save(entry(), things(1))
    for name, text in [("empty", ""), ("other", "{}\n"), ("broken", "\xff{"), ("list", "[1]\n")]:
        (tmp_path / "journal" / f"{name}.ndjson").write_text(text)
    assert [each.id for each in journal.entries()] == ["1"]


# Writing


@pytest.fixture
async def session(js_server: NatsServer) -> AsyncIterator[Session]:
    session = Session(
        Settings(servers=(js_server.url,), context="prod", connect_options={"user": "ada"})
    )
    session.open()
    await eventually(lambda: session.is_connected, "connected")
    yield session
    await session.close()


async def create(js: JetStreamContext) -> StreamInfo:
    return await js.add_stream(name="ORDERS", subjects=["orders.>"])


async def test_a_write_leaves_a_line_that_says_how_it_went(
    session: Session, tmp_path: Path
) -> None:
    writer = Writer(session, Journal(tmp_path), clock=lambda: 1e9)
    info = await writer.write("create stream ORDERS", create)
    assert info.did_create
    saved = await writer.save("stream", "JOBS", "stream JOBS", things(2))
    with pytest.raises(NotFoundError):
        await writer.write("delete stream JOBS", lambda js: js.delete_stream("JOBS"), saved)
    done, failed = audit(tmp_path)
    assert done == {
        "ts": "2001-09-09T01:46:40.000000Z",
        "context": "prod",
        "server": session.server,
        "user": 'user "ada"',
        "what": "create stream ORDERS",
        "result": "done",
        "journal": None,
    }
    assert failed["journal"] == saved.id
    assert failed["result"].startswith("failed: ")
    assert "stream not found" in failed["result"]
    assert (saved.context, saved.user, saved.count) == ("prod", 'user "ada"', 2)


async def test_a_write_that_is_given_up_is_written_down_too(
    session: Session, tmp_path: Path
) -> None:
    begun = asyncio.Event()

    async def endless(js: JetStreamContext) -> None:
        begun.set()
        await asyncio.Event().wait()

    writer = Writer(session, Journal(tmp_path))
    writing = asyncio.create_task(writer.write("wait", endless))
    await begun.wait()
    writing.cancel()
    await asyncio.wait([writing])
    assert audit(tmp_path)[0]["result"].startswith("unknown: ")


async def test_nothing_is_written_where_no_line_can_be(session: Session, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    writer = Writer(session, Journal(tmp_path / "file"))
    with pytest.raises(OSError, match="file"):
        await writer.write("create stream ORDERS", create)
    assert session.guard.requests == 0


async def test_read_only_writes_and_saves_nothing(tmp_path: Path) -> None:
    writer = Writer(Session(Settings(read_only=True)), Journal(tmp_path))
    with pytest.raises(PublishRefusedError):
        await writer.write("create stream ORDERS", create)
    with pytest.raises(PublishRefusedError):
        await writer.save("stream", "ORDERS", "x", things(1))
    assert not writer.journal.entries()
    assert not os.listdir(tmp_path)


async def test_without_a_connection_nothing_is_written(tmp_path: Path) -> None:
    writer = Writer(Session(Settings()), Journal(tmp_path))
    with pytest.raises(NotConnectedError):
        await writer.write("create stream ORDERS", create)
