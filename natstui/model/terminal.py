"""What a terminal can show, and how much of it at once: decided from the environment and from what
was asked for, without asking the terminal. Over ssh there may be nobody to answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Colors = Literal["truecolor", "256", "16", "none"]
Glyphs = Literal["unicode", "console", "ascii"]
Multiplexer = Literal["", "tmux", "screen"]

COLORS: tuple[Colors, ...] = get_args(Colors)
LOCAL_FPS, SSH_FPS = 10, 4
MOST_FPS = 30

_SSH = ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")
# They have all colours, and over ssh, where COLORTERM is left behind, their name says so.
_TRUECOLOR_TERMS = ("xterm-kitty", "alacritty", "foot", "wezterm", "xterm-ghostty", "contour")
_NO_COLOR_TERMS = ("dumb", "vt52", "vt100", "vt102", "vt220")
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


@dataclass(frozen=True)
class Asked:
    """What somebody asked for; None where it is to be found out."""

    fps: int | None = None
    colors: Colors | None = None
    ascii: bool | None = None
    mouse: bool | None = None
    bell: bool | None = None


@dataclass(frozen=True)
class TerminalTraits:
    """How to draw.

    `fps`: how often a second what flows by is drawn. `glyphs`: "console" is what the font of the
    Linux console has. `bell`: whether an alert is heard. `multiplexer`: who stands between us and
    the terminal, and has to be asked to let through what is for the terminal. `clipboard`: whether
    there may be one (OSC 52). `reasons` says of each what decided it, in words.
    """

    fps: int = LOCAL_FPS
    colors: Colors = "truecolor"
    glyphs: Glyphs = "unicode"
    mouse: bool = True
    bell: bool = True
    multiplexer: Multiplexer = ""
    clipboard: bool = True
    reasons: tuple[str, ...] = ()


def terminal_traits(
    environ: Mapping[str, str],
    asked: Asked | None = None,
    rates: tuple[int, int] = (LOCAL_FPS, SSH_FPS),
) -> TerminalTraits:
    """The traits of the terminal that a process with this environment is in.

    `rates` are frames a second where nobody asked for a number: here, and over ssh.
    """
    wishes = asked or Asked()
    fps, fps_reason = _fps(environ, wishes, rates)
    colors, colors_reason = _colors(environ, wishes)
    glyphs, glyphs_reason = _glyphs(environ, wishes)
    mouse, mouse_reason = _mouse(environ, wishes)
    between = _multiplexer(environ)
    clipboard = environ.get("TERM") != "linux"
    reasons = (
        f"{fps} frames a second ({fps_reason})",
        f"{_COLOR_WORDS[colors]} ({colors_reason})",
        f"{_GLYPH_WORDS[glyphs]} ({glyphs_reason})",
        f"mouse {'on' if mouse else 'off'} ({mouse_reason})",
        f"copying {_clipboard_words(clipboard, between)}",
    )
    bell = wishes.bell is not False
    return TerminalTraits(fps, colors, glyphs, mouse, bell, between, clipboard, reasons)


def parse_fps(text: str) -> int:
    """Frames a second. ValueError if they are none that can be."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_FPS:
        raise ValueError(f"{text!r} is no number from 1 to {MOST_FPS}")
    return int(text)


def parse_colors(text: str) -> Colors | None:
    """How many colours; None for "auto". ValueError for another word."""
    if text == "auto":
        return None
    for name in COLORS:
        if text == name:
            return name
    raise ValueError(f"there is no {text!r}; use one of: auto, {', '.join(COLORS)}")


def parse_switch(text: str) -> bool:
    """1 or 0, or the like. ValueError for anything else."""
    if text.lower() not in (*_YES, *_NO):
        raise ValueError(f"{text!r} is neither 1 nor 0")
    return text.lower() in _YES


# One decision each, and its reason


def _fps(environ: Mapping[str, str], asked: Asked, rates: tuple[int, int]) -> tuple[int, str]:
    if asked.fps is not None:
        return asked.fps, "asked for"
    if ssh := next((name for name in _SSH if environ.get(name)), ""):
        return rates[1], ssh
    return rates[0], "not over ssh"


def _colors(environ: Mapping[str, str], asked: Asked) -> tuple[Colors, str]:
    if asked.colors is not None:
        return asked.colors, "asked for"
    if environ.get("NO_COLOR"):
        return "none", "NO_COLOR"
    term = environ.get("TERM", "")
    named = f"TERM={term}" if term else "no TERM"
    if term in _NO_COLOR_TERMS:
        return "none", named
    if term == "linux":
        return "16", named
    # GNU screen leaves the variable of the terminal around it, but mixes up such colours.
    told = environ.get("COLORTERM", "")
    if told in ("truecolor", "24bit") and _multiplexer(environ) != "screen":
        return "truecolor", f"COLORTERM={told}"
    if term.startswith(_TRUECOLOR_TERMS) or term.endswith("-direct"):
        return "truecolor", named
    return ("256" if "256color" in term else "16"), named


def _glyphs(environ: Mapping[str, str], asked: Asked) -> tuple[Glyphs, str]:
    if asked.ascii is not None:
        return ("ascii" if asked.ascii else "unicode"), "asked for"
    name = next((each for each in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(each)), "")
    encoding = environ.get(name, "").upper().replace("-", "")
    if name and "UTF8" not in encoding:
        return "ascii", f"{name}={environ[name]}"
    if not name and (environ.get("TMUX") or environ.get("STY")):
        # Both go by the locale, too: what is not ASCII they replace.
        return "ascii", f"no LANG within {_multiplexer(environ)}"
    if environ.get("TERM") == "linux":
        return "console", "TERM=linux"
    return "unicode", f"{name}={environ[name]}" if name else "no LANG says otherwise"


def _mouse(environ: Mapping[str, str], asked: Asked) -> tuple[bool, str]:
    if asked.mouse is not None:
        return asked.mouse, "asked for"
    if environ.get("TERM") == "linux":
        return False, "TERM=linux"
    return True, "not switched off"


def _multiplexer(environ: Mapping[str, str]) -> Multiplexer:
    """The one that is next to us. ssh brings only TERM along."""
    term = environ.get("TERM", "")
    if environ.get("TMUX") or term.startswith("tmux"):
        return "tmux"
    return "screen" if environ.get("STY") or term.startswith("screen") else ""


_COLOR_WORDS: dict[Colors, str] = {
    "truecolor": "all colours",
    "256": "256 colours",
    "16": "16 colours",
    "none": "no colours",
}
_GLYPH_WORDS: dict[Glyphs, str] = {
    "unicode": "Unicode",
    "console": "the signs of the console's font",
    "ascii": "ASCII only",
}


def _clipboard_words(clipboard: bool, between: Multiplexer) -> str:
    if not clipboard:
        return "impossible (TERM=linux has no clipboard)"
    return f"by OSC 52, through {between}" if between else "by OSC 52"
