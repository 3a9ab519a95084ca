"""A stored message as the explorer keeps it: the same `Record` that the tail has.

`seq` is the sequence in the stream, `at` the time at which it was stored, `reply` is not stored.
"""

from __future__ import annotations

from typing import Any

from natstui.client.js.api import RawStreamMsg
from natstui.model.tail import Record

# What a server adds at the end of the headers when it answers a direct get (ADR-31).
_ADDED = frozenset(
    {
        b"Nats-Stream",
        b"Nats-Subject",
        b"Nats-Sequence",
        b"Nats-Time-Stamp",
        b"Nats-Num-Pending",
        b"Nats-Last-Sequence",
        b"Nats-UpTo-Sequence",
    }
)
_VERSION = b"NATS/1.0"


def record_of(message: RawStreamMsg, *, direct: bool) -> Record:
    """The record of a message that was read; `direct`: by a direct get, whose headers say more."""
    headers = message.hdrs or b""
    if direct:
        headers = stored_headers(headers)
    payload = message.data or b""
    at = message.time.timestamp() if message.time else 0.0
    size = len(headers) + len(payload)
    return Record(message.seq or 0, at, message.subject or "", "", headers, payload, size)


def stored_headers(block: bytes) -> bytes:
    """The header block as it was stored: without what the server added at its end."""
    if not block:
        return b""
    lines = block.rstrip(b"\r\n").split(b"\r\n")
    while len(lines) > 1 and lines[-1].partition(b":")[0] in _ADDED:
        lines.pop()
    return b"" if lines == [_VERSION] else b"\r\n".join(lines) + b"\r\n\r\n"


def stored_size(record: Record, storage: Any) -> int:
    """The bytes that a stream counts for it (nats-server: fileStoreMsgSize, memStoreMsgSize)."""
    subject, size = len(record.subject.encode()), len(record.headers) + len(record.payload)
    if storage == "memory":
        return subject + size + 16
    return 22 + subject + size + 8 + (4 if record.headers else 0)
