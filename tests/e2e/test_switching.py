"""Changing context in a real terminal, and the next start where the last one ended."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import ServerFactory
from tests.e2e.explorer import explorer
from tests.e2e.output import strange
from tests.support.server import NatsServer
from tests.support.terminal import Terminal


def write_contexts(home: Path, **servers: NatsServer) -> None:
    folder = home / ".config/nats/context"
    folder.mkdir(parents=True)
    for name, server in servers.items():
        (folder / f"{name}.json").write_text(json.dumps({"url": server.url}))


def type_in(terminal: Terminal, text: str) -> None:
    for key in [*text, "enter"]:
        terminal.press(key)


async def test_there_and_a_start_later(
    server_factory: ServerFactory, environment: dict[str, str]
) -> None:
    prod, staging = server_factory(), server_factory()
    write_contexts(Path(environment["HOME"]), prod=prod, staging=staging)
    with explorer(prod.url, "--context", "prod", "orders.>", environment=environment) as terminal:
        await terminal.until("Listening, nothing has arrived yet.")
        start = len(terminal.output)
        terminal.press("c")
        await terminal.until("Change to another context")
        await terminal.until("staging")
        type_in(terminal, "stag")
        await terminal.until("Nothing is tailed yet.")
        await terminal.until("staging  ● connected")
        terminal.press("a")
        await terminal.until("add subject")
        type_in(terminal, "live.>")
        await terminal.until("Listening, nothing has arrived yet.")
        assert strange(terminal, start) == []
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
    assert [server.monitor("connz")["connections"] for server in (prod, staging)] == [[], []]
    for flags, says in ((), "live.>"), (("--fresh",), "Nothing is tailed yet."):
        with explorer(
            staging.url, "--context", "staging", *flags, environment=environment
        ) as terminal:
            await terminal.until(says)
