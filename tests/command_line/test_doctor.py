"""`natstui doctor` as it is typed: what it prints, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from natstui.cli import main
from natstui.model.doctor import Doctor
from tests.conftest import ServerFactory
from tests.support import auth
from tests.support.server import NatsServer


@pytest.fixture(autouse=True)
def _no_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NATS_")]:
        monkeypatch.delenv(name)


def test_all_is_well(js_server: NatsServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "-s", js_server.url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == js_server.url
    steps = [line.split()[1] for line in lines if line.startswith("  ok ")]
    assert steps == ["DNS", "TCP", "INFO", "TLS", "auth", "permissions", "JetStream", "round"]
    # Aligned: every fact begins in the same column.
    assert lines.count("  all is well") == 2
    assert len({line.index("127.0.0.1") for line in lines if "addresses" in line}) == 1


def test_a_failure_says_what_to_do(server: NatsServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.stop()
    assert main(["-s", f"me:hunter2@127.0.0.1:{server.port}", "doctor"]) == 1
    out = capsys.readouterr().out
    assert f"nothing listens on 127.0.0.1:{server.port}" in out
    assert "-> is the server running" in out
    assert "INFO, TLS, auth, permissions, JetStream, round trip: not tried" in out
    assert "hunter2" not in out


def test_warnings_have_a_code_of_their_own(
    server: NatsServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "-s", server.url, "--read-only"]) == 3
    assert "it works, with a warning about JetStream" in capsys.readouterr().out


def test_json(js_server: NatsServer, capsys: pytest.CaptureFixture[str]) -> None:
    port = js_server.port
    assert main(["doctor", "--json", "-s", f"127.0.0.1:{port},no-such-host.invalid"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["outcome"], answer["exit_code"]) == ("failed", 1)
    well, ill = answer["servers"]
    assert (well["server"], well["outcome"]) == (f"nats://127.0.0.1:{port}", "ok")
    assert [step["step"] for step in well["steps"]][:2] == ["DNS", "TCP"]
    info = well["steps"][2]
    assert info["ms"] > 0
    assert info["seen"]["max_payload"] == 1_048_576
    assert ill["steps"][0]["do"] == "check the spelling in the URL"
    assert ill["steps"][1]["ms"] is None


def test_a_context_says_where(
    js_server: NatsServer,
    write_context: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_context("prod", url=js_server.url)
    assert main(["--context", "prod", "doctor"]) == 0
    assert js_server.url in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["doctor", "--nope"], "unknown flag --nope"),
        (["doctor", "orders.>"], "natstui doctor: 'orders.>' is no flag"),
        (["doctor", "--context", "gone"], 'context "gone" does not exist'),
        (["doctor", "--timeout", "soon"], "--timeout: "),
        (["doctor", "-s", "http://a"], "http://"),
    ],
)
def test_what_cannot_be_typed(
    argv: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


def test_help_fits_and_names_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["doctor", "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert "3 warnings only" in text
    assert "--creds" in text
    assert max(map(len, text.splitlines())) < 80


@pytest.mark.parametrize("argv", [["--", "doctor"], ["--context", "doctor"]])
def test_a_subject_or_a_value_may_be_called_so(
    argv: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Doctor, "run", lambda *_: pytest.fail("nobody asked for the doctor"))
    assert main(argv) in (1, 2)  # no terminal, no such context


def test_names_that_servers_choose_cannot_reach_the_terminal(
    server_factory: ServerFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    user = auth.user_with_permissions("me", "pw", publish_deny=["red\x1b[31m"])
    server = server_factory(auth.users(user), jetstream=True)
    assert main(["doctor", "-s", server.url, "--user", "me", "--password", "pw"]) == 0
    out = capsys.readouterr().out
    assert "; not red\N{SYMBOL FOR ESCAPE}[31m" in out
    assert "\x1b" not in out


def test_ctrl_c_ends_it(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        url = f"127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-m", "natstui", "doctor", "-s", url, "--timeout", "1m"]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as doctor:
            knocking, _ = silent.accept()
            waiting, _ = silent.accept()
            doctor.send_signal(signal.SIGINT)
            out, err = doctor.communicate(timeout=20)
        knocking.close()
        waiting.close()
    assert doctor.returncode == 130
    assert (out, err) == (b"", b"")
