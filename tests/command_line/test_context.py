"""`natstui context`: what it shows, and that it writes only what it is asked to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from natstui.cli import main

WriteContext = Callable[..., Path]
SECRETS = {"user": "me", "password": "hunter2", "url": "nats://u:hunter2@a", "frm": "hunter2"}


class Typed:
    """What a command printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.err = ""

    def __call__(self, *argv: str, code: int = 0) -> str:
        assert main(["context", *argv]) == code
        out, self.err = self._capsys.readouterr()
        assert "hunter2" not in out + self.err
        return out

    def json(self, *argv: str) -> Any:
        return json.loads(self(*argv, "--json"))


@pytest.fixture
def typed(home: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(capsys)


def test_a_list_says_which_is_selected_and_which_is_broken(
    typed: Typed, home: Path, write_context: WriteContext
) -> None:
    write_context("prod", **SECRETS, description="careful")
    write_context("dev").write_text('{"url": "\x1b[2J"')
    (home / ".config/nats/context.txt").write_text("prod")
    lines = typed().splitlines()
    assert lines[0].split() == ["NAME", "SERVERS", "WHO", "ABOUT"]
    assert "not valid JSON, line 1 column 10" in lines[1]
    assert lines[2].split() == ["prod", "*", "nats://***@a", "user", "me", "careful"]
    assert typed("ls", "-n") == "dev\nprod\n"
    broken, prod = typed.json("ls")
    assert broken["problem"]
    assert not broken["selected"]
    assert (prod["name"], prod["who"], prod["selected"]) == ("prod", "user me", True)


def test_without_contexts_it_says_how_to_write_one(typed: Typed) -> None:
    assert typed() == ""
    assert "natstui context save NAME -s URL" in typed.err
    assert typed.json("ls") == []


def test_one_is_shown_without_its_secrets(typed: Typed, write_context: WriteContext) -> None:
    path = write_context("prod", **SECRETS, creds="", tls_first=True)
    assert dict(line.split(maxsplit=1) for line in typed("show", "prod").splitlines()) == {
        "name": "prod",
        "file": str(path),
        "user": "me",
        "password": "(hidden)",
        "url": "nats://***@a",
        "frm": "(hidden)",
        "tls_first": "true",
    }
    assert f"unknown key 'frm' is not used ({path}, line 1)" in typed.err
    assert typed.json("show", str(path))["settings"]["url"] == "nats://***@a"


def test_the_older_nsc_is_shown_without_running_it(
    typed: Typed, write_context: WriteContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    write_context("old", nsc="op/acct/me")
    assert "op/acct/me" in typed("show", "old")
    assert typed.json("ls")[0]["who"] == "nsc"


def test_selecting_goes_back_and_forth(typed: Typed, write_context: WriteContext) -> None:
    write_context("prod", url="a")
    write_context("dev", url="b")
    assert typed("select", "prod") == "selected prod\n"
    assert typed("select", "dev") == "selected dev\n"
    assert typed("previous") == typed("select", "prod") == "selected prod\n"
    assert typed("unselect") == "no context is selected\n"
    assert typed("select", "-") == "selected prod\n"
    assert "name           prod" not in typed("show")


def test_flags_are_saved_and_the_environment_is_not(
    typed: Typed, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NATS_PASSWORD", "hunter2")
    monkeypatch.chdir(tmp_path)
    Path("ca.pem").touch()
    flags = ["--user", "me", "--tlsca", "ca.pem", "--tlsfirst", "--colors", "red", "--select"]
    typed("save", "prod", "-s", "tls://a", *flags, "--description", "d")
    values = json.loads((home / ".config/nats/context/prod.json").read_text())
    assert {key: value for key, value in values.items() if value} == {
        "description": "d",
        "url": "tls://a",
        "user": "me",
        "ca": os.path.join(os.getcwd(), "ca.pem"),
        "color_scheme": "red",
        "tls_first": True,
    }
    typed("save", "prod", "--user", "", "--creds", "~/me.creds", "--no-tlsfirst")
    settings = typed.json("show")["settings"]
    assert settings["creds"] == "~/me.creds"
    assert not {"user", "tls_first"} & {*settings}


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (
            ["nope"],
            "'nope' is none of: ls, show, select, previous, unselect, save (see natstui con",
        ),
        (["show", "a", "b"], "'b' is more than `natstui context show` takes"),
        (["show"], "no context is selected; name one"),
        (["show", "prd"], 'context "prd" does not exist; use one of: none'),
        (["select"], "which one? name it"),
        (["select", "-"], "no context was selected before"),
        (["ls", "--password", "hunter2"], "`natstui context ls` takes no settings"),
        (["save", "x", "--json"], "--json: goes with ls and show"),
        (["save"], "a context needs a name"),
        (["save", "x", "--pasword=hunter2"], "unknown flag --pasword"),
        (["save", "x", "--tlsfirst", "--no-tlsfirst"], "exclude each other"),
    ],
)
def test_what_cannot_be_is_one_line(typed: Typed, argv: list[str], says: str) -> None:
    assert typed(*argv, code=2) == ""
    assert says in typed.err
    assert typed.err.count("\n") == 1


def test_nothing_else_writes_a_context(
    typed: Typed, home: Path, write_context: WriteContext, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_context("prod", url="nats://127.0.0.1:1", frm=1)
    before = path.read_text()
    (home / ".config/nats/context.txt").write_text("gone")
    for argv in (["streams"], ["--context", "prod", "streams"], ["context"], ["--context", "x"]):
        main(argv)
    assert "unknown key 'frm' is not used" in capsys.readouterr().err
    assert path.read_text() == before
    assert [file.name for file in sorted((home / ".config/nats").iterdir())] == [
        "context",
        "context.txt",
    ]
    assert (home / ".config/nats/context.txt").read_text() == "gone"


def test_its_help_fits_the_terminal_and_names_no_variable(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["ctx", "--help"])
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) < 80
    assert "[$NATS" not in text
