"""`natstui compare` over two real servers: what it writes, and its exit codes."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from natstui.client import connect
from natstui.command_line.arguments import UsageError
from natstui.command_line.comparing import arguments_of, parse_compare
from natstui.headless.comparing import run_async
from natstui.headless.request import BadInputError, FailedError
from tests.conftest import ServerFactory
from tests.headless.commands import Result
from tests.support.home import home, write_context
from tests.support.pairs import ODD, fill_pair
from tests.support.server import NatsServer

__all__ = ["home", "write_context"]


@pytest.fixture
async def other(
    js_server: NatsServer, server_factory: ServerFactory, write_context: Callable[..., Path]
) -> NatsServer:
    other = server_factory(jetstream=True)
    await fill_pair(js_server, other)
    write_context("prod", url=js_server.url)
    write_context("staging", url=other.url)
    return other


async def compare(line: str, folder: Path) -> Result:
    argv = arguments_of(["compare", *shlex.split(line)])
    assert argv is not None
    path = folder / "answer"
    with path.open("wb") as file:
        code = await run_async(*parse_compare(argv), file.fileno())
    return Result(code, path.read_text())


async def test_streams_and_consumers(
    other: NatsServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = await compare("streams --context prod --with staging", tmp_path)
    assert result.code == 1
    assert [line.split()[0] for line in result.lines] == ["stream", "AUDIT", "KV_config", "ORDERS"]
    assert "only in prod" in result.lines[1]
    assert "max_msgs: 1000 → -1; bytes: " in result.lines[3]
    assert "natstui: 3 of 4 streams: not the same" in capsys.readouterr().err
    found = (await compare("streams --context prod --with staging --json", tmp_path)).json
    assert [each["verdict"] for each in found] == ["only_a", "different", "different"]
    assert {"field": "messages", "a": 5, "b": 3} in found[2]["differences"]
    result = await compare("consumers --context prod --with staging --ndjson", tmp_path)
    assert [json.loads(line) for line in result.lines] == [
        {
            "stream": "ORDERS",
            "consumer": "billing",
            "verdict": "different",
            "differences": [{"field": "pending", "a": 5, "b": 3}],
        }
    ]
    capsys.readouterr()
    same = await compare("consumers ORDERS --config-only --context prod --with staging", tmp_path)
    assert same == (0, "")
    assert capsys.readouterr().err == "natstui: 1 consumer: all the same\n"
    assert (await compare("streams --json --context prod --with prod", tmp_path)) == (0, "[]\n")


async def test_keys(other: NatsServer, tmp_path: Path) -> None:
    result = await compare("kv config --context prod --with staging", tmp_path)
    assert result.code == 1
    assert result.lines[1].split() == ["flag", "different", "2", "17", "B", "2", "18", "B"]
    every = await compare(
        f"kv config 'shop.>' --all --json --context prod --with {other.url}", tmp_path
    )
    assert every.code == 0
    assert every.json == [
        {
            "key": "shop.currency",
            "verdict": "same",
            "revision_a": 1,
            "revision_b": 9,
            "size_a": 3,
            "size_b": 3,
        }
    ]


async def test_hostile_names_stay_text(
    js_server: NatsServer, other: NatsServer, tmp_path: Path
) -> None:
    client = await connect(js_server.url)
    await client.jetstream().add_stream(name="PLAIN", subjects=["plain"], description=ODD)
    await client.jetstream().add_stream(name=ODD, subjects=["odd"])
    await client.close()
    for form in ("", "--json", "--ndjson"):
        text = (await compare(f"streams --context prod --with staging {form}", tmp_path)).text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert text.count("\n") >= 5


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "say what to compare"),
        ("streams", "--with"),
        ("objects --with x", "'objects' cannot be compared"),
        ("streams --with nowhere", "does not exist"),
        ("streams --with nats://", "no host"),
        ("streams --nope --with x", "unknown flag --nope"),
        ("kv --config-only x --with x", "--config-only"),
        ("streams --json --ndjson --with x", "exclude"),
    ],
)
def test_what_cannot_be(home: Path, line: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_compare(shlex.split(line))


async def test_what_is_not_there(other: NatsServer, tmp_path: Path) -> None:
    for line, says in (
        ("kv nope", "has no bucket called nope"),
        ("streams NOPE", "no stream is called NOPE on either side"),
        ("consumers NOPE", "no stream is called NOPE on either side"),
    ):
        with pytest.raises(FailedError, match=says):
            await compare(f"{line} --context prod --with staging", tmp_path)
    for line in ("kv", "kv a b c", "kv a/b", "kv config 'a b'", "consumers A B", "streams a.b"):
        with pytest.raises(BadInputError):
            await compare(f"{line} --context prod --with staging", tmp_path)
    other.kill()
    with pytest.raises(FailedError, match="staging: nothing listens"):
        await compare("streams --context prod --with staging", tmp_path)


def test_as_a_program(js_server: NatsServer, environment: dict[str, str], tmp_path: Path) -> None:
    def code(line: str) -> int:
        command = [sys.executable, "-m", "natstui", *shlex.split(line)]
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode

    url = js_server.url
    assert code(f"compare streams -s {url} --with {url}") == 0
    assert code("compare streams") == 2
    assert code(f"compare kv nope -s {url} --with {url}") == 3
