from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import natstui.client as nats
from natstui.demo.nats_server import find_nats_server
from natstui.demo.server import DemoError, private_server
from tests.support.waiting import wait_until


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the servers of a test keep what they store; empty again at the end."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    assert list(tmp_path.glob("natstui-demo-*")) == []


def program_that(folder: Path, script: str) -> Path:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


async def answers(url: str) -> bool:
    try:
        async with await nats.connect(url) as client:
            return client.is_connected
    except nats.errors.Error:
        return False


async def test_it_is_a_server_with_jetstream_and_then_it_is_gone() -> None:
    with private_server(find_nats_server()) as url:
        async with await nats.connect(url) as client:
            info = client.server_info
            assert info is not None
            assert info.jetstream
            await client.request("$JS.API.INFO", b"")
    assert not await answers(url)


async def test_whoever_looks_sees_the_servers_reports_and_gives_no_orders() -> None:
    with private_server(find_nats_server()) as url:
        async with await nats.connect(url) as client:
            info = client.server_info
            assert info is not None
            one = f"$SYS.REQ.SERVER.{info.server_id}"
            for report in ("$SYS.REQ.SERVER.PING", "$SYS.REQ.SERVER.PING.CONNZ", f"{one}.VARZ"):
                assert b'"server"' in (await client.request(report, timeout=20)).data
            came = await client.subscribe("$SYS.ACCOUNT.*.CONNECT")
            await client.flush()
            async with await nats.connect(url):
                assert (await came.next_msg(20)).data
            for order in ("RELOAD", "KICK", "LDM"):
                with pytest.raises(nats.errors.NoRespondersError):
                    await client.request(f"{one}.{order}", timeout=20)


async def test_two_do_not_meet() -> None:
    program = find_nats_server()
    with private_server(program) as one, private_server(program) as other:
        assert one != other


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(DemoError, match="did not start: no luck today"),
        private_server(program_that(tmp_path, "echo 'no luck today' >&2; exit 1")),
    ):
        raise AssertionError("it started")


def test_a_server_that_dies_without_a_word_is_reported(tmp_path: Path) -> None:
    with (
        pytest.raises(DemoError, match="did not start: it said nothing"),
        private_server(program_that(tmp_path, "exit 1")),
    ):
        raise AssertionError("it started")


HOLDER = """
import sys
from pathlib import Path
from natstui.demo.server import private_server
with private_server(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(folders: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has a private server; its first line of output is the URL."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(find_nats_server())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(folders)},
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
async def test_it_does_not_outlive_whoever_started_it(
    how: signal.Signals, holder: subprocess.Popen[str], folders: Path
) -> None:
    assert holder.stdout is not None
    url = holder.stdout.readline().strip()
    assert await answers(url)
    holder.send_signal(how)
    holder.wait()
    wait_until(lambda: not list(folders.glob("natstui-demo-*")), "the folder is gone")
    assert not await answers(url)
