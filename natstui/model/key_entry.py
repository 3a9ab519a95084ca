"""One revision of a key: a value, or the mark that the key was deleted, and what it says itself.

`operation` is "" for a value, else what made the mark: DEL and PURGE of somebody (ADR-8), MaxAge
where the value reached the end of its life, Purge or Remove where the server took it away (ADR-43).
"""

from __future__ import annotations

from typing import NamedTuple

from natstui.client.js.api import Header
from natstui.client.js.kv_entry import KV_OP
from natstui.model.header_block import header_lines
from natstui.model.tail import Record

_OPERATIONS = ("DEL", "PURGE")


class KeyEntry(NamedTuple):
    """`at` is when it was stored, in seconds since the epoch; `ttl` its own lifetime as it was
    asked for ("1h", "30s"), "" if it has none.
    """

    key: str
    revision: int
    at: float
    value: bytes
    operation: str
    ttl: str
    headers: bytes

    @property
    def is_deleted(self) -> bool:
        return bool(self.operation)

    @property
    def record(self) -> Record:
        """As a message to be shown."""
        size = len(self.headers) + len(self.value)
        return Record(self.revision, self.at, self.key, "", self.headers, self.value, size)


def entry_of(record: Record, prefix: str) -> KeyEntry:
    """From a stored message; `prefix` stands in front of the key in its subject."""
    operation, ttl = _marks(record.headers)
    key = record.subject.removeprefix(prefix)
    return KeyEntry(key, record.seq, record.at, record.payload, operation, ttl, record.headers)


def _marks(headers: bytes) -> tuple[str, str]:
    if not headers:
        return "", ""
    found = dict(header_lines(headers).pairs[::-1])  # of several, the first one
    operation = found.get(KV_OP, "")
    if operation not in _OPERATIONS:
        operation = found.get(Header.MARKER_REASON, "")
    return operation, found.get(Header.MSG_TTL, "")
