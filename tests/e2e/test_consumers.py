"""The Consumers pane in a real terminal: nothing gets through as anything but text."""

from __future__ import annotations

from tests.conftest import ServerFactory
from tests.e2e.explorer import explorer
from tests.e2e.output import quiet, strange
from tests.support.hostile_consumers import STORED, make_hostile
from tests.support.terminal import Terminal


async def gone(terminal: Terminal, text: str) -> None:
    await terminal.until(lambda seen: text not in seen.screen)


async def test_no_consumer_reaches_the_terminal_as_anything_but_text(
    server_factory: ServerFactory, environment: dict[str, str]
) -> None:
    server = server_factory("max_payload: 4MB", jetstream=True)
    await make_hostile(server)
    with explorer(server.url, environment=environment, rows=60) as terminal:
        await terminal.until("Nothing is tailed yet.")
        start = terminal.output_bytes
        terminal.press("3")
        await terminal.until("2 consumers")
        terminal.press("enter")
        await terminal.until("CONFIGURATION")
        for key, shown in (("E", "esc give up"), ("D", "to delete it")):
            terminal.press(key)
            await terminal.until(shown)
            await quiet(terminal, 0.3)
            terminal.press("escape")
            await gone(terminal, shown)
            # A key that followed at once would be taken for alt and the key.
            await quiet(terminal, 0.3)
        terminal.press("n")
        await terminal.until(f"{len(STORED)} pending")
        terminal.press("G", "enter")
        for number in range(len(STORED), 0, -1):
            await terminal.until(f"sequence {number} of S")
            terminal.press("x", "J", "[")
        terminal.press("1")
        await terminal.until("Nothing is tailed yet.")
        await quiet(terminal, 0.5)
        assert strange(terminal, start) == []
