"""One value of a key, or the mark that the key was deleted, with its place in the history.

What was written is known by headers: `KV-Operation` is of somebody who deleted or purged the key
(ADR-8), `Nats-Marker-Reason` of the server, where a value reached the end of its life (ADR-48).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from natstui.client.js.api import Header
from natstui.client.js.status import status_error
from natstui.client.js.watching import Watcher

if TYPE_CHECKING:
    from natstui.client.aio.msg import Msg
    from natstui.client.js.api import RawStreamMsg
    from natstui.client.protocol.headers import HeadersLike

KV_OP = "KV-Operation"
KV_DEL = "DEL"
KV_PURGE = "PURGE"

_SEQUENCE = f"\r\n{Header.SEQUENCE}: ".encode()
_TIME = f"\r\n{Header.TIME_STAMP}: ".encode()
_OPERATION = KV_OP.encode()
_REASON = Header.MARKER_REASON.encode()
_DELETIONS = (KV_DEL, KV_PURGE)
DOTS_WITH_TOKEN = 11  # in reply subjects that end with a random token
_of_timestamp, _of_text = datetime.fromtimestamp, datetime.fromisoformat


@dataclass(slots=True)
class Entry:
    """An entry from a KeyValue store in JetStream.

    `revision` is its place in the bucket: every write to any key has the next one. `delta` is how
    many more entries there were to come behind it (0 for the latest). `created` is when the server
    stored it (UTC). `operation` is None for a value, "DEL" or "PURGE" for the mark of a deletion,
    whose `value` is empty.
    """

    bucket: str
    key: str
    value: bytes | None
    revision: int | None
    delta: int | None
    created: datetime | None
    operation: str | None

    @property
    def is_deleted(self) -> bool:
        """Whether this is the mark of a deletion."""
        return self.operation is not None


def is_deletion(message: Msg) -> bool:
    """Whether a message fresh from the wire is the mark of a deletion."""
    head = message._head
    if head is None:
        return False
    # Most headers are the server's, of a bucket read without its values: seen without parsing.
    raw = head if isinstance(head, bytes) else message.raw_headers
    return (_OPERATION in raw or _REASON in raw) and operation_of(message.headers) is not None


def operation_of(headers: HeadersLike | None) -> str | None:
    """DEL or PURGE; None for values."""
    if not headers:
        return None
    operation = headers.get(KV_OP)
    if operation in _DELETIONS:
        return str(operation)
    reason = headers.get(Header.MARKER_REASON)
    if reason is None:
        return None
    return KV_DEL if reason == "Remove" else KV_PURGE


class EntryReader:
    """Makes entries of what a consumer delivers."""

    def __init__(self, bucket: str, prefix: str, ignore_deletes: bool = False) -> None:
        self._bucket = bucket
        self._key_starts = len(prefix)
        self._ignore_deletes = ignore_deletes
        self._last = 0

    def __call__(self, message: Msg) -> Entry | None:
        """None for what was given before, and for deletions if they are to be ignored."""
        # See `position`; this is its hot form.
        reply = message.reply
        if reply.count(".") == DOTS_WITH_TOKEN:
            reply = reply[: reply.rindex(".")]
        _, stream_seq, _, nanoseconds, pending = reply.rsplit(".", 4)
        revision = int(stream_seq)
        if revision <= self._last:
            return None
        self._last = revision
        operation = None
        if message._head is not None and is_deletion(message):
            if self._ignore_deletes:
                return None
            operation = operation_of(message.headers)
        return Entry(
            self._bucket,
            message.subject[self._key_starts :],
            message.data,
            revision,
            int(pending),
            # Whole microseconds are exact in a float; nanoseconds are not.
            _of_timestamp(int(nanoseconds) // 1000 / 1_000_000, UTC),
            operation,
        )


class KeyWatcher(Watcher[Entry]):
    """The entries of a bucket, first what is there, then what is written; see `KeyValue.watch`."""


def direct_entry(bucket: str, key: str, message: Msg) -> Entry:
    """From the answer to a direct get; raises what it says is wrong.

    The quick form of `stored_entry` and `direct_message`, for `KeyValue.get`.
    """
    if message.status is not None:
        raise status_error(message)
    head = message.raw_headers
    return Entry(
        bucket,
        key,
        message.data,
        int(_last_value(head, _SEQUENCE)),
        0,
        _of_text(_last_value(head, _TIME).decode()),
        operation_of(message.headers) if is_deletion(message) else None,
    )


def _last_value(head: bytes, start: bytes) -> bytes:
    """The value of a header that the server has put behind those that were stored."""
    at = head.rindex(start) + len(start)
    return head[at : head.index(b"\r\n", at)]


def stored_entry(bucket: str, key: str, stored: RawStreamMsg) -> Entry:
    """From a message that was read by its subject or sequence."""
    return Entry(
        bucket,
        key,
        stored.data or b"",
        stored.seq,
        0,
        stored.time,
        operation_of(stored.headers),
    )
