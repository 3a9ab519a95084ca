"""`natstui help`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from natstui.cli import main
from natstui.command_line.help import topics
from tests.support.environment import environment_at
from tests.support.terminal import Terminal

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_every_page_is_a_topic_with_a_title(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(topics()) == {page.stem for page in DOCS.glob("*.md")} - {"README"}
    assert main(["help"]) == 0
    listed = capsys.readouterr().out
    for topic in topics():
        (line,) = [line for line in listed.splitlines() if line.split()[:1] == [topic]]
        assert len(line.split()) > 1


def test_a_program_reads_the_page_as_it_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "configuration"]) == 0
    assert capsys.readouterr().out == (DOCS / "configuration.md").read_text()


def test_a_person_reads_it_laid_out_and_in_a_pager(tmp_path: Path) -> None:
    environment = environment_at(tmp_path) | {"PAGER": "sed '$ a PAGED'"}
    command = [sys.executable, "-m", "natstui", "help", "configuration"]
    with Terminal(command, env=environment, rows=300, columns=120) as terminal:
        terminal.wait_for("PAGED")
        assert "Watches" in terminal.screen
        assert "`" not in terminal.screen


def test_a_topic_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "strems"]) == 2
    assert "there is no topic 'strems'; did you mean \"streams\"?" in capsys.readouterr().err
