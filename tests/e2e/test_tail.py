"""The tail in a real terminal: quiet when idle, alive when stalled, and nothing gets through."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from tests.conftest import ServerFactory
from tests.e2e.explorer import explorer
from tests.e2e.output import quiet, strange
from tests.e2e.raw import publish_raw
from tests.support.hostile import MESSAGES, Hostile
from tests.support.server import NatsServer
from tests.support.terminal import Terminal


@pytest.fixture
async def publisher(server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(server.url)
    yield client
    await client.close()


async def listening(terminal: Terminal) -> None:
    await terminal.until("Listening, nothing has arrived yet.")


async def test_a_message_appears_and_opens(
    server: NatsServer, publisher: Client, environment: dict[str, str]
) -> None:
    with explorer(server.url, "orders.>", environment=environment) as terminal:
        await listening(terminal)
        await publisher.publish("orders.new", b'{"id":"o-1042","total":12.90}')
        await terminal.until("orders.new")
        terminal.press("enter")
        await terminal.until('"total": 12.90')


async def test_leaving_drains_and_restores_the_terminal(
    server: NatsServer, environment: dict[str, str]
) -> None:
    with explorer(server.url, "orders.>", environment=environment) as terminal:
        await listening(terminal)
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
        assert terminal.private_modes <= {7, 25}
        assert server.monitor("connz")["connections"] == []


async def test_idle_writes_nothing(
    server: NatsServer, publisher: Client, environment: dict[str, str]
) -> None:
    with explorer(server.url, "orders.>", environment=environment) as terminal:
        await listening(terminal)
        await publisher.publish("orders.new", b"12.90")
        await terminal.until("12.90")
        await quiet(terminal, 4)


def answers(server: NatsServer) -> int:
    """How many PINGs of the server the explorer has answered."""
    return len(re.findall(r":explorer\".*<<- \[PONG\]", server.log))


async def test_a_stalled_terminal_does_not_keep_the_client_from_answering(
    server_factory: ServerFactory, environment: dict[str, str]
) -> None:
    server = server_factory('ping_interval: "100ms", ping_max: 5, trace: true')
    with explorer(
        server.url, "orders.>", "--connection-name", "explorer", environment=environment
    ) as terminal:
        await listening(terminal)
        terminal.stall()
        published = 0
        answered = answers(server)
        async with await connect(server.url) as publisher:
            while answers(server) < answered + 50:
                await publisher.publish("orders.new", b"%d" % published)
                await publisher.flush()
                published += 1
        terminal.unstall()
        await terminal.until(f"seen {published:,} ")
        assert "Stale Connection" not in server.log
        assert "disconnected" not in terminal.screen
        terminal.press("/")
        await terminal.until("filter ")


async def test_no_message_reaches_the_terminal_as_anything_but_text(
    server_factory: ServerFactory, environment: dict[str, str]
) -> None:
    server = server_factory("max_payload: 4MB")
    with explorer(server.url, ">", environment=environment, rows=60) as terminal:
        await listening(terminal)
        start = terminal.output_bytes
        last = Hostile("last", b"the end of it", subject="z")
        await publish_raw(server, [*MESSAGES, last])
        await terminal.until("the end of it")
        terminal.press("enter")
        for message in (last, *reversed(MESSAGES)):
            shown = message.subject.isprintable() and message.subject.isascii()
            await terminal.until(message.subject[:60] if shown else "payload as")
            terminal.press("x", "t", "J", "u", "G", "[")
        terminal.press("g", "x")
        await terminal.until("payload as hex")
        await quiet(terminal, 0.5)
        assert strange(terminal, start) == []
        assert terminal.lines[0].startswith(f"▌127.0.0.1:{server.port}  ● connected")


async def test_another_size_is_used_at_once(
    server: NatsServer, publisher: Client, environment: dict[str, str]
) -> None:
    with explorer(server.url, "orders.>", environment=environment) as terminal:
        await listening(terminal)
        for number in range(60):
            await publisher.publish("orders.new", b"number %d." % number)
        await terminal.until("number 59.")
        terminal.resize(160, 45)
        await terminal.until("number 20.")
        terminal.press("enter")
        await terminal.until("payload as text")
        assert "number 40." in terminal.screen
        terminal.resize(80, 24)
        await terminal.until(lambda seen: "number 40." not in seen.screen)
        await terminal.until("payload as text")


async def test_a_server_that_comes_later_is_found(
    server_factory: ServerFactory, environment: dict[str, str]
) -> None:
    server = server_factory()
    server.kill()
    with explorer(server.url, "orders.>", environment=environment) as terminal:
        await terminal.until(f"trying {server.url}, attempt")
        await terminal.until("nothing listens on")
        server.start()
        await listening(terminal)
        server.kill()
        await terminal.until("disconnected: what is published now is missed")
        server.start()
        await terminal.until("reconnected")


async def test_keys_that_arrive_together_take_effect_in_order(
    server: NatsServer, publisher: Client, environment: dict[str, str]
) -> None:
    with explorer(server.url, "orders.>", environment=environment) as terminal:
        await listening(terminal)
        await publisher.publish("orders.new", b"12.90")
        await terminal.until("12.90")
        terminal.type("\rxjg:")
        await terminal.until("Search for commands")
        terminal.press("escape")
        await terminal.until("payload as hex")
