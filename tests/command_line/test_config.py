"""`natstui config`, and --config of every command."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from natstui.cli import main
from natstui.command_line.arguments import UsageError, parse_arguments
from natstui.command_line.config_page import default_text, page
from natstui.command_line.merge import merged_settings
from natstui.command_line.switching import context_choices
from natstui.model.config_reading import parse_config
from natstui.model.context_choices import Choice
from natstui.model.limits import Limits
from natstui.ui.configured import checked
from tests.support.environment import environment_at
from tests.support.server import NatsServer
from tests.support.terminal import Terminal

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def file(home: Path) -> Path:
    """Where config.toml is looked for; it is not there."""
    path = home / ".config/natstui/config.toml"
    path.parent.mkdir(parents=True)
    return path


def test_the_page_is_what_the_docstrings_say() -> None:
    written = (ROOT / "docs/configuration.md").read_text()
    assert written == page(), "write it anew: .venv/bin/python scripts/document_configuration.py"


def test_the_examples_of_the_page_can_be_written() -> None:
    examples = [part.partition("```")[0] for part in page().split("```toml\n")[1:]]
    assert len(examples) == 5
    for example in examples:
        assert checked(parse_config(example, Path("config.toml"))).problems == ()


def test_the_default_file_changes_nothing_also_with_its_lines_in_force() -> None:
    text = default_text()
    assert tomllib.loads(text)["limits"] == {}
    in_force = text.replace("\n# ", "\n")
    settings = re.findall(r'^(?:\[[\w.]+\]|\[\[\w+\]\]|[\w.">*]+ = .*)$', in_force, re.M)
    assert len(settings) > 20
    read = checked(parse_config("\n".join(settings), Path("config.toml")))
    assert [problem.reason for problem in read.problems] == []
    assert read.limits == Limits()


def test_check_says_each_problem_with_its_line(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text('[keys]\n"tail.pause" = "spacee"\n[limits]\nevents = 1\n')
    assert main(["config", "check"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        'natstui: config.toml:2: keys."tail.pause": unknown key name "spacee"; '
        'did you mean "space"?',
        "natstui: config.toml:4: limits.events: 1 is not a number from 10 to 100,000",
    ]
    file.write_text("[limits]\nevents = 50\n")
    assert main(["config", "check"]) == 0
    assert capsys.readouterr().out == f"{file}: all is well\n"


def test_show_is_a_file_that_says_the_same(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(
        '[keys]\n"app.quit" = ["Q", "f10"]\n[limits]\nevents = 50\ntail_bytes = "3 MiB"\n'
        '[theme.stripes]\n"prod*" = "red"\n[decoders]\n"a.>" = "hex"\n[[watch]]\n'
        'when = "stream A: silent 5s"\n'
    )
    before = parse_config(file.read_text(), file)
    assert main(["config", "show"]) == 0
    shown = capsys.readouterr().out
    again = parse_config(shown, file)
    assert (again.keys, again.limits, again.theme, again.decoders, again.watches) == (
        before.keys,
        before.limits,
        before.theme,
        before.decoders,
        before.watches,
    )
    assert "search_hits = 5_000  # by default" in shown


def test_path_keys_and_themes(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text('[keys]\n"tail.pause" = "f9"\n')
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out == f"{file}\n"
    assert main(["config", "keys"]) == 0
    (pause,) = [line for line in capsys.readouterr().out.splitlines() if "tail.pause" in line]
    assert pause.split(maxsplit=2) == ["tail.pause", "f9", "Pause, or go on"]
    assert main(["config", "themes"]) == 0
    assert capsys.readouterr().out.startswith("natstui-dark\nnatstui-light\n")


def test_another_file_is_taken_where_it_is_named(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def events(*argv: str) -> int:
        return merged_settings(parse_arguments([*argv])).config.limits.events

    file.write_text("[limits]\nevents = 11\n")
    other = tmp_path / "other.toml"
    other.write_text("[limits]\nevents = 12\n")
    assert events() == 11
    assert events("--config", str(other)) == 12
    monkeypatch.setenv("NATSTUI_CONFIG", str(other))
    assert events() == 12
    other.unlink()
    with pytest.raises(UsageError, match=r"NATSTUI_CONFIG: .*other.toml: No such file"):
        events()


def test_a_file_that_was_named_must_be_there(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for argv in (["demo"], ["streams"], ["config", "check"]):
        assert main([*argv, "--config", f"{home}/nope.toml"]) == 2
        assert "nope.toml: No such file or directory" in capsys.readouterr().err


def test_the_explorer_does_what_the_file_says_and_says_what_is_wrong_in_it(
    server: NatsServer, tmp_path: Path
) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[keys]\n"tail.pause" = "f2"\n[limits]\nevents = 1\n')
    command = [sys.executable, "-m", "natstui", "-s", server.url, "--config", str(file), "orders.>"]
    with Terminal(command, env=environment_at(tmp_path / "home"), columns=120) as terminal:
        terminal.wait_for("f2 pause")
        terminal.press("f2")
        terminal.wait_for("PAUSED")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
        assert b"own.toml:4: limits.events: 1 is not a number from 10" in terminal.output


@pytest.mark.usefixtures("file")
def test_what_is_no_word_of_it_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "nope"]) == 2
    assert "(see natstui config --help)" in capsys.readouterr().err


def test_headless_commands_say_problems_and_go_on(
    js_server: NatsServer, file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file.write_text('[decoders]\n"a" = "jsn"\n')
    assert main(["streams", "--json", "-s", js_server.url]) == 0
    found = capfd.readouterr()
    assert found.err.startswith('natstui: config.toml:2: decoders.a: there is no "jsn"')
    assert found.out == "[]\n"


async def test_who_goes_over_to_another_context_keeps_the_configuration(
    file: Path, write_context: Callable[..., Path]
) -> None:
    other = file.parent / "other.toml"
    other.write_text("[limits]\nevents = 12\n")
    write_context("b", url="nats://b:4222")
    given = parse_arguments(["--config", str(other)])
    choices = context_choices(given, merged_settings(given))
    settings = await choices.settings(Choice("context", "b"))
    assert (settings.context, settings.config.limits.events) == ("b", 12)
