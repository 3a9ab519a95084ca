"""natstui tail: every message a line, what is lost counted, and an end that is clean."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.client.aio.client import Client
from natstui.headless.output import Output
from natstui.headless.request import FailedError
from natstui.headless.tail import TailCommand
from natstui.model.session import Session
from tests.conftest import ServerFactory
from tests.headless.commands import ask, request, settings, start
from tests.support.hostile import MESSAGES
from tests.support.server import NatsServer
from tests.support.waiting import eventually, wait_until


@pytest.fixture
async def publisher(server: NatsServer) -> AsyncIterator[Client]:
    client = await connect(server.url, reconnect_time_wait=0.05)
    yield client
    await client.close()


def subscriptions(server: NatsServer) -> list[str]:
    """Of everybody, but for those of the server itself."""
    connections = server.monitor("connz?subs=1")["connections"]
    return [subject for each in connections for subject in each.get("subscriptions_list") or []]


async def subscribed(server: NatsServer, subject: str) -> None:
    await eventually(lambda: subject in subscriptions(server), f"{subject} is subscribed to")


async def publish(client: Client, count: int) -> None:
    for number in range(count):
        await client.publish(f"orders.{number % 3}", b'{"n":%d}' % number)
    await client.flush()


async def test_every_message_is_a_line(
    server: NatsServer, publisher: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "tail 'orders.>' orders.1 --ndjson --count 1000 --timeout 60s"
    tail = asyncio.create_task(ask(server, line, tmp_path))
    await subscribed(server, "orders.1")
    await publish(publisher, 1000)
    result = await tail
    found = [json.loads(line) for line in result.lines]
    assert [json.loads(each["data"])["n"] for each in found] == list(range(1000))
    assert (result.code, found[1]["subject"], found[1]["reply"]) == (0, "orders.1", None)
    assert capsys.readouterr().err == ""


async def test_a_filter_and_no_more_than_asked_for(
    server: NatsServer, publisher: Client, tmp_path: Path
) -> None:
    line = "tail 'orders.>' --json --count 2 --filter 'subject:orders.2 json:n>4' --timeout 60s"
    tail = asyncio.create_task(ask(server, line, tmp_path))
    await subscribed(server, "orders.>")
    await publish(publisher, 30)
    numbers = [json.loads(json.loads(line)["data"])["n"] for line in (await tail).lines]
    assert numbers == [5, 8]


async def test_hostile_messages_stay_lines(
    server: NatsServer, publisher: Client, tmp_path: Path
) -> None:
    some = [each for each in MESSAGES if len(each.payload) < 100_000 and not each.headers]
    tail = asyncio.create_task(
        ask(server, f"tail hostile --count {len(some)} --timeout 60s", tmp_path)
    )
    await subscribed(server, "hostile")
    for each in some:
        await publisher.publish("hostile", each.payload)
    result = await tail
    assert len(result.lines) == result.text.count("\n") == len(some)
    assert result.text.replace("\n", "").isprintable()


async def test_time_is_over(
    server: NatsServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await ask(server, "tail nothing --timeout 100ms", tmp_path) == (0, "")
    assert await ask(server, "tail nothing --count 3 --timeout 100ms", tmp_path) == (1, "")
    assert capsys.readouterr().err == "natstui: 0 of 3 within 0.1 s\n"


async def test_a_server_that_restarts_is_tailed_on(
    server: NatsServer, publisher: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "tail 'orders.>' --ndjson --count 20 --timeout 60s"
    tail = asyncio.create_task(ask(server, line, tmp_path))
    await subscribed(server, "orders.>")
    await publish(publisher, 10)
    await eventually(
        lambda: (tmp_path / "answer").read_text().count("\n") == 10, "the first ten are there"
    )
    server.restart()
    await subscribed(server, "orders.>")
    await eventually(lambda: publisher.is_connected, "the publisher is back")
    await publish(publisher, 10)
    result = await tail
    assert (result.code, len(result.lines)) == (0, 20)
    said = capsys.readouterr().err
    assert "natstui: disconnected: what is published now is missed\n" in said
    assert "natstui: reconnected\n" in said


async def test_a_share_of_a_queue_group_without_payloads(
    server: NatsServer, publisher: Client, tmp_path: Path
) -> None:
    others: list[str] = []
    await publisher.subscribe("orders.>", "workers", hook=lambda msg: others.append(msg.subject))
    await publisher.flush()
    line = "tail 'orders.>' --queue workers --headers-only --ndjson --count 3 --timeout 60s"
    tail = asyncio.create_task(ask(server, line, tmp_path))
    await eventually(lambda: subscriptions(server).count("orders.>") == 2, "two are in the group")
    sent = 0
    while not tail.done():
        await publisher.publish("orders.1", b"tea", headers={"Trace-Id": "ab12"})
        await publisher.flush()
        sent += 1
    result = await tail
    found = [json.loads(line) for line in result.lines]
    assert [(each["size"], each["headers"]) for each in found] == [(3, {"Trace-Id": ["ab12"]})] * 3
    assert "data" not in found[0]
    # It got some that the other one did not.
    assert len(others) <= sent - 3
    table = "tail 'orders.>' --headers-only --count 1 --timeout 60s"
    tail = asyncio.create_task(ask(server, table, tmp_path))
    while not tail.done():
        await publisher.publish("orders.1", b"tea", headers={"Trace-Id": "ab12"})
        await publisher.flush()
    assert (await tail).text.endswith("  orders.1  31 B  Trace-Id: ab12\n")


async def test_what_the_output_is_too_slow_for_is_counted(
    server: NatsServer, publisher: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """The pump does not run until all are there, and there is room for five."""
    session = Session(settings(server))
    command = TailCommand(request("tail 'orders.>' --count 5 --ndjson"), session)
    command.queue.max_messages = 5
    await command.prepare()
    session.open()
    read, write = os.pipe()
    try:
        await subscribed(server, "orders.>")
        await publish(publisher, 12)
        await eventually(lambda: command.queue.seen == 12, "all have come")
        assert await command.run(Output(write)) == 0
        assert os.read(read, 65536).count(b"\n") == 5
    finally:
        await session.close()
        os.close(read)
    assert capsys.readouterr().err == ("natstui: lost 7 of 12 messages: the output is too slow\n")
    os.close(write)


async def test_what_may_not_be_subscribed_to_is_said(
    server_factory: ServerFactory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = server_factory(
        "authorization: {users: [{user: u, password: p, permissions: {subscribe: [a]}}]}"
    )
    who = {"user": "u", "password": "p"}
    with pytest.raises(FailedError, match="none of the subjects may be subscribed to"):
        await ask(server, "tail secret --timeout 60s", tmp_path, **who)
    assert 'may not subscribe to "secret"' in capsys.readouterr().err
    assert (await ask(server, "tail secret a --timeout 300ms", tmp_path, **who)).code == 0


# Whole programs


@pytest.fixture
def tail(server: NatsServer, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    program = start(server, "tail 'orders.>' --ndjson", environment)
    wait_until(lambda: "orders.>" in subscriptions(server), "it has subscribed")
    return program


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_after_a_whole_line(
    tail: subprocess.Popen[bytes], publisher: Client, number: signal.Signals
) -> None:
    await publish(publisher, 3)
    assert tail.stdout is not None
    first = tail.stdout.readline()
    tail.send_signal(number)
    rest, said = tail.communicate(timeout=20)
    assert (tail.returncode, said) == (128 + number, b"")
    assert all(json.loads(line) for line in (first + rest).splitlines())


async def test_sigterm_ends_it_in_the_background_too(
    server: NatsServer, environment: dict[str, str]
) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for `natstui … &`
    try:
        program = start(server, "tail 'orders.>' --ndjson", environment)
    finally:
        signal.signal(signal.SIGINT, before)
    wait_until(lambda: "orders.>" in subscriptions(server), "it has subscribed")
    program.send_signal(signal.SIGINT)
    program.send_signal(signal.SIGTERM)
    _, said = program.communicate(timeout=20)
    assert (program.returncode, said) == (143, b"")


async def test_a_reader_that_leaves_ends_it_at_once(
    tail: subprocess.Popen[bytes], publisher: Client
) -> None:
    assert tail.stdout is not None
    tail.stdout.close()
    tail.stdout = None
    if sys.platform != "linux":  # elsewhere it is noticed with the next message
        await publish(publisher, 3)
    assert tail.wait(20) == 0
    assert tail.stderr is not None
    assert tail.stderr.read() == b""
    tail.stderr.close()


def test_no_screen_is_loaded_for_it(server: NatsServer, environment: dict[str, str]) -> None:
    code = (
        "import sys; from natstui.cli import main; code = main(sys.argv[1:]);"
        "print(code, sorted({'textual', 'rich'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "-s", server.url, "tail", "x", "--timeout", "50ms"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("0 []\n", "")
