"""`dead-letters`: what was given up, with its message, and what of that can be known."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from natstui.client.aio.client import Client
from natstui.headless.request import BadInputError
from tests.headless.commands import ask
from tests.support.consumers import orders
from tests.support.dead_letters import give_up, losing, terminate
from tests.support.server import NatsServer


async def test_what_was_captured_is_listed_with_its_message(
    js_server: NatsServer, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    js = await orders(client)
    assert (await ask(js_server, "dead-letters --json", tmp_path)) == (0, "[]\n")
    subscription = await losing(js)
    await give_up(subscription)
    [counted] = (await ask(js_server, "dead-letters --json", tmp_path)).json
    assert (counted["kind"], counted["messages"], counted["sequence"]) == ("counted", 1, None)
    assert (counted["time"], counted["is_there"], counted["data"]) == (None, None, None)

    await js.add_stream(name="LOST", subjects=["$JS.EVENT.ADVISORY.CONSUMER.>"], no_ack=True)
    seq = await terminate(subscription, "no such order")
    waiting = "dead-letters ORDERS --wait 'messages>0' --any --filter terminated --timeout 20s"
    [found] = (await ask(js_server, f"{waiting} --json", tmp_path)).json
    assert (found["sequence"], found["kind"], found["reason"]) == (
        seq,
        "terminated",
        "no such order",
    )
    assert (found["is_there"], found["data"]) == (True, f"number {seq}.")
    assert found["time"].endswith("Z")
    names = (await ask(js_server, "dead-letters -n", tmp_path)).lines
    assert names == [f"ORDERS > billing {seq}", "ORDERS > billing ?"]
    await js.delete_msg("ORDERS", seq)
    table = (await ask(js_server, "dead-letters", tmp_path)).lines
    assert table[0].split()[:3] == ["when", "what", "stream"]
    assert "gone from the stream" in table[1]
    assert "at least 1, which ones is not known" in table[2]
    line = "dead-letters --check --critical \"kind=='terminated'\""
    result = await ask(js_server, line, tmp_path)
    assert (result.code, result.text[:8]) == (2, "CRITICAL")
    assert capsys.readouterr().err == ""
    await subscription.unsubscribe()


async def test_one_that_comes_is_waited_for(
    js_server: NatsServer, client: Client, tmp_path: Path
) -> None:
    js = await orders(client)
    subscription = await losing(js)
    line = "dead-letters --wait 'count>0' --timeout 20s --names"
    waiting = asyncio.create_task(ask(js_server, line, tmp_path))
    result = None
    while result is None:
        # Whether it listens yet cannot be seen; one of them it hears.
        await terminate(subscription)
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        result = waiting.result() if done else None
    assert result.code == 0
    assert result.lines[0].startswith("ORDERS > billing ")
    await subscription.unsubscribe()


async def test_what_cannot_be_is_said(js_server: NatsServer, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="one stream is enough"):
        await ask(js_server, "dead-letters A B", tmp_path)
    with pytest.raises(BadInputError):
        await ask(js_server, "dead-letters 'A.*'", tmp_path)
