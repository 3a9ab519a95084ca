"""natstui server: the servers for the system account, one's own account for everybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from natstui.model import gathering
from tests.conftest import ServerFactory
from tests.headless.commands import ask
from tests.support.server import NatsServer
from tests.support.system import LIMITED, SYSTEM


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one server."""
    monkeypatch.setattr(gathering, "STALL", 0.05)


@pytest.fixture
def limited(server_factory: ServerFactory) -> NatsServer:
    return server_factory(LIMITED, jetstream=True)


async def test_servers(limited: NatsServer, tmp_path: Path) -> None:
    (row,) = (await ask(limited, "server --json", tmp_path, **SYSTEM)).json
    assert (row["server"], row["state"], row["connections"]) == ("s1", "fine", 1)
    assert (row["in_rate"], row["slow_consumers"]) == (None, 0)
    assert row["mem"] > 0
    table = (await ask(limited, "server", tmp_path, **SYSTEM)).lines
    assert table[1].split()[:2] == ["s1", "ok"]
    checked = await ask(limited, "server --check --critical 'mem>1KiB'", tmp_path, **SYSTEM)
    assert (checked.code, checked.text.split(" mem=")[0]) == (2, "CRITICAL: 1 of 1 server: s1")


async def test_who_may_not_see_them_is_told_what_may_be_seen(
    limited: NatsServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = {"user": "app", "password": "app"}
    assert await ask(limited, "server -n", tmp_path, **app) == (3, "")
    said = capsys.readouterr().err
    assert said.startswith("natstui: $SYS.REQ.SERVER.PING: nobody answers: servers answer it to ")
    assert said.endswith("; natstui server account shows what others may know\n")
    assert said.count("\n") == 1


async def test_ones_own_account(limited: NatsServer, tmp_path: Path) -> None:
    part = {"user": "part", "password": "part"}
    (row,) = (await ask(limited, "server account --json", tmp_path, **part)).json
    assert (row["account"], row["user"], row["connections"]) == ("APP", "part", 1)
    assert (row["max_memory"], row["max_streams"], row["max_consumers"]) == (1_000_000, 2, None)
    assert row["may_not_publish"] == ["orders.secret.>"]
    assert row["may_subscribe"] == ["_INBOX.>", "orders.>"]


async def test_what_may_not_be_asked_is_said_by_its_subject(
    limited: NatsServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blind = {"user": "blind", "password": "blind"}
    assert (await ask(limited, "server account -n", tmp_path, **blind)).code == 3
    said = capsys.readouterr().err
    assert "$SYS.REQ.USER.INFO" in said
    assert "$JS.API.INFO" in said
