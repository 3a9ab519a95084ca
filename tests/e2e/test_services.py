"""The Services pane in a real terminal: nothing gets through as anything but text."""

from __future__ import annotations

from natstui.client import connect
from tests.e2e.explorer import explorer
from tests.e2e.output import quiet, strange
from tests.support.hostile_services import make_hostile
from tests.support.server import NatsServer


async def test_no_service_reaches_the_terminal_as_anything_but_text(
    server: NatsServer, environment: dict[str, str]
) -> None:
    async with await connect(server.url) as client:
        await make_hostile(client)
        with explorer(server.url, environment=environment, rows=60) as terminal:
            await terminal.until("Nothing is tailed yet.")
            start = terminal.output_bytes
            terminal.press("6")
            await terminal.until("7 services")
            terminal.press("enter")
            await terminal.until("endpoint")
            terminal.press("enter")
            await terminal.until("queue group")
            terminal.press("G")
            await quiet(terminal, 0.3)
            terminal.press("C")
            await terminal.until("Payload")
            for _ in range(2):
                terminal.press("ctrl+s")
                await terminal.until("answered after")
                await quiet(terminal, 0.3)
            assert strange(terminal, start) == []
