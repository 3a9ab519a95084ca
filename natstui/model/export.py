"""Messages as NDJSON: one JSON object a line, made to be read by `jq` and by people.

    {"ts": "2026-01-02T12:01:07.123456Z", "subject": "orders.eu.paid", "reply": null,
     "headers": {"Trace-Id": ["ab12"]}, "data": "{\\"id\\":7}"}

`ts` is when the message arrived here, UTC. `reply` is null without one. `headers` maps each key to
all its values, in order; `status` is there only if the block carries one ("503 No Responders").
The payload is in `data` if it is UTF-8, else in `data_base64`. A block of headers that cannot be
put together from these two (another order, other spaces, not UTF-8) is in `headers_base64` too, so
that nothing is lost. Everything outside printable ASCII is escaped: a terminal may show the file.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from math import floor
from pathlib import Path

from natstui.model.header_block import header_block, header_lines
from natstui.model.tail import Record

SLICE_SECONDS = 0.01
_quoted = encode_basestring_ascii


def ndjson_line(record: Record) -> str:
    """One message as a line, without its line end."""
    try:
        data = f'"data": {_quoted(record.payload.decode())}'
    except UnicodeDecodeError:
        data = f'"data_base64": "{base64.b64encode(record.payload).decode("ascii")}"'
    return _line(record, data)


def head_line(record: Record) -> str:
    """As `ndjson_line`, with the `size` of the payload in bytes instead of the payload."""
    return _line(record, f'"size": {len(record.payload)}')


def _line(record: Record, data: str) -> str:
    # Put together by hand: json.dumps of a dict takes three times as long, and a script may be
    # given a hundred thousand lines a second.
    headers, more = _headers(record.headers) if record.headers else ("{}", "")
    reply = _quoted(record.reply) if record.reply else "null"
    line = (
        f'{{"ts": "{timestamp(record.at)}", "subject": {_quoted(record.subject)}, '
        f'"reply": {reply}, "headers": {headers}, {more}{data}}}'
    )
    return line.replace("\x7f", "\\u007f")


def _headers(block: bytes) -> tuple[str, str]:
    """The headers as JSON; what else there is to say of the block, members with a comma each."""
    lines = header_lines(block, limit=len(block))
    headers: dict[str, list[str]] = {}
    for key, value in lines.pairs:
        headers.setdefault(key, []).append(value)
    more = f'"status": {json.dumps(lines.status)}, ' if lines.status else ""
    is_all = bool(headers or lines.status) and header_block(headers, lines.status) == block
    if not is_all:
        more += f'"headers_base64": "{base64.b64encode(block).decode("ascii")}", '
    return json.dumps(headers), more


def timestamp(at: float) -> str:
    """Seconds since the epoch as RFC 3339 with microseconds, UTC."""
    second = floor(at)
    micros = round((at - second) * 1_000_000)
    if micros == 1_000_000:
        second, micros = second + 1, 0
    return f"{_second(second)}.{micros:06d}Z"


@lru_cache(8)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


async def export_ndjson(records: Iterable[Record], path: Path) -> int:
    """Write `records` to the new file `path` and return how many there were; notes are left out.

    Works in slices, so that the loop goes on, and off the loop where the disk is concerned.
    OSError if the file exists (nothing is overwritten) or cannot be written.
    """
    written = 0
    messages = (record for record in records if not record.is_note)
    # Opened here and not on a thread: a wrong path is known at once, and nothing is written yet.
    with path.open("x", encoding="ascii", newline="\n") as file:
        while chunk := _slice(messages):
            await asyncio.to_thread(file.write, "".join(chunk))
            written += len(chunk)
    return written


def _slice(messages: Iterator[Record]) -> list[str]:
    deadline = time.perf_counter() + SLICE_SECONDS
    lines: list[str] = []
    for record in messages:
        lines.append(ndjson_line(record) + "\n")
        if time.perf_counter() > deadline:
            break
    return lines
