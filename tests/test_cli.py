from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from natstui import __version__
from natstui.cli import main
from natstui.command_line import recordings
from natstui.command_line.headless import (
    COMMANDS,
    Command,
    headless_command,
    parse_headless,
    request_of,
)
from natstui.command_line.signals import Terminated, ended_by_signals
from tests.support.environment import environment_at
from tests.support.server import NatsServer
from tests.support.terminal import Terminal


@pytest.fixture(autouse=True)
def _no_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    for name in [name for name in os.environ if name.startswith("NATS_")]:
        monkeypatch.delenv(name)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"natstui {__version__}\n"


def test_help_teaches_within_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    for taught in ("natstui demo", "examples:", "NATS_URL", "context.txt", "exit codes:"):
        assert taught in text
    assert max(map(len, text.splitlines())) < 80


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--nope"], "natstui: unknown flag --nope (see natstui --help)\n"),
        (["--context", "x\ny\x1b[31m"], 'natstui: context "x y\\x1b[31m" does not exist'),
        (["demo", "orders.>"], "natstui: natstui demo takes no subjects, but found 'orders.>'"),
        (["demo", "--user", "hunter2"], "natstui: --user: natstui demo starts a server"),
        (["streams", "--nope"], "natstui: unknown flag --nope (see natstui streams --help)\n"),
        (["streams", "-j", "--ndjson"], "natstui: --json and --ndjson exclude each other (see"),
        (["streams", "a.b"], "natstui: invalid stream name 'a.b': no white space and none of"),
        (["kv", "--limit", "0"], "natstui: --limit: '0' is no number above 0 (see natstui kv"),
        (["kv", "--limit", "x\x1b[31m"], "natstui: --limit: 'x\\x1b[31m' is no number above 0"),
        (["streams", "--wait", ""], "natstui: --wait: the condition is empty; write it like"),
        (["streams", "--warning", "lag>1"], "natstui: --warning: needs --check beside it (see"),
        (["streams", "--any"], "natstui: --any: needs --wait beside it"),
        (["streams", "--watch", "ORDERS"], "natstui: --watch: 'ORDERS' is not a duration; write"),
        (["streams", "--timeout", "0s"], "natstui: --timeout: must be more than nothing"),
        (["tail"], "natstui: a subject is needed, as in: natstui tail 'orders.>' (see natstui"),
        (["--password", "hunter2", "tail", "a"], "natstui: --password: needs --user beside it"),
        (["kv", "b", "k", "--raw", "-j"], "natstui: --raw: gives the bytes of one value, and"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(
    argv: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith(says)
    assert complaint.count("\n") == 1
    assert "hunter2" not in complaint


@pytest.mark.parametrize(
    "command",
    [*COMMANDS.values(), *recordings.COMMANDS.values()],
    ids=lambda command: command.name,
)
def test_each_command_teaches_by_examples(
    command: Command | recordings.RecordingCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([command.name, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert f"natstui {command.name} " in text.partition("examples:")[2]
    assert "exit codes:" in text
    assert max(map(len, text.splitlines())) < 80


def test_the_examples_of_the_commands_can_be_typed() -> None:
    for line in "".join(each.examples for each in COMMANDS.values()).splitlines():
        typed = shlex.split(line.partition("|")[0], comments=True)
        found = headless_command(typed[1:])
        assert found is not None, line
        command, argv = found
        assert request_of(command, parse_headless(command, argv)).command == typed[1]


@pytest.mark.parametrize(
    ("argv", "command", "rest"),
    [
        (["streams"], "streams", []),
        (
            ["-s", "tail", "--context", "kv", "streams"],
            "streams",
            ["-s", "tail", "--context", "kv"],
        ),
        (["--read-only", "kv", "tail"], "kv", ["--read-only", "tail"]),
        (["--server=tail", "kv"], "kv", ["--server=tail"]),
        (["--", "streams"], None, None),
        (["orders.>", "streams"], None, None),
        (["demo"], None, None),
        (["--context", "kv"], None, None),
        ([], None, None),
    ],
)
def test_a_command_is_the_first_word_that_no_flag_takes(
    argv: list[str], command: str | None, rest: list[str] | None
) -> None:
    found = headless_command(argv)
    assert (found and (found[0].name, found[1])) == (command and (command, rest))


def test_a_check_that_cannot_be_is_unknown_and_not_critical(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["streams", "--check", "--critical", "nope>1"]) == 3
    assert capsys.readouterr().out.startswith("UNKNOWN: --critical: at 1: there is no field 'nope'")


def test_who_cannot_connect_fails_in_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["-s", "nats://127.0.0.1:1", "streams"]) == 3
    complaint = capfd.readouterr().err
    assert complaint.startswith("natstui: nothing listens on 127.0.0.1:1; is the server running")
    assert complaint.count("\n") == 1


def test_a_terminal_that_cannot_place_text_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    assert main(["orders.>"]) == 1
    assert "TERM=dumb says it cannot" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["demo"], ["orders.>"]])
def test_without_a_terminal_it_says_so(argv: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "natstui", *argv],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("natstui: the explorer needs a terminal, and standard input")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_reader_that_left_is_no_error_of_ours() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "natstui", "--help"], stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    assert done.stderr == b""


def test_the_explorer_opens_on_the_server_that_is_named(server: NatsServer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "natstui", "-s", server.url, "orders.>", "--read-only"]
    with Terminal(command, env=environment_at(tmp_path)) as terminal:
        terminal.wait_for("connected")
        terminal.wait_for("READ-ONLY")
        terminal.wait_for("orders.>")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_a_fault_of_ours_is_one_line_unless_asked_for_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def break_down(argv: list[str]) -> int:
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr("natstui.cli.run", break_down)
    assert main([]) == 1
    quiet = capsys.readouterr().err
    assert quiet.startswith("natstui: internal error: ZeroDivisionError: a b (NATSTUI_DEBUG=1")
    assert quiet.count("\n") == 1
    monkeypatch.setenv("NATSTUI_DEBUG", "1")
    assert main([]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.fixture
def _handlers_stay() -> Iterator[None]:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    yield
    assert before == [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]


@pytest.mark.usefixtures("_handlers_stay")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_unwind_and_give_the_code_of_a_shell(number: signal.Signals) -> None:
    with pytest.raises(Terminated) as end, ended_by_signals():
        signal.raise_signal(number)
    assert end.value.code == 128 + number


@pytest.mark.usefixtures("_handlers_stay")
def test_who_takes_a_signal_as_a_wish_to_quit_still_ends_by_it() -> None:
    def quit_when_told() -> None:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Terminated) as end, ended_by_signals():
        quit_when_told()
    assert end.value.code == 143
