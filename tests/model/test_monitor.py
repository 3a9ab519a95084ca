"""The HTTP monitor: what those see by it who have no system account, and what is no monitor."""

from __future__ import annotations

import pytest

from natstui.client import connect
from natstui.model.account_board import AccountBoard
from natstui.model.asset_board import AssetBoard
from natstui.model.connection_board import ConnectionBoard
from natstui.model.monitor import Monitor
from natstui.model.server_board import ServerBoard
from natstui.model.server_detail import ServerDetail
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.system_answer import text
from natstui.model.system_board import PING
from natstui.model.topology import Topology
from tests.conftest import ServerFactory
from tests.support.ports import Port
from tests.support.server import NatsServer
from tests.support.system import LIMITED, looking
from tests.support.waiting import eventually


@pytest.fixture
def server(server_factory: ServerFactory) -> NatsServer:
    return server_factory(LIMITED, jetstream=True)


async def test_all_boards_by_the_monitor(server: NatsServer) -> None:
    options = {"user": "app", "password": "app"}
    settings = Settings(
        (server.url,), timeout=20, connect_options=options, monitors=(server.monitoring_url,)
    )
    session = Session(settings)
    session.open()
    try:
        await eventually(lambda: session.is_connected, "connected")
        async with await connect(server.url, user="sys", password="sys", name="other") as other:
            await other.flush(timeout=20)
            servers, connections = ServerBoard(session), ConnectionBoard(session)
            accounts, assets, topology = (
                AccountBoard(session),
                AssetBoard(session),
                Topology(session),
            )
            for board in (servers, connections, accounts, assets, topology):
                await board.load()
                assert board.problems == {}
        (row,) = servers.rows.items
        assert (row.name, row.connections, row.is_silent) == ("s1", 2, False)
        assert row.server_version
        assert row.mem > 0
        # Those of others too.
        assert "other" in {each.name for each in connections.rows.items}
        assert {each.account for each in connections.rows.items} == {"APP", "SYS"}
        assert {"APP", "SYS"} <= {each.name for each in accounts.rows.items}
        assert [told.name for told in assets.servers] == ["s1"]
        assert [told.name for told in topology.servers] == ["s1"]
        detail = ServerDetail(session, row.id)
        await detail.load()
        assert (text(detail.varz, "server_name"), text(detail.health, "status")) == ("s1", "ok")
        (one, *_) = connections.rows.items
        assert await connections.look_at(one.key)
    finally:
        await session.close()


async def test_a_monitor_is_not_asked_unless_it_was_given(server: NatsServer) -> None:
    before = server.monitor("varz")["http_req_stats"]
    async with looking(server.url, user="app", password="app") as session:
        board = ServerBoard(session)
        await board.load()
        assert PING in board.problems
    after = server.monitor("varz")["http_req_stats"]
    assert sum(after.values()) == sum(before.values()) + 1, "ours"


async def test_what_is_no_monitor_is_said(server: NatsServer) -> None:
    port = Port()
    nobody = f"http://127.0.0.1:{port.number}"
    monitor = Monitor((nobody, server.url.replace("nats:", "http:")), timeout=20)
    down, other = await monitor.ask(PING, None)
    port.release()
    assert (down.told, down.url, down.problem) == (None, f"{nobody}/varz", "Connection refused")
    assert other.told is None
    assert other.problem


async def test_what_only_the_system_account_is_told_is_not_asked(server: NatsServer) -> None:
    monitor = Monitor((server.monitoring_url,), timeout=20)
    assert await monitor.ask("$SYS.REQ.USER.INFO", None) == []
    (heard,) = await monitor.ask(PING, None)
    assert heard.told is not None
    assert await monitor.ask(f"$SYS.REQ.SERVER.{heard.told.id}X.VARZ", None) == []
