"""What a terminal is taken for, from the environment of the process in it."""

from __future__ import annotations

import pytest

from natstui.model.terminal import (
    Asked,
    TerminalTraits,
    parse_colors,
    parse_fps,
    parse_switch,
    terminal_traits,
)


def traits(**environ: str) -> TerminalTraits:
    return asked_for(Asked(), **environ)


def asked_for(asked: Asked, **environ: str) -> TerminalTraits:
    return terminal_traits({"TERM": "xterm-256color", "LANG": "en_US.UTF-8", **environ}, asked)


@pytest.mark.parametrize(
    ("environ", "colors"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm-256color", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "xterm-kitty"}, "truecolor"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "tmux-256color"}, "256"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/t,1,0", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "screen", "TMUX": "/tmp/t,1,0"}, "16"),
        ({"TERM": "screen.xterm-256color", "STY": "1.a", "COLORTERM": "truecolor"}, "256"),
        ({"TERM": "screen", "STY": "1.a", "COLORTERM": "truecolor"}, "16"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, "16"),
        ({"TERM": ""}, "16"),
        ({"TERM": "vt100"}, "none"),
        ({"TERM": "dumb"}, "none"),
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, "none"),
        ({"NO_COLOR": "", "COLORTERM": "truecolor"}, "truecolor"),
    ],
)
def test_colours(environ: dict[str, str], colors: str) -> None:
    assert traits(**environ).colors == colors


@pytest.mark.parametrize(
    ("environ", "glyphs"),
    [
        ({"LANG": "de_DE.UTF-8"}, "unicode"),
        ({"LANG": "C.utf8"}, "unicode"),
        ({"LANG": "C"}, "ascii"),
        ({"LANG": "de_DE.ISO-8859-1"}, "ascii"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "ascii"),
        ({"LANG": "C", "LC_ALL": "C.UTF-8"}, "unicode"),
        ({"LANG": "de_DE.UTF-8", "LC_CTYPE": "POSIX"}, "ascii"),
        ({"LANG": ""}, "unicode"),
        ({"LANG": "", "TERM": "screen", "STY": "1.a"}, "ascii"),
        ({"LANG": "", "TMUX": "/tmp/t,1,0"}, "ascii"),
        ({"TERM": "linux"}, "console"),
        ({"TERM": "linux", "LANG": "C"}, "ascii"),
    ],
)
def test_signs(environ: dict[str, str], glyphs: str) -> None:
    assert traits(**environ).glyphs == glyphs


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY"])
def test_ssh_gets_fewer_frames(name: str) -> None:
    assert traits().fps == 10
    assert traits(**{name: "10.0.0.1 1 10.0.0.2 22"}).fps == 4


@pytest.mark.parametrize(
    ("environ", "between"),
    [
        ({}, ""),
        ({"TMUX": "/tmp/t,1,0", "TERM": "screen-256color"}, "tmux"),
        ({"TERM": "tmux-256color", "SSH_TTY": "/dev/pts/1"}, "tmux"),
        ({"STY": "1.a"}, "screen"),
        ({"TERM": "screen-256color", "SSH_TTY": "/dev/pts/1"}, "screen"),
    ],
)
def test_who_stands_between_us_and_the_terminal(environ: dict[str, str], between: str) -> None:
    assert traits(**environ).multiplexer == between


def test_the_console_has_neither_mouse_nor_clipboard() -> None:
    console = traits(TERM="linux")
    assert (console.mouse, console.clipboard) == (False, False)
    assert (traits().mouse, traits().clipboard) == (True, True)


def test_what_is_asked_for_wins() -> None:
    asked = Asked(fps=2, colors="truecolor", ascii=False, mouse=True)
    found = asked_for(asked, TERM="linux", LANG="C", NO_COLOR="1", SSH_TTY="x")
    assert (found.fps, found.colors, found.glyphs, found.mouse) == (2, "truecolor", "unicode", True)
    other = asked_for(Asked(ascii=True, mouse=False))
    assert (other.glyphs, other.mouse) == ("ascii", False)


def test_it_says_why() -> None:
    found = traits(TERM="screen-256color", STY="1.a", LC_ALL="C", SSH_TTY="/dev/pts/1")
    assert found.reasons == (
        "4 frames a second (SSH_TTY)",
        "256 colours (TERM=screen-256color)",
        "ASCII only (LC_ALL=C)",
        "mouse on (not switched off)",
        "copying by OSC 52, through screen",
    )


def test_what_is_typed() -> None:
    assert parse_fps("4") == 4
    assert parse_colors("auto") is None
    assert parse_colors("256") == "256"
    assert (parse_switch("on"), parse_switch("0")) == (True, False)
    for text in ("0", "31", "-1", "x", "", "\N{SUPERSCRIPT TWO}"):
        with pytest.raises(ValueError, match="is no number from 1 to 30"):
            parse_fps(text)
    with pytest.raises(ValueError, match="there is no 'red'; use one of: auto, truecolor, 256"):
        parse_colors("red")
    with pytest.raises(ValueError, match="'maybe' is neither 1 nor 0"):
        parse_switch("maybe")
