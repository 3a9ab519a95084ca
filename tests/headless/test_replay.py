"""natstui replay: says what it would do, does that and no more, and how much of it was done."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from natstui.cli import main
from natstui.client import Msg, connect
from natstui.client.aio.client import Client
from natstui.headless.replay import ReplayRequest, replay
from natstui.headless.request import FailedError
from natstui.model.export import ndjson_line
from natstui.model.replay_plan import ReplayOptions
from natstui.model.tail import Record
from tests.conftest import ServerFactory
from tests.headless.commands import settings, start
from tests.support.server import NatsServer
from tests.support.waiting import eventually

BEGAN = 1767355267.0
QUICK = ReplayOptions(speed=None, rate=None)


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the audit file is."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def write(path: Path, *records: Record) -> Path:
    path.write_text("".join(ndjson_line(record) + "\n" for record in records))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A hundred messages, one a second, with headers and reply subjects."""
    headers = b"NATS/1.0\r\nTag: a\r\nTag: b\r\nNats-Msg-Id: 7\r\n\r\n"
    path = tmp_path / "orders.ndjson"
    lines = [
        Record(0, BEGAN + n, "orders.new", "_INBOX.x", headers, b"%d\xff" % n, 0)
        for n in range(100)
    ]
    return write(path, *lines)


class Heard:
    """What came to all subjects."""

    def __init__(self) -> None:
        self.messages: list[Msg] = []

    def __call__(self, msg: Msg) -> None:
        self.messages.append(msg)

    @property
    def numbers(self) -> list[int]:
        return [int(msg.data[:-1]) for msg in self.messages]


@pytest.fixture
async def listener(server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(server.url, reconnect_time_wait=0.05)
    yield client
    await client.close()


@pytest.fixture
async def heard(listener: Client) -> Heard:
    heard = Heard()
    await listener.subscribe(">", hook=heard)
    await listener.flush()
    return heard


async def test_nothing_is_sent_unless_it_is_told_to(
    server: NatsServer, path: Path, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    request = ReplayRequest((path,), ReplayOptions(prefix="test."))
    assert await replay(settings(server), request) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == f"sends     100 messages, 4.6 KiB, to {server.url[7:]}"
    assert out.splitlines()[1].startswith("takes     1m 39s (as it came, no more than 1.0k/s)")
    assert "test.orders.new  100" in out
    assert err == "natstui: nothing was sent; --yes sends it\n"
    assert heard.messages == []


async def test_all_of_it_is_sent_again(
    server: NatsServer, path: Path, heard: Heard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ReplayOptions(prefix="test.", speed=None, rate=None)
    assert await replay(settings(server), ReplayRequest((path,), options, send=True)) == 0
    await eventually(lambda: len(heard.messages) == 100, "all have come")
    assert heard.numbers == list(range(100))
    first = heard.messages[0]
    assert (first.subject, first.reply, first.data) == ("test.orders.new", "", b"0\xff")
    assert first.headers is not None
    assert first.headers.pairs() == [("Tag", "a"), ("Tag", "b")]
    assert capsys.readouterr().err == "natstui: sent 100 of 100\n"
    audit = json.loads((tmp_path / "state/natstui/audit.ndjson").read_text())
    assert (audit["what"], audit["result"]) == ("replay orders.ndjson: 100 messages", "done")


async def test_it_takes_its_time(server: NatsServer, path: Path, heard: Heard) -> None:
    options = ReplayOptions(speed=300, replies=True, control_headers=True)
    clock = asyncio.get_running_loop().time
    began = clock()
    assert await replay(settings(server), ReplayRequest((path,), options, send=True)) == 0
    assert clock() - began >= 99 / 300
    assert heard.messages[0].reply == "_INBOX.x"
    assert heard.messages[0].headers is not None
    assert heard.messages[0].headers["Nats-Msg-Id"] == "7"


async def test_a_server_that_restarts_is_survived_and_counted(
    server: NatsServer,
    tmp_path: Path,
    heard: Heard,
    listener: Client,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "silence"
    # During the silence the server has what came before it.
    times = [0.0] * 50 + [2.0] * 50
    write(path, *(Record(0, BEGAN + at, "a", "", b"", b"%d." % n, 0) for n, at in enumerate(times)))
    request = ReplayRequest((path,), ReplayOptions(rate=None), send=True)
    replaying = asyncio.create_task(replay(settings(server), request))
    await eventually(lambda: len(heard.messages) == 50, "it is silent")
    server.restart()
    code = await replaying
    said = capsys.readouterr().err.splitlines()[-1]
    assert "interrupted once" in said
    assert said.startswith("natstui: sent 100 of 100")
    # None is sent twice; some may be lost, and then that is said.
    assert heard.numbers == sorted(set(heard.numbers))
    assert code == (1 if "may be lost" in said else 0)


async def test_what_is_not_permitted_ends_it(
    server_factory: ServerFactory, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = server_factory(
        "authorization: {users: [{user: u, password: p, permissions: {publish: [test.>]}}]}"
    )
    who = settings(server, user="u", password="p")
    with pytest.raises(FailedError, match="publish"):
        await replay(who, ReplayRequest((path,), QUICK, send=True))
    assert "of them not confirmed by the server" in capsys.readouterr().err


async def test_what_cannot_be(server: NatsServer, path: Path, tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="No such file"):
        await replay(settings(server), ReplayRequest((tmp_path / "missing",), QUICK))
    server.stop()
    with pytest.raises(FailedError, match="nothing listens on"):
        await replay(settings(server), ReplayRequest((path,), QUICK, send=True))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("replay", "a file is needed, as in: natstui replay orders.ndjson --prefix test."),
        ("replay f --yes --dry-run", "--yes and --dry-run exclude each other"),
        ("replay f --prefix $SYS", "--prefix: nothing is sent to subjects of the system"),
        ("replay f --map a", "--map: 'a' is no mapping; write it like 'orders.>=test.$1'"),
        ("replay f --speed 0", "--speed: '0' is no number above 0"),
        ("replay f --rate -1", "--rate: '-1' is no number above 0"),
        ("replay -", "-: a recording is read twice; save it to a file first"),
        ("replay f --yes --read-only", "--yes and --read-only exclude each other"),
    ],
)
def test_what_was_typed_cannot_be(
    line: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*line.split(), "--no-context"]) == 2
    assert capsys.readouterr().err.startswith(f"natstui: {problem}")


def test_a_plan_for_programs(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = f"replay {path} --map orders.*=load.$1 --json --speed max --rate 10 --no-context"
    assert main([*line.split(), "-s", "example.net"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["to"], plan["messages"], plan["seconds"]) == ("example.net:4222", 100, 9.9)
    assert plan["subjects"] == {"load.new": 100}
    assert plan["left_out_headers"] == {"Nats-Msg-Id": 100}


async def test_ctrl_c_ends_it_at_once_and_says_how_much_was_sent(
    server: NatsServer, path: Path, heard: Heard, environment: dict[str, str]
) -> None:
    program = start(server, f"replay {path} --speed 4 --yes", environment)
    await eventually(lambda: len(heard.messages) > 2, "it has begun")
    program.send_signal(signal.SIGINT)
    _, said = await asyncio.to_thread(program.communicate, timeout=20)
    assert program.returncode == 130
    assert b"natstui: ended: sent " in said
    assert b" of 100" in said
    sent = int(said.split(b"ended: sent ")[1].split()[0])
    await eventually(lambda: len(heard.messages) == sent, "as many as it says")
