"""What a shell is told when TAB is pressed."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from argcomplete.finders import CompletionFinder

from natstui.cli import main
from natstui.client import connect
from natstui.command_line.completion import complete
from tests.support.environment import environment_at
from tests.support.server import NatsServer

Complete = Callable[[str], list[str]]


class Ended(BaseException):
    """The process would have."""


@pytest.fixture
def completions(home: Path, monkeypatch: pytest.MonkeyPatch) -> Complete:
    """What may follow a line, as a shell is told."""
    monkeypatch.setenv("_ARGCOMPLETE", "1")
    monkeypatch.setenv("_ARGCOMPLETE_SUPPRESS_SPACE", "1")
    # It would take file descriptor 9, which is somebody else's in this process.
    monkeypatch.setattr(CompletionFinder, "_init_debug_stream", lambda self: None)

    def ask(line: str) -> list[str]:
        def end(_: int) -> None:
            raise Ended

        answer = io.StringIO()
        monkeypatch.setenv("COMP_LINE", line)
        monkeypatch.setenv("COMP_POINT", str(len(line)))
        with pytest.raises(Ended):
            complete(end, answer)
        return answer.getvalue().split("\v") if answer.getvalue() else []

    return ask


def test_commands_and_flags(completions: Complete) -> None:
    assert {"demo", "doctor", "streams", "help", "config"} <= set(completions("natstui "))
    assert completions("natstui --read-") == ["--read-only"]
    assert "--wait" in completions("natstui streams --w")
    assert "--wait" not in completions("natstui tail --w")
    assert completions("natstui --domai") == []  # it is accepted, and not recommended


def test_what_a_flag_or_command_takes(
    completions: Complete, write_context: Callable[..., Path], tmp_path: Path
) -> None:
    write_context("prod-eu", url="nats://a:4222")
    write_context("dev")
    assert completions("natstui --context ") == ["dev", "prod-eu"]
    assert completions("natstui streams --context p") == ["prod-eu"]
    assert completions("natstui context select d") == ["dev"]
    assert completions("natstui context sel") == ["select"]
    assert completions("natstui compare streams --with d") == ["dev"]
    assert completions("natstui compare s") == ["streams"]
    assert completions("natstui --colors m") == ["magenta"]
    assert completions("natstui config ch") == ["check"]
    assert completions("natstui completion f") == ["fish"]
    assert completions("natstui help conf") == ["configuration"]
    assert completions("natstui server top") == ["topology"]
    (tmp_path / "own.creds").touch()
    assert completions(f"natstui --creds {tmp_path}/ow") == [f"{tmp_path}/own.creds"]


async def test_names_that_the_server_knows(js_server: NatsServer, completions: Complete) -> None:
    async with await connect(js_server.url) as nc:
        js = nc.jetstream()
        await js.add_stream(name="ORDERS", subjects=["orders.>"])
        await js.add_consumer("ORDERS", durable_name="billing")
        await js.create_key_value(bucket="config")
        await js.create_object_store(bucket="assets")

    def ask(words: str) -> list[str]:
        return completions(f"natstui -s {js_server.url} {words}")

    assert await asyncio.to_thread(ask, "streams OR") == ["ORDERS"]
    assert await asyncio.to_thread(ask, "fields --stream OR") == ["ORDERS"]
    assert await asyncio.to_thread(ask, "consumers ORDERS ") == ["billing"]
    assert await asyncio.to_thread(ask, "kv ") == ["config"]
    assert await asyncio.to_thread(ask, "kv config ") == []
    assert await asyncio.to_thread(ask, "objects a") == ["assets"]


def test_nobody_is_asked_for_a_secret(
    completions: Complete,
    write_context: Callable[..., Path],
    install_tool: Callable[[str, str], None],
    tmp_path: Path,
) -> None:
    install_tool("op", f"touch {tmp_path}/asked")
    install_tool("nsc", f"touch {tmp_path}/asked")
    write_context("vault", token="op://a/b/c")
    write_context("nsc", nsc="nsc://o/a/u")
    assert completions("natstui --context vault streams ") == []
    assert completions("natstui --context nsc streams ") == []
    assert completions("natstui --token op://a/b/c streams ") == []
    assert not (tmp_path / "asked").exists()


def test_no_server_and_no_context_complete_nothing(completions: Complete) -> None:
    assert completions("natstui -s nats://127.0.0.1:1 streams ") == []
    assert completions("natstui --context nope streams ") == []
    assert completions("natstui -s nope:// streams ") == []


def test_bash_completes(tmp_path: Path) -> None:
    """A shell in which natstui is the program under test."""
    script = f"""
        natstui() {{ {sys.executable} -m natstui "$@"; }}
        source <(natstui completion bash)
        COMP_LINE='natstui doct' COMP_POINT=12
        _python_argcomplete natstui
        echo "<${{COMPREPLY[*]}}>"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env=environment_at(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() in ("<doctor>", "<doctor >")


@pytest.mark.parametrize(
    ("shell", "has"),
    [("bash", "complete "), ("zsh", "compdef "), ("fish", "complete --command natstui")],
)
def test_each_shell_gets_its_own(shell: str, has: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert has in capsys.readouterr().out


def test_another_shell_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    assert "(see natstui completion --help)" in capsys.readouterr().err
