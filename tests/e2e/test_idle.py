"""Every pane is quiet while nothing changes, however often it asks the server."""

from __future__ import annotations

import sys

import pytest

from natstui.client import connect
from tests.conftest import ServerFactory
from tests.e2e.output import quiet
from tests.support.server import NatsServer
from tests.support.services import stock
from tests.support.streams import fill
from tests.support.system import LIMITED
from tests.support.terminal import Terminal

# A day later all ages are those of days: they do not change while one waits.
TOMORROW = """
import sys, time
now = time.time
time.time = lambda: now() + 86_400
from natstui.cli import main
sys.exit(main(sys.argv[1:]))
"""
POLLS = 2.5  # seconds: every pane asks at least once in this time
PANES = {
    "streams": [("2", "ARCHIVE")],
    "messages": [("2", "ARCHIVE"), ("\r", "number 9.")],
    "consumers": [("3", "billing")],
    "keys": [("4", "config"), ("\r", "currency")],
    "services": [("6", "stock")],
    "service": [("6", "stock"), ("\r", "stock.flush")],
    "own account": [("7", "slow consumers")],
}
SYSTEM_PAGES = [("7", "s1 "), ("a", "SYS"), ("n", "natstui")]


@pytest.mark.parametrize("pane", PANES)
async def test_no_pane_writes_while_nothing_changes(
    js_server: NatsServer, environment: dict[str, str], pane: str
) -> None:
    async with await connect(js_server.url) as client:
        js = client.jetstream()
        await js.add_stream(name="ARCHIVE", subjects=["archive"], allow_direct=True)
        await js.add_consumer("ARCHIVE", durable_name="billing", ack_policy="explicit")
        await fill(client, "ARCHIVE", lambda _: "archive", 9)
        bucket = await js.create_key_value(bucket="config")
        await bucket.put("currency", b"EUR")
        await stock(client)
        await _is_quiet(js_server, environment, pane)


async def test_nor_does_the_server_pane_with_all_that_the_system_account_sees(
    server_factory: ServerFactory, environment: dict[str, str]
) -> None:
    """What its questions move themselves is no news."""
    server = server_factory(LIMITED)
    await _is_quiet(server, environment, "servers", "--user=sys", "--password=sys")


async def _is_quiet(server: NatsServer, environment: dict[str, str], pane: str, *who: str) -> None:
    command = [sys.executable, "-c", TOMORROW, "--server", server.url, *who]
    with Terminal(command, columns=80, rows=24, env=environment) as terminal:
        await terminal.until("Nothing is tailed yet.")
        for key, shown in PANES.get(pane) or SYSTEM_PAGES:
            terminal.press(key)
            await terminal.until(shown)
        before = server.monitor("varz")["in_msgs"]
        await quiet(terminal, POLLS)
        assert pane == "keys" or server.monitor("varz")["in_msgs"] > before
