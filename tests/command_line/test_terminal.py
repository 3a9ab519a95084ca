from __future__ import annotations

import os

import pytest

from natstui.command_line.arguments import UsageError, first_word, parse_arguments
from natstui.command_line.terminal import traits_of
from natstui.model.limits import Limits
from natstui.model.terminal import TerminalTraits


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("NATSTUI_", "LC_", "SSH_"))]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "COLORTERM", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LANG", "C.UTF-8")


def traits(*argv: str, limits: Limits | None = None) -> TerminalTraits:
    return traits_of(parse_arguments(list(argv)), limits or Limits())


def test_the_configuration_says_how_often_where_nobody_else_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calm = Limits(frames_per_second=7, frames_per_second_over_ssh=2)
    assert (traits(limits=calm).fps, traits("--fps", "5", limits=calm).fps) == (7, 5)
    monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
    assert traits(limits=calm).fps == 2


def test_flags_over_environment_over_what_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = traits()
    assert (found.fps, found.colors, found.glyphs, found.mouse) == (10, "256", "unicode", True)
    for name, value in {"FPS": "2", "COLOR": "16", "ASCII": "1", "MOUSE": "0"}.items():
        monkeypatch.setenv(f"NATSTUI_{name}", value)
    found = traits()
    assert (found.fps, found.colors, found.glyphs, found.mouse) == (2, "16", "ascii", False)
    found = traits("--fps", "5", "--color", "auto", "--no-ascii", "--mouse")
    assert (found.fps, found.colors, found.glyphs, found.mouse) == (5, "256", "unicode", True)


def test_what_cannot_be_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"^--fps: '0' is no number from 1 to 30$"):
        traits("--fps", "0")
    with pytest.raises(UsageError, match=r"^--color: there is no '17'; use one of: auto, "):
        traits("--color", "17")
    monkeypatch.setenv("NATSTUI_ASCII", "perhaps")
    with pytest.raises(UsageError, match=r"^NATSTUI_ASCII: 'perhaps' is neither 1 nor 0$"):
        traits()


def test_the_value_of_a_flag_is_no_command() -> None:
    assert first_word(["--fps", "4", "tail", "a"]) == 2
