"""natstui services: who is there, what they did, and what cannot be asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.headless.request import BadInputError
from tests.headless.commands import ask
from tests.support.server import NatsServer
from tests.support.services import stock


@pytest.fixture
async def busy(server: NatsServer) -> AsyncIterator[Client]:
    """Two instances of `stock`, which answered three requests, one with an error."""
    async with await connect(server.url) as client:
        await stock(client)
        await stock(client)
        for payload in (b"tea", b"fail", b"cup"):
            await client.request("stock.check", payload, timeout=20)
        yield client


async def test_services_their_endpoints_and_instances(
    server: NatsServer, busy: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,) = (await ask(server, "services --sort name --json", tmp_path)).json
    assert (row["name"], row["instances"], row["silent"]) == ("stock", 2, 0)
    assert (row["requests"], row["errors"], row["endpoints"]) == (3, 1, 2)
    assert (row["request_rate"], row["versions"]) == (None, "1.4.2")
    endpoints = (await ask(server, "services stock --sort name --json", tmp_path)).json
    assert [(each["name"], each["subject"], each["requests"]) for each in endpoints] == [
        ("check", "stock.check", 3),
        ("flush", "stock.flush", 0),
    ]
    instances = await ask(server, "services stock --instances --sort name -n", tmp_path)
    assert len(instances.lines) == 2
    assert all(line.startswith("stock > ") for line in instances.lines)
    table = (await ask(server, "services", tmp_path)).lines
    assert table[1].split()[:3] == ["stock", "idle", "2"]
    assert capsys.readouterr().err == ""


async def test_what_is_waited_for_and_checked(
    server: NatsServer, busy: Client, tmp_path: Path
) -> None:
    waited = await ask(server, "services --wait 'instances>=2' --timeout 60s -n", tmp_path)
    assert waited == (0, "stock\n")
    checked = await ask(server, "services --check --critical 'errors>0'", tmp_path)
    assert checked.code == 2
    assert checked.text.startswith("CRITICAL: 1 of 1 service: stock errors=1 | services=1 ")


async def test_what_is_not_there(
    server: NatsServer, busy: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await ask(server, "services nope -n --sort name", tmp_path) == (3, "")
    assert capsys.readouterr().err == "natstui: no service called nope answers\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("services a.b", "invalid service name 'a.b': letters, digits, '-' and '_' only"),
        ("services a b", "a service is enough, but found 'b' too"),
        ("services --instances", "--instances: needs a service"),
        ("services --wait state==gone", "--wait: at 8: state is never 'gone'; it is one of: fine"),
        ("server account --sort cpu", "--sort: there is no 'cpu'; there are: account, user"),
    ],
)
async def test_what_cannot_be(line: str, says: str, server: NatsServer, tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as error:
        await ask(server, line, tmp_path)
    assert str(error.value).startswith(says)
