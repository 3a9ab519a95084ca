"""The Server pane in a real terminal: nothing gets through as anything but text."""

from __future__ import annotations

from tests.conftest import ServerFactory
from tests.e2e.explorer import explorer
from tests.e2e.output import quiet, strange
from tests.support.hostile_system import advise, make_hostile
from tests.support.system import LIMITED


async def test_no_server_reaches_the_terminal_as_anything_but_text(
    server_factory: ServerFactory, environment: dict[str, str]
) -> None:
    server = server_factory(LIMITED, jetstream=True)
    named, liar = await make_hostile(server)
    system = ("--user", "sys", "--password", "sys")
    async with named, liar:
        with explorer(server.url, *system, environment=environment, rows=60) as terminal:
            await terminal.until("Nothing is tailed yet.")
            start = terminal.output_bytes
            terminal.press("7")
            await terminal.until("2 servers")
            terminal.press("v")
            await terminal.until("listening since")
            await advise(liar)
            await terminal.until("seen 3, kept 3")
            for key, shown in (
                ("n", "connections"),
                ("a", "accounts"),
                ("J", "followed by"),
                ("t", "GATEWAYS"),
                ("m", "PERMISSIONS"),
            ):
                terminal.press(key)
                await terminal.until(shown)
            await quiet(terminal, 0.3)
            assert strange(terminal, start) == []
