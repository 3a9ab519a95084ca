"""The Streams pane in a real terminal: nothing that is stored gets through as anything but text."""

from __future__ import annotations

from natstui.client import connect
from tests.conftest import ServerFactory
from tests.e2e.explorer import explorer
from tests.e2e.output import quiet, strange
from tests.e2e.raw import publish_raw
from tests.support.hostile import MESSAGES
from tests.support.streams import until_stored
from tests.support.terminal import Terminal

STORED = [
    message._replace(subject=f"h.{number}", reply="")
    for number, message in enumerate(MESSAGES)
    if len(message.headers) < 65_536
]


async def back(terminal: Terminal) -> None:
    """To the table of streams; a key that followed at once would be taken for alt and the key."""
    terminal.press("escape")
    await terminal.until("1 stream ")


async def test_no_stored_message_reaches_the_terminal_as_anything_but_text(
    server_factory: ServerFactory, environment: dict[str, str]
) -> None:
    server = server_factory("max_payload: 4MB", jetstream=True)
    async with await connect(server.url) as client:
        js = client.jetstream()
        escapes = "\x1b[2J\x1b]52;c;aGk=\x07[/x]"
        await js.add_stream(
            name="HOSTILE", subjects=["h.>"], description=escapes, metadata={escapes: escapes}
        )
        await publish_raw(server, STORED)
        await until_stored(js, "HOSTILE", len(STORED))
        consumers = (await js.stream_info("HOSTILE")).state.consumer_count
    with explorer(server.url, environment=environment, rows=60) as terminal:
        await terminal.until("Nothing is tailed yet.")
        start = terminal.output_bytes
        terminal.press("2")
        await terminal.until("HOSTILE")
        terminal.press("i")
        await terminal.until("CONFIGURATION")
        await back(terminal)
        terminal.press("s")
        await terminal.until(f"{len(STORED)} subjects")
        await back(terminal)
        terminal.press("enter")
        await terminal.until(f"of 1..{len(STORED)}")
        terminal.press("enter")
        for number in range(len(STORED), 0, -1):
            await terminal.until(f"sequence {number} of HOSTILE")
            terminal.press("x", "J", "[")
        terminal.press("escape")
        await terminal.until("MSG.GET")
        terminal.press("/")
        await terminal.until("search the stream")
        terminal.type("/x/i\r")
        await terminal.until("hits")
        terminal.press("1")
        await terminal.until("Nothing is tailed yet.")
        await quiet(terminal, 0.5)
        assert strange(terminal, start) == []
        assert consumers == 0
