"""What a terminal shows after the bytes that a program wrote to it."""

from __future__ import annotations

import codecs
import copy
import re
from typing import Any

import pyte
from pyte.screens import Char

# Escape sequences that pyte would print instead of ignoring them: those of kitty's keyboard and
# xterm's keys ("<", "=", ">" first), questions about modes ("$p"), and strings to the terminal.
UNKNOWN_TO_PYTE = re.compile(
    r"\x1b\[[<=>][0-9;:]*[ -/]*[@-~]"
    r"|\x1b\[\??[0-9;]*\$[@-~]"
    r"|\x1b[PX^_][^\x1b]*\x1b\\"
)

# An escape sequence at the end of a read whose rest is still to come.
INCOMPLETE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[]PX^_][^\x07\x1b]*\x1b?|[ -/]*)?\Z")

ALTERNATE_SCREEN = 1049


class _Screen(pyte.Screen):
    """pyte's screen, with the alternate screen that full-screen programs use."""

    _main: Any = None

    def set_mode(self, *modes: int, **options: Any) -> None:
        super().set_mode(*modes, **options)
        if options.get("private") and ALTERNATE_SCREEN in modes and self._main is None:
            self._main = copy.deepcopy(self.buffer), copy.copy(self.cursor)
            self.erase_in_display(2)

    def reset_mode(self, *modes: int, **options: Any) -> None:
        super().reset_mode(*modes, **options)
        if options.get("private") and ALTERNATE_SCREEN in modes and self._main is not None:
            self.buffer, self.cursor = self._main
            self._main = None
            self.dirty.update(range(self.lines))


class Display:
    """A screen of a given size that is fed with bytes, in any pieces."""

    def __init__(self, columns: int, rows: int) -> None:
        self._screen = _Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._held_back = ""

    def feed(self, data: bytes) -> None:
        text = self._held_back + self._decode(data)
        end = INCOMPLETE.search(text)
        cut = end.start() if end else len(text)
        self._held_back = text[cut:]
        self._stream.feed(UNKNOWN_TO_PYTE.sub("", text[:cut]))

    def resize(self, columns: int, rows: int) -> None:
        self._screen.resize(lines=rows, columns=columns)

    @property
    def lines(self) -> list[str]:
        """The visible text, a string a row, without the spaces at the end of a row."""
        # Not pyte's own `display`: a read may end between the halves of what was a wide character,
        # and it fails over the empty cell that is left of one.
        cells, columns = self._screen.buffer, range(self._screen.columns)
        rows = range(self._screen.lines)
        return ["".join(cells[row][column].data for column in columns).rstrip() for row in rows]

    def cell(self, row: int, column: int) -> Char:
        """One character with its look: data, fg, bg, bold, italics, underscore, reverse …"""
        return self._screen.buffer[row][column]

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column, from 0."""
        return self._screen.cursor.y, self._screen.cursor.x

    @property
    def title(self) -> str:
        return self._screen.title

    @property
    def private_modes(self) -> set[int]:
        """The numbers of the DEC private modes that are on, such as 1049 (alternate screen),
        1000 (mouse), 2004 (bracketed paste), 25 (visible cursor)."""
        # pyte keeps them apart from the ANSI modes by five bits.
        return {mode >> 5 for mode in self._screen.mode if mode >= 32 and not mode & 31}
