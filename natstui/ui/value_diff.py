"""What differs between two values, line by line; JSON laid out, what is no text as hex."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice

from natstui.model.decode import hex_line, hex_rows
from natstui.model.json_lines import json_lines, looks_like_json
from natstui.model.line_matcher import LineMatcher
from natstui.ui import words
from natstui.ui.drawing import Span

Line = list[Span]

MOST_LINES = 20_000
_AROUND = 3
LONGEST_LINE = 2_000
_BEFORE = 60  # characters of what is the same


async def differences(before: bytes, after: bytes) -> list[Line]:
    """As `diff_lines`, which of large values takes longer than a key press may."""
    return await asyncio.to_thread(diff_lines, before, after)


def diff_lines(before: bytes, after: bytes) -> list[Line]:
    """The differences with a few lines around each; one line that says so if there are none."""
    if before == after:
        return [[("muted", "No difference.")]]
    old, new = _lines(before, after)
    if old == new:
        return [[("muted", "Only the layout differs, not what it says.")]]
    if max(len(old), len(new)) > MOST_LINES:
        sizes = f"{words.size(len(before))} and {words.size(len(after))}"
        return [[("warn", f"They differ, and are too long to be compared here: {sizes}")]]
    return list(_differences(old, new))


def _differences(old: list[str], new: list[str]) -> Iterator[Line]:
    for number, group in enumerate(LineMatcher(old, new).get_grouped_opcodes(_AROUND)):
        if number:
            yield [("faint", "  ⋯")]
        for what, first, end, new_first, new_end in group:
            if what == "equal":
                yield from ([("muted", f"  {head(line)}")] for line in old[first:end])
            else:
                gone, come = old[first:end], new[new_first:new_end]
                at = _first_difference(gone[0], come[0]) if len(gone) == len(come) == 1 else 0
                yield from ([("bad", f"- {head(line, at)}")] for line in gone)
                yield from ([("good", f"+ {head(line, at)}")] for line in come)


def _first_difference(one: str, other: str) -> int:
    """Where two lines begin to differ."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def head(line: str, at: int = 0) -> str:
    """The line; of a long one, no more than what can be looked at, around where it differs."""
    if len(line) <= LONGEST_LINE:
        return line
    first = max(0, at - _BEFORE)
    end = first + LONGEST_LINE
    before = f"… {first:,} characters … " if first else ""
    after = f" … and {len(line) - end:,} characters more" if end < len(line) else ""
    return f"{before}{line[first:end]}{after}"


def _lines(before: bytes, after: bytes) -> tuple[list[str], list[str]]:
    try:
        texts = before.decode(), after.decode()
    except UnicodeDecodeError:
        return _hex(before), _hex(after)
    if all(looks_like_json(text) for text in texts):
        old, new = (["".join(span[1] for span in line) for line in json_lines(t)] for t in texts)
        return old, new
    old, new = (text.split("\n") for text in texts)
    return old, new


def _hex(data: bytes) -> list[str]:
    rows = range(min(hex_rows(data), MOST_LINES + 1))
    return ["".join(text for _, text in islice(hex_line(data, row), 3)) for row in rows]
