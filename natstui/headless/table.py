"""Rows of text in columns, for people and for `awk`: nothing in them reaches the terminal as such.

Columns are two spaces apart, and the last one is not padded.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from natstui.model.safe_text import clean

_GAP = "  "
_WIDEST = 60


@dataclass(frozen=True)
class Heading:
    """Of a column; `right`: numbers, which end where their heading ends."""

    name: str
    right: bool = False


def table(headings: Sequence[Heading], rows: Sequence[Sequence[str]]) -> str:
    """The lines of a table, with a line end behind each. A cell may hold anything."""
    names = [heading.name for heading in headings]
    last = len(names) - 1
    lines = [
        [_shown(cell, whole=place == last) for place, cell in enumerate(row)]
        for row in [names, *rows]
    ]
    widths = [max(map(cells, column)) for column in zip(*lines, strict=True)]
    text = []
    for line in lines:
        padded = [
            _padded(cell, width, right=heading.right)
            for cell, width, heading in zip(line, widths, headings, strict=True)
        ]
        text.append(_GAP.join(padded).rstrip() + "\n")
    return "".join(text)


def cells(text: str) -> int:
    """How many columns of a terminal a cleaned text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of, text))


def _cells_of(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) == "Me":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _shown(cell: str, *, whole: bool) -> str:
    shown = clean(cell)
    if not whole and len(shown) > _WIDEST:
        return f"{shown[: _WIDEST - 1]}…"
    return shown


def _padded(cell: str, width: int, *, right: bool) -> str:
    space = " " * (width - cells(cell))
    return space + cell if right else cell + space
