"""The worst messages there are, stored: through every level of the Streams pane."""

from __future__ import annotations

import json

from rich.cells import cell_len

from natstui.client import connect
from natstui.ui.message_level import MessageLevel
from tests.conftest import ServerFactory
from tests.e2e.raw import publish_raw
from tests.support.hostile import FORBIDDEN, MESSAGES
from tests.support.server import NatsServer
from tests.support.streams import until_stored
from tests.ui.explorer import Explorer
from tests.ui.test_streams_pane import pane, streams, until

# A stream takes subjects that are words, and headers up to 64 KiB; the tail's test has the rest.
STORED = [
    message._replace(subject=f"h.{number}", reply="")
    for number, message in enumerate(MESSAGES)
    if len(message.headers) < 65_536
]
ESCAPES = "\x1b[2J\x1b]52;c;aGk=\x07[/x][@click=app.quit]\u202e"


def check(seen: Explorer) -> None:
    columns, rows = seen.app.size
    assert len(seen.lines) == rows
    for line in seen.lines:
        assert not FORBIDDEN & set(line), repr(line)
        assert cell_len(line) <= columns
    if len(seen.app.screen_stack) == 1:
        assert seen.lines[0].startswith("▌127.0.0.1:")


async def stored(server: NatsServer, *, direct: bool) -> None:
    config = {
        "name": "HOSTILE",
        "subjects": ["h.>"],
        "allow_direct": direct,
        "description": ESCAPES,
        "metadata": {ESCAPES: ESCAPES},
    }
    async with await connect(server.url) as client:
        body = json.dumps(config).encode()
        answer = await client.request("$JS.API.STREAM.CREATE.HOSTILE", body)
        assert b'"error"' not in answer.data
        await publish_raw(server, STORED)
        await until_stored(client.jetstream(), "HOSTILE", len(STORED))


async def test_stored_messages_are_drawn_and_nothing_more(server_factory: ServerFactory) -> None:
    server = server_factory("max_payload: 4MB", jetstream=True)
    await stored(server, direct=True)
    async with streams(server) as seen:
        await until(seen, "HOSTILE")
        check(seen)
        await seen.press("enter")
        await until(seen, f"of 1..{len(STORED)}")
        check(seen)
        await seen.press("enter")
        level = pane(seen).level
        assert isinstance(level, MessageLevel)
        for _ in STORED:  # each in the view that suits it; tests/ui/test_hostile.py has them all
            await seen.frame()
            check(seen)
            level.detail.action_neighbour(-1)
        await seen.press("escape", "slash")
        await seen.type(ESCAPES.replace("\x1b", ""))
        await seen.press("enter")
        check(seen)


async def test_hostile_names_and_configurations_are_harmless(
    server_factory: ServerFactory,
) -> None:
    server = server_factory("max_payload: 4MB", jetstream=True)
    await stored(server, direct=False)
    async with streams(server, size=(80, 60)) as seen:
        await until(seen, "HOSTILE")
        await seen.press("i")
        await until(seen, "description", "␛[2J")
        check(seen)
        await seen.press("E")
        await until(seen, "Edit stream HOSTILE")
        check(seen)
        await seen.press("escape", "escape", "s")
        await until(seen, "h.1")
        check(seen)
        await seen.press("escape", "P", "enter")
        await until(seen, "Purge HOSTILE")
        check(seen)
