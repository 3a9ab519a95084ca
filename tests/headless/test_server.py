"""natstui server: the servers for the system account, one's own account for everybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.headless.request import BadInputError, FailedError
from natstui.model import gathering
from tests.conftest import ServerFactory
from tests.headless.commands import ask
from tests.support.cluster import HubAndLeaf
from tests.support.server import NatsServer
from tests.support.system import LIMITED, SYSTEM
from tests.support.waiting import eventually

APP = {"user": "app", "password": "app"}


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
    assert await ask(limited, "server -n", tmp_path, **APP) == (3, "")
    said = capsys.readouterr().err
    assert said.startswith("natstui: $SYS.REQ.SERVER.PING: nobody answers: servers answer it to ")
    assert said.endswith(", --monitor URL asks the HTTP port\n")
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


async def test_connections(limited: NatsServer, tmp_path: Path) -> None:
    async with await connect(limited.url, name="shop", user="app", password="app") as shop:
        subscription = await shop.subscribe("orders.>")
        await shop.flush(timeout=20)
        line = "server connections --sort subscriptions --filter shop --json"
        (row,) = (await ask(limited, line, tmp_path, **SYSTEM)).json
        assert (row["connection"], row["account"], row["user"]) == ("shop", "APP", "app")
        assert (row["subscriptions"], row["server"], row["closed"]) == (1, "s1", None)
        assert (row["rate"], row["slow"], row["reason"]) == (None, False, "")
        rates = await ask(limited, "server connections --rates --json", tmp_path, **SYSTEM)
        assert {each["connection"] for each in rates.json} >= {"shop"}
        assert all(each["rate"] is not None for each in rates.json)
        # Who is not in the system account sees those of their own.
        own = await ask(limited, "server connections -n --filter shop", tmp_path, **APP)
        assert own == (0, "shop\n")
        await subscription.unsubscribe()
    line = "server connections --closed --filter shop --json"
    (row,) = (await ask(limited, line, tmp_path, **SYSTEM)).json
    assert (row["reason"], row["slow"]) == ("Client Closed", False)
    checked = await ask(limited, "server connections --closed --check", tmp_path, **SYSTEM)
    assert (checked.code, checked.text.partition(" closed ")[0][:4]) == (0, "OK: ")


async def test_accounts_and_jetstream(limited: NatsServer, tmp_path: Path) -> None:
    async with await connect(limited.url, user="app", password="app") as client:
        js = client.jetstream()
        await js.add_stream(name="ORDERS", subjects=["o"], storage="memory")
        await js.publish("o", b"tea")
    accounts = (
        await ask(limited, "server accounts --sort account --json", tmp_path, **SYSTEM)
    ).json
    assert [each["account"] for each in accounts] == ["$G", "APP", "SYS"]
    assert accounts[1]["stored"] > 0
    (asset,) = (await ask(limited, "server assets --json", tmp_path, **SYSTEM)).json
    assert (asset["stream"], asset["account"], asset["messages"]) == ("ORDERS", "APP", 1)
    (server,) = (await ask(limited, "server jetstream --json", tmp_path, **SYSTEM)).json
    assert (server["server"], server["streams"], server["meta"]) == ("s1", 1, "alone")
    for page in ("accounts", "assets", "jetstream", "connections"):
        lines = (await ask(limited, f"server {page}", tmp_path, **SYSTEM)).lines
        assert len(lines) > 1


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[NatsServer]:
    """A server with a leaf node."""
    accounts = "accounts { APP { users: [ { user: app, password: app } ] }"
    system = "SYS { users: [ { user: sys, password: sys } ] } }\nsystem_account: SYS"
    pair = HubAndLeaf(tmp_path, f"{accounts}\n{system}\nno_auth_user: app")
    try:
        pair.start()
        yield pair.hub
    finally:
        pair.release()


async def test_leaf_nodes(hub: NatsServer, tmp_path: Path) -> None:
    (link,) = (await ask(hub, "server topology --json --filter hub", tmp_path, **SYSTEM)).json
    assert (link["kind"], link["server"], link["peer"], link["links"]) == ("leaf", "hub", "leaf", 1)
    checked = await ask(hub, "server topology --check --critical count<1", tmp_path, **SYSTEM)
    assert checked.code == 0
    waited = await ask(hub, "server topology --wait 'rtt>0' --timeout 20s -n", tmp_path, **SYSTEM)
    assert (waited.code, waited.lines[0]) == (0, "leaf hub > leaf")


@pytest.mark.parametrize(
    ("page", "subject"),
    [("assets", "JSZ"), ("jetstream", "JSZ"), ("topology", "ROUTEZ"), ("accounts", "JSZ")],
)
async def test_pages_for_the_system_account_alone_are_no_empty_pages(
    page: str,
    subject: str,
    limited: NatsServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (await ask(limited, f"server {page}", tmp_path, **APP)).code == 3
    assert f"natstui: $SYS.REQ.SERVER.PING.{subject}: nobody answers" in capsys.readouterr().err
    checked = await ask(limited, f"server {page} --check", tmp_path, **APP)
    assert (checked.code, checked.text.partition(":")[0]) == (3, "UNKNOWN")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("server conections", "'conections' is no page of the servers: account, accounts, conn"),
        ("server accounts x", "only one page may follow, but found 'x' too"),
        ("server --closed", "--closed: needs connections, as in: natstui server connections"),
        ("server events", "events come as they happen: natstui events"),
        ("events x", "events take no names, but found 'x'"),
        ("events --filter /(/", "--filter: at "),
    ],
)
async def test_what_cannot_be(line: str, says: str, server: NatsServer, tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as error:
        await ask(server, line, tmp_path)
    assert str(error.value).startswith(says)


async def test_events(limited: NatsServer, tmp_path: Path) -> None:
    line = "events --ndjson --filter shop --count 2 --timeout 60s"
    running = asyncio.create_task(ask(limited, line, tmp_path, **SYSTEM))
    await eventually(lambda: "$SYS.ACCOUNT.*.CONNECT" in heard(limited, "SYS"), "it listens")
    async with await connect(limited.url, name="shop", user="app", password="app") as shop:
        await shop.flush(timeout=20)
    result = await running
    came, left = (json.loads(line) for line in result.lines)
    assert (result.code, came["kind"], came["bad"]) == (0, "came", False)
    assert came["event"]["client"]["name"] == "shop"
    assert (left["kind"], left["subject"]) == ("left", "$SYS.ACCOUNT.APP.DISCONNECT")


def heard(server: NatsServer, account: str) -> list[str]:
    """What is subscribed to by anybody of an account."""
    listed = server.monitor(f"connz?subs=1&acc={account}")["connections"]
    return [subject for each in listed for subject in each.get("subscriptions_list") or []]


async def test_which_events_do_not_come_is_said(
    limited: NatsServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = asyncio.create_task(ask(limited, "events --count 1 --timeout 60s", tmp_path, **APP))
    advisories = "$JS.EVENT.ADVISORY.STREAM.>"
    await eventually(lambda: advisories in heard(limited, "APP"), "it listens")
    async with await connect(limited.url, **APP) as client:
        await client.jetstream().add_stream(name="ORDERS", subjects=["o"], storage="memory")
    result = await running
    assert (result.code, "stream created" in result.text) == (0, True)
    said = capsys.readouterr().err
    assert said.startswith("natstui: $SYS.ACCOUNT.*.CONNECT, ")
    assert said.endswith(": only come to users of the system account\n")
    part = {"user": "part", "password": "part"}
    with pytest.raises(FailedError) as error:
        await ask(limited, "events --count 1 --timeout 60s", tmp_path, **part)
    assert str(error.value) == "none of the events may be subscribed to"
    assert '"$JS.EVENT.ADVISORY.STREAM.>"' in capsys.readouterr().err
