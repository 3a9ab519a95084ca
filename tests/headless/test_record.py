"""natstui record: a file that has all of it, and an end that says so."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from natstui.cli import main
from natstui.client import connect
from natstui.headless.record import RecordRequest, record
from natstui.headless.request import BadInputError, FailedError
from natstui.model.recording import Recording
from tests.conftest import ServerFactory
from tests.headless.commands import settings, start
from tests.headless.test_tail import publish, subscribed, subscriptions
from tests.support.server import NatsServer
from tests.support.waiting import wait_until


def payloads(path: Path) -> list[bytes]:
    with Recording([path]) as recording:
        found = [recording.get(seq) for seq in range(recording.count)]
    return [each.payload for each in found if not each.is_note]


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.ndjson"


async def test_as_many_as_asked_for(
    server: NatsServer, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = RecordRequest(path, ("orders.>", "orders.1"), count=100, timeout=60)
    recording = asyncio.create_task(record(settings(server), request))
    await subscribed(server, "orders.1")
    client = await connect(server.url)
    await publish(client, 150)
    assert await recording == 0
    await client.close()
    assert payloads(path) == [b'{"n":%d}' % number for number in range(100)]
    with Recording([path]) as opened:
        head = opened.head
    assert head is not None
    assert (head.subjects, head.server.split()[1]) == (("orders.>", "orders.1"), "2.15.1")
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"natstui: recording orders.> orders.1 to {path}; ctrl-c ends it"
    assert said[1].startswith(f"natstui: {path}: 100 messages, ")
    assert said[1].endswith("nothing lost")


async def test_time_is_over(
    server: NatsServer, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await record(settings(server), RecordRequest(path, ("a",), timeout=0.1)) == 0
    few = RecordRequest(tmp_path / "few", ("a",), timeout=0.1, count=3)
    assert await record(settings(server), few) == 1
    assert "natstui: 0 of 3 within 0.1 s\n" in capsys.readouterr().err


async def test_what_cannot_be(
    server_factory: ServerFactory, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = server_factory(
        "authorization: {users: [{user: u, password: p, permissions: {subscribe: [a]}}]}"
    )
    who = settings(server, user="u", password="p")
    with pytest.raises(FailedError, match="none of the subjects may be subscribed to"):
        await record(who, RecordRequest(path, ("secret",)))
    with pytest.raises(BadInputError, match="exists, and nothing is overwritten"):
        await record(who, RecordRequest(path, ("a",)))
    with pytest.raises(FailedError, match="Not a directory"):
        await record(who, RecordRequest(path / "no" / "folder", ("a",)))
    with pytest.raises(BadInputError, match="cannot be tailed"):
        await record(who, RecordRequest(path, ("a..b",)))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("record", "a file is needed, as in: natstui record orders.ndjson 'orders.>'"),
        ("record f", "a subject is needed, as in: natstui record orders.ndjson 'orders.>'"),
        ("record f a --count 0", "--count: must be more than nothing"),
        ("record f a --count x", "--count: 'x' is no number above 0"),
        ("record f a --max-bytes 1XB", "--max-bytes: '1XB' is not a size"),
        ("record f a --filter /(/", "--filter: at 2: missing ), unterminated subpattern"),
        ("record f a --wait x", "unknown flag --wait"),
    ],
)
def test_what_was_typed_cannot_be(
    line: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*line.split(), "--no-context"]) == 2
    assert capsys.readouterr().err.startswith(f"natstui: {problem}")


async def test_ctrl_c_ends_it_with_a_whole_file(
    server: NatsServer, path: Path, environment: dict[str, str]
) -> None:
    program = start(server, f"record {path} 'orders.>'", environment)
    wait_until(lambda: "orders.>" in subscriptions(server), "it has subscribed")
    client = await connect(server.url)
    await publish(client, 10)
    await client.close()
    wait_until(lambda: len(lines(path)) == 11, "they are in the file as they come")
    program.send_signal(signal.SIGINT)
    _, said = program.communicate(timeout=20)
    assert program.returncode == 130
    assert b": 10 messages, " in said
    assert lines(path)[-1].endswith('"messages": 10, "lost": 0}')
