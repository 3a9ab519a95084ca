"""Stand-ins for the signs that not every terminal has: the one place that knows of any.

Everything is drawn with the signs that we like best, borders and scrollbars of Textual among them.
Where the terminal has fewer, each is replaced on its way out, by one that takes as many cells. What
somebody sent is drawn the same way; of what there is no stand-in for, there is a question mark.
"""

# ruff: noqa: RUF001 (signs that look like others are what this is about)

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from natstui.model.terminal import Glyphs

UNKNOWN = "?"

_ASCII = {
    # states, marks, arrows
    "●": "*",
    "◌": "o",
    "○": "o",
    "◆": "*",
    "▲": "!",
    "‖": "|",
    "✓": "+",
    "✗": "x",
    "√": "+",
    "↓": "v",
    "↑": "^",
    "→": ">",
    "←": "<",
    "▾": "v",
    "▸": ">",
    "▼": "v",
    "►": ">",
    "›": ">",
    "◀": "<",
    "▶": ">",
    "⏺": "*",
    "■": "#",
    "□": ".",
    "▪": "*",
    "•": "*",
    "◉": "*",
    "⌄": "v",
    # punctuation
    "·": "-",
    "…": "~",
    "⋯": "~",
    "—": "-",
    "–": "-",
    "×": "x",
    "±": "~",
    "¦": "|",
    "µ": "u",
    "°": "o",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "«": "<",
    "»": ">",
    "\N{NO-BREAK SPACE}": " ",
    # bars, as high or as long as they are full
    **dict(zip("▁▂▃▄▅▆▇█", "__..--=#", strict=True)),
    **dict(zip("▏▎▍▌▋▊▉", "|||||##", strict=True)),
    "░": ".",
    "▒": ":",
    "▓": "#",
    "▀": "^",
    "▐": "|",
    "▔": "-",
    "▕": "|",
    # lines and corners, of all weights
    **dict.fromkeys("─━┄┅┈┉╌╍╴╶╸╺═", "-"),
    **dict.fromkeys("│┃┆┇┊┋╎╏╵╷╹╻║", "|"),
    **dict.fromkeys("┌┍┎┏┐┑┒┓└┕┖┗┘┙┚┛├┝┠┣┤┥┨┫┬┯┰┳┴┷┸┻┼┿╂╋╭╮╯╰", "+"),
    **dict.fromkeys("╒╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡╢╣╤╥╦╧╨╩╪╫╬", "+"),
    **dict.fromkeys("▖▗▘▙▚▛▜▝▞▟", "#"),
}

# Signs that stand for keys are words where there is room for them.
_KEYS = {"⏎": "enter", "⌫": "bksp", "↑": "up", "↓": "down", "←": "left", "→": "right"}

# What the fonts of the Linux console have (code page 437 and those made for Latin-1 alike).
_CONSOLE_HAS = frozenset(map(chr, range(0xC0, 0x100))) | frozenset(
    "─│┌┐└┘├┤┬┴┼═║╔╗╚╝╠╣╦╩╬█▄▀▌▐░▒▓■·°«»↑↓→←▲►▼◄•µ×"
)
_CONSOLE = {
    "●": "•",
    "○": "o",
    "◌": "o",
    "◆": "■",
    "▾": "▼",
    "▸": "►",
    "‖": "║",
    "▶": "►",
    **dict(zip("▁▂▃▅▆▇", "__▄▄██", strict=True)),
    **dict(zip("╭╮╰╯", "┌┐└┘", strict=True)),
    **dict.fromkeys("━╴╶╸╺", "─"),
    **dict.fromkeys("┃╵╷╹╻", "│"),
}


class FewerGlyphs(LineFilter):
    """Only what `glyphs` says that the terminal has, in the same cells."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(enabled=glyphs != "unicode")
        self._in_place = lru_cache(1024)(console if glyphs == "console" else ascii_only)

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Replace what the terminal has no sign for; control segments are Textual's own."""
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(self._in_place(segment.text), segment.style)
            for segment in segments
        ]


def ascii_only(text: str) -> str:
    """`text` with ASCII alone, in as many cells."""
    return "".join(char if char.isascii() else _stand_in(char, _ASCII) for char in text)


def console(text: str) -> str:
    """`text` with what the Linux console has, and ASCII, in as many cells."""
    return "".join(
        char if char.isascii() or char in _CONSOLE_HAS else _stand_in(char, _ASCII | _CONSOLE)
        for char in text
    )


def key_in_words(name: str) -> str:
    """A key's name without signs."""
    for sign, word in _KEYS.items():
        name = name.replace(sign, word)
    return name


def has_stand_in(char: str) -> bool:
    """Whether somebody thought of this sign."""
    return char.isascii() or char in _ASCII


def _stand_in(char: str, known: dict[str, str]) -> str:
    # Marks take no cell, wide characters two.
    return known.get(char) or UNKNOWN * cell_len(char)
