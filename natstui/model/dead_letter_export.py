"""Dead letters as NDJSON, each with its message as an export of messages has it.

    {"stream": "ORDERS", "consumer": "billing", "sequence": 17, "kind": "gave up", "deliveries": 5,
     "reason": "", "time": "2026-01-02T12:01:07.123456Z", "message": {"ts": …, "data": …}}

`message` is null if it is gone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from natstui.model.dead_letter import DeadLetter
from natstui.model.dead_letters import DeadLetters
from natstui.model.export import ndjson_line, timestamp
from natstui.model.tail import Record
from natstui.model.work import Work


def letter_line(letter: DeadLetter, record: Record | None) -> str:
    """One of them as a line, without its line end."""
    about = {
        "stream": letter.stream,
        "consumer": letter.consumer,
        "sequence": letter.seq,
        "kind": letter.kind,
        "deliveries": letter.deliveries,
        "reason": letter.reason,
        "time": timestamp(letter.at),
    }
    head = json.dumps(about).replace("\x7f", "\\u007f")
    message = ndjson_line(record) if record is not None else "null"
    return f'{head[:-1]}, "message": {message}}}'


async def export_letters(
    letters: DeadLetters, chosen: Sequence[DeadLetter], path: Path, work: Work
) -> int:
    """Write them to the new file `path`, but for those that are only counted; how many.

    OSError if the file exists or cannot be written; what a request to JetStream can raise.
    """
    written = 0
    with path.open("x", encoding="ascii", newline="\n") as file:
        for number, letter in enumerate(chosen, 1):
            if letter.seq:
                line = letter_line(letter, await letters.whole(letter))
                await asyncio.to_thread(file.write, f"{line}\n")
                written += 1
            work.if_cancelled = f"cancelled: {path.name} has {written:,} of them"
            work.advance(number)
    return written
