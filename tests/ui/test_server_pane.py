"""The Server pane over a real server: what a person sees, and what their keys do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.errors import Error
from natstui.model import gathering
from natstui.model.account_board import AccountRow
from natstui.model.connection_board import BARS, ConnectionKey, ConnectionRow
from natstui.ui.account_table import COLUMNS as ACCOUNT_COLUMNS
from natstui.ui.connection_detail import connection_lines
from natstui.ui.help import HelpScreen
from natstui.ui.pane import Level
from natstui.ui.server_detail import ServerPage
from natstui.ui.server_keys import PAGES
from natstui.ui.server_table import ServerTable
from natstui.ui.service_detail import ServiceDetail
from natstui.ui.service_level import ServiceLevel
from natstui.ui.service_table import ServiceTable
from tests.conftest import ServerFactory
from tests.support.server import NatsServer
from tests.support.system import LIMITED
from tests.ui.server import server_pane, table
from tests.ui.services import until

ARROW = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one server."""
    monkeypatch.setattr(gathering, "STALL", 0.05)


@pytest.fixture
def server(server_factory: ServerFactory) -> NatsServer:
    return server_factory(LIMITED, jetstream=True)


@pytest.fixture
async def app(server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(server.url, name="billing")
    yield client
    await client.close()


async def test_from_page_to_page_and_nothing_is_changed(app: Client, server: NatsServer) -> None:
    await app.jetstream().add_stream(name="ORDERS", subjects=["orders.>"], max_bytes=5_000)
    await app.subscribe("jobs", queue="workers")
    async with server_pane(server.url, read_only=True) as seen:
        await until(seen, "1 server", "▌s1", "every 2 s")
        await seen.press("enter")
        await until(seen, f"Servers {ARROW} s1", "health ok", "JETSTREAM")
        await seen.press("n")
        await until(seen, "connections", "filter s1", "billing")
        await seen.press("escape", "slash")
        await seen.type("billing")
        await seen.press("enter")
        await until(seen, "filter billing", "▌billing")
        await seen.press("enter")
        await until(seen, "SUBSCRIPTIONS", "jobs  queue group workers")
        await seen.press("a")
        await until(seen, f"Servers {ARROW} accounts", "APP", "SYS")
        await seen.press("J")
        await until(seen, f"Servers {ARROW} JetStream", "▌ORDERS", "1 stream")
        await seen.press("enter")
        await until(seen, "leader      s1")
        await seen.press("t")
        await until(seen, "CLUSTERS", "ROUTES  none", "LEAF NODES  none")
        await seen.press("m")
        await until(seen, "user            sys", "NOT TO BE SEEN", "$JS.API.INFO")
        await seen.press("escape")
        await until(seen, "1 server")
        guard = seen.app.session.guard
        assert (guard.writes, guard.consumers, guard.acks, guard.refused) == (0, 0, 0, 0)


async def test_events_come_by_themselves(app: Client, server: NatsServer) -> None:
    async with server_pane(server.url, size=(100, 60)) as seen:
        await until(seen, "1 server")
        await seen.press("v")
        await until(seen, "Nothing happened yet")
        assert seen.app.session.client is not None
        await seen.app.session.client.flush()
        await app.close()
        await until(seen, "left", "billing of APP", "Client Closed", "seen 1, kept 1")
        with suppress(Error):
            await connect(server.url, user="evil", password="no", allow_reconnect=False)
        await until(seen, "refused", "Authentication Failure")
        await seen.press("home", "enter")
        await until(seen, '"reason": "Client Closed"', "$SYS.ACCOUNT.APP.DISCONNECT")


async def test_those_that_were_closed_and_why(app: Client, server: NatsServer) -> None:
    with suppress(Error):
        await connect(server.url, user="evil", password="no", allow_reconnect=False)
    async with server_pane(server.url) as seen:
        await until(seen, "1 server")
        await seen.press("n", "x")
        await until(seen, "1 closed connection", "Authentication Failure")
        await seen.press("enter")
        await until(seen, "closed: Authentication Failure")
        await seen.press("escape", "x")
        await until(seen, "2 connections")


async def test_without_the_system_account_it_says_what_one_may_know(
    app: Client, server: NatsServer
) -> None:
    async with server_pane(server.url, size=(100, 40), user="part", password="part") as seen:
        await until(
            seen,
            "not the system account",
            "user            part",
            "account         APP",
            "of 2  0%",
            "may publish     $JS.API.>  $SYS.>  orders.>",
            "but not         orders.secret.>",
            "$SYS.REQ.SERVER.PING",
            "servers answer it to users of the system account",
        )
        await seen.press("n")
        await until(seen, "2 connections of your account", "billing")
        await seen.press("a")
        await until(seen, "1 account: your own", "$SYS.REQ.SERVER.PING.JSZ")
        assert "0 B" not in seen.line_with("▌APP").split("/s")[-1], "it is not known"
        await seen.press("J")
        await until(seen, "Streams cannot be seen here", "$SYS.REQ.SERVER.PING.JSZ")
        assert "0 streams" not in seen.text
        await seen.press("t")
        await until(seen, "NOT TO BE SEEN", "$SYS.REQ.SERVER.PING.GATEWAYZ")
        await seen.press("v")
        await until(seen, "may not subscribe to $SYS.ACCOUNT.*.CONNECT")


def test_what_servers_do_not_tell_of_an_account_is_no_nought() -> None:
    row = AccountRow("APP")
    row.take(0.0, [{"conns": 2}], None)
    said = {column.name: column.text(row) for column in ACCOUNT_COLUMNS}
    assert (said["conns"], said["stored"], said["api"], said["api err"]) == ("2", "", "", "")
    row.take(1.0, [{"conns": 2}], [{"storage": 512, "api": {"total": 7}}])
    said = {column.name: column.text(row) for column in ACCOUNT_COLUMNS}
    assert (said["stored"], said["api"], said["api err"]) == ("512 B", "7", "0")


def test_a_minute_of_a_connection_fits_into_eighty_columns() -> None:
    row = ConnectionRow(ConnectionKey("N1", 7), "n1")
    for second in range(BARS + 2):
        row.take(second, {"in_msgs": second * 99_999})
    moved = "".join(text for _, text in connection_lines(row, gone=False)[0])
    assert moved.startswith("messages")
    assert len(moved) == 78, "there is a scroll bar beside it"


async def test_a_server_without_jetstream_is_said_to_have_none(
    server_factory: ServerFactory,
) -> None:
    config = "accounts { SYS { users: [ { user: sys, password: sys } ] } }\nsystem_account: SYS"
    async with server_pane(server_factory(config).url) as seen:
        await until(seen, "1 server")
        await seen.press("J")
        await until(seen, "s1             no JetStream")


async def test_what_is_not_permitted_is_named_by_its_subject(server: NatsServer) -> None:
    async with server_pane(server.url, size=(120, 40), user="blind", password="blind") as seen:
        await until(seen, "NOT TO BE SEEN", "$SYS.REQ.USER.INFO", "$JS.API.INFO")


async def test_an_account_leads_to_its_connections(app: Client, server: NatsServer) -> None:
    async with server_pane(server.url) as seen:
        await until(seen, "1 server")
        await seen.press("a")
        await until(seen, "APP")
        await seen.press("slash")
        await seen.type("APP")
        await seen.press("enter", "enter")
        await until(seen, "filter APP", "billing")
        assert "sys" not in seen.line_with("▌billing")


async def test_a_page_has_its_help(server: NatsServer) -> None:
    async with server_pane(server.url, size=(80, 60)) as seen:
        await until(seen, "1 server")
        for key, said in (("", "Go to Tail"), ("t", "Events and advisories")):
            await seen.press(*([key] if key else []), "question_mark")
            assert isinstance(seen.app.screen, HelpScreen)
            await until(seen, said)
            await seen.press("escape")


def test_every_page_says_what_it_shows_in_eighty_columns() -> None:
    pages: list[type[Level]] = [ServerTable, ServerPage, *map(type_of, PAGES.values())]
    pages += [ServiceTable, ServiceLevel, ServiceDetail]
    for page in pages:
        assert page.HELP, page
        assert max(map(len, page.HELP.splitlines())) <= 76, page


def type_of(page: object) -> type[Level]:
    assert isinstance(page, type)
    assert issubclass(page, Level)
    return page


async def test_only_the_page_that_is_seen_asks(app: Client, server: NatsServer) -> None:
    async with server_pane(server.url) as seen:
        await until(seen, "1 server")
        poll = table(seen).poll
        await seen.press("n")
        await until(seen, "2 connections")
        assert not poll.is_running
        pane = table(seen).pane
        running = [each for level in pane.levels for each in level.polls if each.is_running]
        assert len(running) == 1
        await seen.press("1")
        assert not running[0].is_running
