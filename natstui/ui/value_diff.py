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
                yield from ([("muted", f"  {line}")] for line in old[first:end])
            else:
                yield from ([("bad", f"- {line}")] for line in old[first:end])
                yield from ([("good", f"+ {line}")] for line in new[new_first:new_end])


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
