"""The KV pane in a real terminal: the user's editor in it, and nothing of a value gets through."""

from __future__ import annotations

import re
import stat
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.client.js.kv import KeyValue
from tests.conftest import ServerFactory
from tests.e2e.explorer import explorer
from tests.e2e.output import strange
from tests.support.hostile import MESSAGES
from tests.support.server import NatsServer
from tests.support.terminal import Terminal
from tests.support.waiting import eventually

LOADING = re.compile(r"k\d\d +…  ")
# It shows its file, waits for a line, and leaves that, with a line end, as every editor does.
EDITOR = """#!/bin/sh
echo "editing <$(cat "$1")>"
read line
case "$line" in
    fail) exit 3 ;;
    hang) kill -INT 0; read line ;;
esac
printf '%s\\n' "$line" > "$1"
"""

# They come before the others.
KEYS = ("\x1b[2J\x1b[H", "\x1b]52;c;eA==\x07", "!\u202egnp", "!\x9b31m", "![bold]x[/]", "!" * 200)


@pytest.fixture
async def client(js_server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(js_server.url)
    yield client
    await client.close()


@pytest.fixture
async def bucket(client: Client) -> KeyValue:
    return await client.jetstream().create_key_value(bucket="config", history=3)


@pytest.fixture
def editing(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of somebody with the editor above."""
    script = tmp_path / "editor"
    script.write_text(EDITOR)
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return environment | {"EDITOR": str(script)}


def shows(terminal: Terminal, key: str) -> bool:
    """Whether the value beside the list is that of the key."""
    return terminal.lines[3].split()[-1] == key


async def leave(terminal: Terminal, text: str) -> None:
    """Out of what shows this text. (A key that followed at once would be taken for alt and it.)"""
    terminal.press("escape")
    await terminal.until(lambda seen: text not in seen.screen)


async def open_bucket(terminal: Terminal) -> None:
    await terminal.until("● connected")
    terminal.press("4")
    await terminal.until("1 bucket")
    terminal.press("enter")
    await terminal.until("history 3")


async def test_an_editor_has_the_terminal_while_the_tail_goes_on(
    js_server: NatsServer, client: Client, bucket: KeyValue, editing: dict[str, str]
) -> None:
    await bucket.put("colour", b"blue")
    drafts = Path(editing["HOME"]) / ".local" / "state" / "natstui" / "drafts"
    with explorer(js_server.url, "orders.>", environment=editing) as terminal:
        await open_bucket(terminal)
        await terminal.until("blue")
        terminal.press("E")
        await terminal.until("editing <blue>")
        before = terminal.output_bytes
        for number in range(50):
            await client.publish("orders.new", b"%d" % number)
        await client.flush()

        def has_them() -> bool:
            connections = js_server.monitor("connz")["connections"]
            return any(each["out_msgs"] >= 50 for each in connections)

        await eventually(has_them, "the explorer has the messages")
        # Nothing is painted over the editor.
        assert terminal.output_bytes == before
        terminal.type("green\r")
        await terminal.until("+ green")
        terminal.press("y")
        await terminal.until("colour is saved as revision 2")
        assert (await bucket.get("colour")).value == b"green"
        # Somebody is faster: what was written in the editor is merged, and kept until it is saved.
        terminal.press("E")
        await terminal.until("editing <green>")
        await bucket.put("colour", b"red")
        terminal.type("yellow\r")
        await terminal.until("+ yellow")
        terminal.press("y")
        await terminal.until("1 conflict to decide")
        assert [path.read_text() for path in drafts.iterdir()] == ["yellow"]
        terminal.press("m", "ctrl+s")
        await terminal.until("colour is saved as revision 4")
        assert (await bucket.get("colour")).value == b"yellow"
        assert list(drafts.iterdir()) == []
        terminal.press("1")
        await terminal.until("seen 50 ")
        assert terminal.lines[0].startswith("▌127.0.0.1")


async def test_an_editor_that_fails_or_is_interrupted_takes_nothing_along(
    js_server: NatsServer, bucket: KeyValue, editing: dict[str, str]
) -> None:
    await bucket.put("colour", b"blue\n")
    with explorer(js_server.url, environment=editing) as terminal:
        await open_bucket(terminal)
        await terminal.until("blue")
        terminal.press("E")
        await terminal.until("editing <blue>")
        terminal.type("fail\r")
        await terminal.until("ended with 3: nothing was saved")
        terminal.press("E")
        await terminal.until("editing <blue>")
        terminal.type("blue\r")
        await terminal.until("KV")
        terminal.press("E")
        await terminal.until("editing <blue>")
        terminal.type("hang\r")
        await terminal.until("ended with")
        assert terminal.running
        terminal.press("enter")
        await terminal.until("1 revision of at most 3")
        assert (await bucket.get("colour")).revision == 1


async def test_no_value_reaches_the_terminal_as_anything_but_text(
    server_factory: ServerFactory, environment: dict[str, str]
) -> None:
    server = server_factory("max_payload: 4MB", jetstream=True)
    async with await connect(server.url) as client:
        bucket = await client.jetstream().create_key_value(bucket="config", history=3)
        for number, message in enumerate(MESSAGES):
            await bucket.put(f"k{number:02}", message.payload)
    last = f"k{len(MESSAGES) - 1:02}"
    with explorer(server.url, environment=environment, columns=160, rows=60) as terminal:
        await open_bucket(terminal)
        await terminal.until(lambda seen: last in seen.screen and not LOADING.search(seen.screen))
        start = terminal.output_bytes
        # Values of all kinds in the list, one after another in full beside it, one on its own.
        here = 0
        for number in (*range(0, len(MESSAGES), 4), len(MESSAGES) - 1):
            terminal.press(*["j"] * (number - here))
            here = number
            await terminal.until(partial(shows, key=f"k{number:02}"))
        terminal.press("enter")
        await terminal.until("1 revision of at most 3")
        terminal.press("tab", "x", "t", "J", "u", "G")
        await terminal.until("payload as")
        assert strange(terminal, start) == []
        assert terminal.lines[0].startswith(f"▌127.0.0.1:{server.port}  ● connected")


async def test_no_key_reaches_the_terminal_as_anything_but_text(
    js_server: NatsServer, bucket: KeyValue, environment: dict[str, str]
) -> None:
    # No client of a bucket takes such keys, but who may publish can make them.
    async with await connect(js_server.url, skip_subject_validation=True) as client:
        for key in KEYS:
            await client.publish(f"$KV.config.{key}", b"\x1b[31mone\x1b]0;t\x07")
            await client.publish(f"$KV.config.{key}", b"\x1b[32mtwo\xc2\x9b1m")
        await client.flush()
    with explorer(js_server.url, environment=environment) as terminal:
        await terminal.until("Nothing is tailed yet.")
        start = terminal.output_bytes
        await open_bucket(terminal)
        await terminal.until(f"{len(KEYS)} keys")
        # In the list, in the breadcrumb, compared, and in a question.
        terminal.press("enter")
        await terminal.until("2 revisions of at most 3")
        terminal.press("d")
        await terminal.until("+ revision")
        await leave(terminal, "+ revision")
        terminal.press("P")
        await terminal.until("to purge it")
        await leave(terminal, "to purge it")
        assert strange(terminal, start) == []
