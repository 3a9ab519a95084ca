"""The worst names, answers and events: through every page of the Server pane."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from natstui.model import gathering
from tests.conftest import ServerFactory
from tests.support.hostile import FORBIDDEN
from tests.support.hostile_system import advise, make_hostile
from tests.support.system import LIMITED
from tests.ui.explorer import Explorer
from tests.ui.server import server_pane, table
from tests.ui.services import holds, until


def check(seen: Explorer) -> None:
    columns, rows = seen.app.size
    assert len(seen.lines) == rows
    for line in seen.lines:
        assert not FORBIDDEN & set(line), repr(line)
        assert cell_len(line) <= columns


async def test_hostile_servers_are_drawn_and_nothing_more(
    server_factory: ServerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "STALL", 0.1)
    server = server_factory(LIMITED, jetstream=True)
    named, liar = await make_hostile(server)
    async with named, liar, server_pane(server.url, size=(80, 60)) as seen:
        await holds(seen, lambda: table(seen).board.rows.total == 2, "both servers")
        await until(seen, "answer of no server")
        check(seen)
        await seen.press("G", "enter")
        await until(seen, "SERVER")
        check(seen)
        for key, shown in (
            ("n", "of 5"),
            ("a", "accounts"),
            ("J", "followed by"),
            ("t", "GATEWAYS"),
            ("m", "PERMISSIONS"),
        ):
            await seen.press(key)
            await until(seen, shown)
            check(seen)
            if key in "nJ":
                await seen.press("enter")
                check(seen)
        await seen.press("v")
        await until(seen, "listening since")
        client = seen.app.session.client
        assert client is not None
        await client.flush()
        await advise(liar)
        await until(seen, "seen 3, kept 3")
        check(seen)
        await seen.press("enter")
        check(seen)
