"""Changing keys: against the revision that was seen, and with what goes saved before.

    written = await put(writer, kv, "colour", b"blue", last=17)    # only if 17 is still the newest
    await delete(writer, kv, "colour", last=written)

Whoever was faster is never written over: `KeyWrongLastSequenceError` says that the key changed.
A bucket keeps so many revisions of a key; the ones that a write pushes out, and all that a purge
takes, are in the journal first. Restoring writes them again, as new revisions, and only if nobody
has written to the key since.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from natstui.client.js.api import Header
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import APIError, ErrorCode, KeyWrongLastSequenceError
from natstui.client.js.kv import ROLLUP_SUBJECT
from natstui.client.js.kv_entry import KV_DEL, KV_OP, KV_PURGE
from natstui.client.js.kv_names import check_key
from natstui.model.export import timestamp
from natstui.model.journal import Entry
from natstui.model.key_entry import KeyEntry
from natstui.model.kv_session import KeyValueSession
from natstui.model.work import Work
from natstui.model.writing import Writer

Change = Callable[[Writer, KeyValueSession, str, int], Coroutine[Any, Any, int]]
"""Changes a key if that is its newest revision; the new one."""

REVISIONS = "kv.revisions"
_WRONG_LAST = (ErrorCode.WRONG_LAST_SEQUENCE, ErrorCode.WRONG_LAST_SEQUENCE_CONSTANT)
_MARKS = {
    "DEL": {KV_OP: KV_DEL},
    "PURGE": {KV_OP: KV_PURGE, Header.ROLLUP: ROLLUP_SUBJECT},
}


async def put(
    writer: Writer,
    kv: KeyValueSession,
    key: str,
    value: bytes,
    last: int,
    *,
    ttl: str = "",
    what: str = "",
) -> int:
    """Write a value if `last` is the newest revision (0: if the key has none); the new revision.

    `ttl`: a lifetime of its own, as the server reads it ("30s", "1h"). Raises InvalidKeyError,
    KeyWrongLastSequenceError, and what `Writer.write` does.
    """
    check_key(key)
    what = what or f"{'update' if last else 'create'} {key} in bucket {kv.name}"
    saved = await _save(writer, kv, what, _pushed_out(kv, key), written=value)
    return await _write(writer, kv, what, key, value, last, ttl=ttl, saved=saved)


async def create(
    writer: Writer, kv: KeyValueSession, key: str, value: bytes, *, ttl: str = ""
) -> int:
    """Write a value if the key has none; one that was deleted has none."""
    check_key(key)
    newest = await kv.latest(key)
    if newest is not None and not newest.is_deleted:
        raise KeyWrongLastSequenceError(f"{key} has a value already, of revision {newest.revision}")
    last = newest.revision if newest else 0
    what = f"create {key} in bucket {kv.name}"
    return await put(writer, kv, key, value, last, ttl=ttl, what=what)


async def delete(writer: Writer, kv: KeyValueSession, key: str, last: int) -> int:
    """Mark the key as deleted if `last` is its newest revision; the revision of the mark."""
    what = f"delete {key} in bucket {kv.name}"
    saved = await _save(writer, kv, what, _pushed_out(kv, key), written=b"")
    return await _write(writer, kv, what, key, b"", last, mark="DEL", saved=saved)


async def purge(writer: Writer, kv: KeyValueSession, key: str, last: int) -> int:
    """Remove all revisions if `last` is the newest; only the mark of it stays."""
    what = f"purge {key} in bucket {kv.name}"
    saved = await _save(writer, kv, what, _all(kv, key), written=b"")
    return await _write(writer, kv, what, key, b"", last, mark="PURGE", saved=saved)


async def _pushed_out(kv: KeyValueSession, key: str) -> AsyncIterator[KeyEntry]:
    """The revisions that there is no room for when there is one more, the oldest first."""
    assert kv.bucket is not None, "nothing is written before the bucket was seen"
    kept = kv.bucket.history
    if kept > 0:
        async for entry in kv.oldest(key, await kv.revisions(key) + 1 - kept):
            yield entry


async def _all(kv: KeyValueSession, key: str) -> AsyncIterator[KeyEntry]:
    async for entry in kv.oldest(key, await kv.revisions(key)):
        yield entry


async def _save(
    writer: Writer,
    kv: KeyValueSession,
    what: str,
    entries: AsyncIterator[KeyEntry],
    written: bytes,
) -> Entry | None:
    """Into the journal, one by one; nothing if there is no value among them."""
    marks: list[KeyEntry] = []
    async for entry in entries:
        marks.append(entry)
        if not entry.is_deleted:
            return await writer.save(REVISIONS, kv.name, what, _items(marks, entries, written))
    return None


async def _items(
    first: list[KeyEntry], rest: AsyncIterator[KeyEntry], written: bytes
) -> AsyncIterator[dict[str, Any]]:
    for entry in first:
        yield _item(entry, written)
    async for entry in rest:
        yield _item(entry, written)


def _item(entry: KeyEntry, written: bytes) -> dict[str, Any]:
    return {
        "key": entry.key,
        "revision": entry.revision,
        "time": timestamp(entry.at),
        "operation": entry.operation,
        "ttl": entry.ttl,
        "value": base64.b64encode(entry.value).decode("ascii"),
        # What was put in its place: only that may be written over again.
        "written": hashlib.sha256(written).hexdigest(),
    }


async def _write(
    writer: Writer,
    kv: KeyValueSession,
    what: str,
    key: str,
    value: bytes,
    last: int,
    *,
    mark: str = "",
    ttl: str = "",
    saved: Entry | None = None,
) -> int:
    revision = await writer.write(
        what, lambda js: _publish(js, kv, key, value, last, mark=mark, ttl=ttl), saved
    )
    kv.saw(key, revision)
    return revision


async def _publish(
    js: JetStreamContext,
    kv: KeyValueSession,
    key: str,
    value: bytes,
    last: int,
    *,
    mark: str = "",
    ttl: str = "",
) -> int:
    assert kv.bucket is not None, "nothing is written before the bucket was seen"
    subject = kv.bucket.put_prefix(kv.session.settings.api_prefix) + key
    headers = {**_MARKS.get(mark, {}), Header.EXPECTED_LAST_SUBJECT_SEQUENCE: str(last)}
    try:
        ack = await js.publish(subject, value, headers=headers, msg_ttl=ttl or None)
    except APIError as error:
        if error.err_code in _WRONG_LAST:
            raise KeyWrongLastSequenceError(error.description) from None
        raise
    return ack.seq


# Restoring


async def restore_revisions(writer: Writer, entry: Entry, work: Work) -> str:
    """Write what was saved again, in its order. ValueError if the key changed since."""
    kv = KeyValueSession(writer.session, entry.target)
    await kv.load()
    items = list(writer.journal.items(entry))
    key = str(items[0]["key"])
    newest = await kv.latest(key)
    if newest is not None and not _is_ours(newest, items[0]["written"]):
        raise ValueError(
            f"{key} was written to since, it is at revision {newest.revision}: nothing was restored"
        )
    last = newest.revision if newest else 0

    async def write_all(js: JetStreamContext) -> int:
        revision = last
        for number, item in enumerate(items, 1):
            mark = item["operation"] and ("DEL" if item["operation"] == "DEL" else "PURGE")
            value, ttl = base64.b64decode(item["value"]), "" if mark else item["ttl"]
            revision = await _publish(js, kv, key, value, revision, mark=mark, ttl=ttl)
            work.advance(number)
        return revision

    revision = await writer.write(f"restore {entry.what}", write_all)
    back = (
        "its history back, and is deleted as it was" if items[-1]["operation"] else "its value back"
    )
    return f"{key} has {back}, as revision {revision}"


def _is_ours(newest: KeyEntry, written: str) -> bool:
    """Whether it is what the write left, or the mark of the server that its life has ended."""
    if newest.is_deleted and newest.operation not in _MARKS:
        return True
    return hashlib.sha256(newest.value).hexdigest() == written
