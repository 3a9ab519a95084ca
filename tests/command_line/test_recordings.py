"""natstui open: what is said when there is nothing to be opened, and standard input."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from natstui.cli import main
from natstui.command_line.standard_input import spooled
from natstui.model.recording import Recording


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("open", 2, "a file is needed, as in: natstui open orders.ndjson (see natstui open"),
        ("open - -", 2, "-: standard input can be read once"),
        ("open /no/such/file", 3, "/no/such/file: No such file or directory"),
        ("open /dev/null", 3, "/dev/null: there is nothing in it"),
        ("open f --context nope", 2, 'context "nope" does not exist'),
    ],
)
def test_what_cannot_be_opened(
    line: str, code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == code
    assert capsys.readouterr().err.startswith(f"natstui: {says}")


def test_without_a_terminal_there_is_nothing_to_see(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.ndjson"
    path.write_text('{"subject": "a", "data": "b"}\n')
    assert main(["open", str(path), "--no-context"]) == 3
    assert "the explorer needs a terminal" in capsys.readouterr().err


def test_standard_input_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dumped = b'{"Subject":"a","Reply":"","Header":null,"Data":"MQ==","Sub":null}\0' * 3
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(dumped)))
    with spooled(["-"]) as paths:
        recording = Recording(paths)
    # The file is gone, and can be read on.
    assert not paths[0].exists()
    with recording:
        assert [recording.get(seq).payload for seq in range(recording.count)] == [b"1"] * 3
