"""--wait, --watch and --check: conditions, codes, and a server that goes and comes back."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import pytest

from natstui.client.aio.client import Client
from natstui.client.js.client import JetStreamContext
from natstui.headless.consumers import ConsumerListing
from natstui.headless.looking import Looker
from natstui.headless.request import FailedError
from natstui.headless.running import run_async
from natstui.model.reaching import reach
from natstui.model.session import Session
from tests.headless.commands import Result, ask, request, settings
from tests.support.consumers import MESSAGES, all_states, orders, take
from tests.support.server import NatsServer
from tests.support.waiting import eventually


class Running:
    """A command under way in this process."""

    def __init__(self, server: NatsServer, line: str, path: Path) -> None:
        self.path = path
        self._file = path.open("wb")
        work = run_async(settings(server), request(line), self._file.fileno())
        self._task = asyncio.create_task(work)

    @property
    def lines(self) -> list[str]:
        return self.path.read_text().splitlines()

    @property
    def has_ended(self) -> bool:
        return self._task.done()

    async def result(self) -> Result:
        code = await asyncio.wait_for(self._task, 30)
        self._file.close()
        return Result(code, self.path.read_text())

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._file.close()


async def waiting(js: JetStreamContext) -> None:
    await js.add_consumer("ORDERS", durable_name="billing", ack_policy="explicit")


async def test_it_ends_when_the_condition_is_met(
    js_server: NatsServer, client: Client, tmp_path: Path
) -> None:
    js = await orders(client)
    await waiting(js)
    line = "consumers ORDERS billing --wait 'pending==0 and unacked==0' --timeout 60s --json"
    running = Running(js_server, line, tmp_path / "answer")
    await take(js, "billing", MESSAGES, ack=True)
    result = await running.result()
    assert (result.code, result.json[0]["lag"]) == (0, 0)


async def test_what_was_not_met_in_time_is_told_with_what_stands_against_it(
    js_server: NatsServer, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await waiting(await orders(client))
    said, seconds = "", 0.0
    for seconds in (0.5, 5.0, 20.0):
        line = f"consumers ORDERS --wait pending==0 --timeout {seconds:g}s -n"
        with suppress(FailedError):  # the machine was too busy to connect in so little time
            assert (await ask(js_server, line, tmp_path)).code == 1
        said = capsys.readouterr().err
        if said and "there was no answer" not in said:
            break
    because = f"pending==0 (ORDERS > billing pending={MESSAGES})"
    assert said == f"natstui: not within {seconds:g} s: {because}\n"
    assert (tmp_path / "answer").read_text() == "ORDERS > billing\n"


async def test_all_must_be_so_or_any(js_server: NatsServer, client: Client) -> None:
    await all_states(await orders(client))
    session = Session(settings(js_server))
    await reach(session, 20)

    async def is_met(flags: str) -> bool:
        asked = request(f"consumers {flags}")
        listing = ConsumerListing(asked, session)
        await listing.load()
        return Looker(asked, listing, session).is_met()

    try:
        assert not await is_met("--wait pending==0")
        assert await is_met("--wait pending==0 --any")
        assert await is_met("--wait pending==0 --filter done")
        assert await is_met("--wait count==4")
        assert await is_met("--wait count==0 --filter nobody-is-called-this")
        assert not await is_met("--wait pending==0 --filter nobody-is-called-this")
        assert not await is_met("NOPE --wait count==0")
    finally:
        await session.close()


async def test_it_waits_for_what_is_not_there_yet(
    js_server: NatsServer, client: Client, tmp_path: Path
) -> None:
    line = f"streams ORDERS --wait 'messages>={MESSAGES}' --timeout 60s -n"
    running = Running(js_server, line, tmp_path / "answer")
    await orders(client)
    assert await running.result() == (0, "ORDERS\n")


async def test_a_value_is_waited_for(js_server: NatsServer, client: Client, tmp_path: Path) -> None:
    bucket = await client.jetstream().create_key_value(bucket="flags")
    await bucket.put("new-cart", b"off")
    line = "kv flags new-cart --wait value==on --timeout 60s --json"
    running = Running(js_server, line, tmp_path / "answer")
    await bucket.put("new-cart", b"on")
    assert (await running.result()).json[0]["revision"] == 2


async def test_a_server_that_comes_back_is_waited_for(
    js_server: NatsServer, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await waiting(await orders(client))
    path = tmp_path / "answer"
    running = Running(js_server, "consumers --ndjson --watch 50ms", path)
    await eventually(lambda: running.lines, "it shows something")
    js_server.stop()
    seen = len(running.lines)
    js_server.start()
    await eventually(lambda: len(running.lines) > seen + 2, "it goes on")
    assert not running.has_ended
    await running.stop()
    assert {json.loads(line)["consumer"] for line in running.lines} == {"billing"}
    assert len({json.loads(line)["ts"] for line in running.lines}) == len(running.lines)
    said = capsys.readouterr().err
    assert "natstui: disconnected" in said
    assert "natstui: reconnected" in said


async def test_whoever_waits_waits_for_the_server_too(
    js_server: NatsServer, client: Client, tmp_path: Path
) -> None:
    await client.close()
    js_server.stop()
    line = "streams --wait count==0 --timeout 60s"
    running = Running(js_server, line, tmp_path / "answer")
    await asyncio.sleep(0)
    js_server.start()
    assert (await running.result()).code == 0


async def test_a_watch_in_json_is_a_list_a_line(
    js_server: NatsServer, client: Client, tmp_path: Path
) -> None:
    await orders(client)
    running = Running(js_server, "streams --json --watch 50ms", tmp_path / "answer")
    await eventually(lambda: len(running.lines) >= 2, "two looks")
    await running.stop()
    assert json.loads(running.lines[1])[0]["stream"] == "ORDERS"


async def test_checks(js_server: NatsServer, client: Client, tmp_path: Path) -> None:
    await all_states(await orders(client))

    async def check(line: str) -> tuple[int, str]:
        result = await ask(js_server, f"{line} --check", tmp_path)
        assert len(result.lines) == 1
        return result.code, result.lines[0]

    code, line = await check("consumers")
    assert code == 2
    assert line.startswith("CRITICAL: 2 of 4 consumers: ORDERS > full state=stuck (ack limit, ")
    assert line.endswith(" | consumers=4 critical=2 warning=0")
    assert await check("consumers --filter done") == (
        0,
        "OK: 1 consumer | consumers=1 critical=0 warning=0",
    )
    assert await check("consumers ORDERS full --warning 'pending>10' --critical 'pending>1k'") == (
        1,
        "WARNING: 1 of 1 consumer: ORDERS > full pending=17 | consumers=1 critical=0 warning=1",
    )
    assert await check("consumers --critical 'count>3'") == (
        2,
        "CRITICAL: 4 consumers: count>3 | consumers=4 critical=1 warning=0",
    )
    assert (await check("streams"))[0] == 0
    assert await check("streams NOPE") == (
        3,
        "UNKNOWN: there is no stream called NOPE | streams=0 critical=0 warning=0",
    )
    assert (await check("kv"))[1].startswith("UNKNOWN: there are no buckets to check")


async def test_a_check_without_a_server_is_critical(tmp_path: Path) -> None:
    nowhere = NatsServer(tmp_path / "never started")
    try:
        result = await ask(nowhere, "streams --check", tmp_path)
    finally:
        nowhere.release()
    assert result.code == 2
    assert result.text.startswith("CRITICAL: nothing listens on 127.0.0.1:")
