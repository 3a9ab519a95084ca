"""What the explorer writes to its terminal."""

from __future__ import annotations

import codecs
import re
import time

from tests.support.hostile import FORBIDDEN
from tests.support.terminal import Terminal
from tests.support.waiting import eventually

# Colours, cursor places, line ends, synchronised output and the shape of the pointer over a text to
# be edited are all that drawing takes. At the very end, one of them may be on its way.
DRAWING = re.compile(
    r"\x1b\[[0-9;]*[mH]|\r\n|\x1b\[\?2026[hl]|\x1b\]22;[a-z]*\x07|\x1b(\[[?0-9;]*|\][0-9;a-z]*)?$"
)


async def quiet(terminal: Terminal, seconds: float) -> None:
    """Return once nothing was written for so long."""
    seen = (terminal.output_bytes, time.monotonic())

    def nothing_new() -> bool:
        nonlocal seen
        written, since = seen
        if terminal.output_bytes != written:
            seen = terminal.output_bytes, time.monotonic()
            return False
        return time.monotonic() - since > seconds

    await eventually(nothing_new, f"no output for {seconds} s", last_seen=terminal.picture)


def strange(terminal: Terminal, start: int) -> list[str]:
    """Where a byte was written, since `start`, that is neither text nor drawing; [] is well."""
    # Of the last character, too, only the first bytes may be there.
    text = DRAWING.sub("", codecs.getincrementaldecoder("utf-8")().decode(terminal.output[start:]))
    found = (FORBIDDEN | {"\x1b"}) & set(text)
    return [text[max(0, at - 40) : at + 40] for at in map(text.index, found)]
