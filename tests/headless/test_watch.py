"""`natstui watch`: lines and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from natstui.client.aio.client import Client
from natstui.headless.request import BadInputError, FailedError
from tests.headless.commands import ask
from tests.support.server import NatsServer


async def test_nothing_fired_in_that_time(server: NatsServer, tmp_path: Path) -> None:
    result = await ask(server, "watch 'subject a: silent 1h' --timeout 1.2s", tmp_path)
    assert (result.code, result.text) == (0, "")


async def test_the_first_that_fires_ends_it(js_server: NatsServer, tmp_path: Path) -> None:
    line = "watch 'subject a: silent 1h' 'subject b: silent 0.1s' --once --ndjson --timeout 20s"
    result = await ask(js_server, line, tmp_path)
    assert result.code == 1
    said = json.loads(result.text)
    assert (said["event"], said["watch"], said["thing"]) == ("fired", "subject b: silent 0.1s", "b")
    assert said["values"]["quiet"] >= 0.1


async def test_what_is_said_is_safe(js_server: NatsServer, client: Client, tmp_path: Path) -> None:
    await client.jetstream().add_stream(
        name="ORDERS", subjects=["orders"], description="\x1b]52;c;aGk=\x07"
    )
    line = "watch \"stream *: description ~ 'c;aGk'\" --once --timeout 20s"
    result = await ask(js_server, line, tmp_path)
    assert result.code == 1
    assert "FIRED      stream ORDERS: " in result.text
    assert result.text.rstrip("\n").isprintable()


async def test_what_could_not_be_looked_at_is_a_failure(server: NatsServer, tmp_path: Path) -> None:
    with pytest.raises(FailedError, match=r"stream ORDERS: silent 5s: .*JetStream"):
        await ask(server, "watch 'stream ORDERS: silent 5s' --timeout 1s", tmp_path)


async def test_what_cannot_be_is_said_before_there_is_a_connection(
    server: NatsServer, tmp_path: Path
) -> None:
    with pytest.raises(BadInputError, match="there is no field 'pnding'"):
        await ask(server, "watch 'consumer *: pnding>5'", tmp_path)
    with pytest.raises(BadInputError, match="a watch is needed, as in: natstui watch 'consumer"):
        await ask(server, "watch", tmp_path)
