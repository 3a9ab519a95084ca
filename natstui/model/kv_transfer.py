"""Keys as NDJSON, out of a bucket and into one.

    {"bucket": "config", "key": "colour", "revision": 17, "created": "2026-01-02T12:01:07.123456Z",
     "ttl": "1h", "value": "blue"}

`ttl` is there only if the key has a lifetime of its own. What is no UTF-8 is in `value_base64`
instead. Into a bucket only `key`, `ttl` and the value are read; every line is looked at first, and
is then written only over what was seen there.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from natstui.client import errors
from natstui.client.js.errors import KeyWrongLastSequenceError
from natstui.model import kv_writing
from natstui.model.export import timestamp
from natstui.model.key_entry import KeyEntry
from natstui.model.key_names import key_problem
from natstui.model.kv_edit import ttl_problem
from natstui.model.kv_session import KeyValueSession
from natstui.model.work import Work
from natstui.model.writing import Writer

KEYS_AT_ONCE = 256
MOST_BYTES = 64 * 1024 * 1024

Mode = Literal["create", "change"]
Action = Literal["create", "change", "same", "invalid"]


def export_line(bucket: str, entry: KeyEntry) -> str:
    """One key as a line, without its line end."""
    line: dict[str, Any] = {
        "bucket": bucket,
        "key": entry.key,
        "revision": entry.revision,
        "created": timestamp(entry.at),
    }
    if entry.ttl:
        line["ttl"] = entry.ttl
    try:
        line["value"] = entry.value.decode()
    except UnicodeDecodeError:
        line["value_base64"] = base64.b64encode(entry.value).decode("ascii")
    return json.dumps(line).replace("\x7f", "\\u007f")


async def export_keys(kv: KeyValueSession, keys: Sequence[str], path: Path, work: Work) -> int:
    """Write the values of the keys to the new file `path`; how many have one.

    OSError if the file exists or cannot be written; what a request to JetStream can raise.
    """
    return await export_entries(kv.name, keys, kv.latest_of, path, work)


async def export_entries(
    bucket: str,
    keys: Sequence[str],
    read: Callable[[Sequence[str]], AsyncIterator[KeyEntry]],
    path: Path,
    work: Work,
) -> int:
    """As `export_keys`, with the revisions that `read` finds of the keys."""
    written = 0
    with path.open("x", encoding="ascii", newline="\n") as file:
        for at in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[at : at + KEYS_AT_ONCE]
            entries = [entry async for entry in read(some)]
            lines = [export_line(bucket, each) for each in entries if not each.is_deleted]
            await asyncio.to_thread(file.writelines, (f"{line}\n" for line in lines))
            written += len(lines)
            work.if_cancelled = f"cancelled: {path.name} has {written:,} of the keys"
            work.advance(at + len(some), found=written)
    return written


@dataclass
class ImportItem:
    """One line of a file. `now` is what the key holds, `action` what importing it would do,
    `result` what came of it ("" before), `failed` whether that is nothing good.
    """

    line: int
    key: str
    value: bytes
    ttl: str
    action: Action = "invalid"
    problem: str = ""
    now: KeyEntry | None = None
    result: str = ""
    failed: bool = False


def read_items(path: Path) -> list[ImportItem]:
    """The lines of a file. OSError if it cannot be read, ValueError if it is too large."""
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {MOST_BYTES // 1024**2} MiB: split it")
    items: list[ImportItem] = []
    seen: dict[str, int] = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                item = _item(number, line)
                first = seen.setdefault(item.key, number)
                if first != number and not item.problem:
                    item.problem = f"line {first} has the same key"
                items.append(item)
    return items


def _item(number: int, line: bytes) -> ImportItem:
    try:
        fields = json.loads(line)
        item = ImportItem(number, str(fields["key"]), _value(fields), str(fields.get("ttl") or ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        return ImportItem(number, "", b"", "", problem="not a JSON object with key and value")
    item.problem = key_problem(item.key) or ttl_problem(item.ttl) or ""
    return item


def _value(fields: dict[str, Any]) -> bytes:
    if "value_base64" in fields:
        return base64.b64decode(fields["value_base64"], validate=True)
    value = fields["value"]
    if not isinstance(value, str):
        raise ValueError("the value is no text")
    return value.encode()


async def look_at_items(kv: KeyValueSession, items: Sequence[ImportItem], work: Work) -> None:
    """Say of each item what importing it would do."""
    good = [item for item in items if not item.problem]
    for at in range(0, len(good), KEYS_AT_ONCE):
        some = good[at : at + KEYS_AT_ONCE]
        found = {entry.key: entry async for entry in kv.latest_of([item.key for item in some])}
        for item in some:
            item.now = found.get(item.key)
            item.action = _action(item)
        work.advance(at + len(some))


def _action(item: ImportItem) -> Action:
    if item.now is None or item.now.is_deleted:
        return "create"
    return "same" if item.now.value == item.value and item.now.ttl == item.ttl else "change"


def to_write(items: Sequence[ImportItem], mode: Mode) -> Iterator[ImportItem]:
    """Those that a run would write: new keys, and with "change" also those that differ."""
    for item in items:
        if item.action == "create" or (item.action == "change" and mode == "change"):
            yield item


async def import_items(
    writer: Writer, kv: KeyValueSession, items: Sequence[ImportItem], mode: Mode, work: Work
) -> str:
    """Write the items one by one, each only over what was seen; what came of it, in words.

    An item that the server refuses has it as its result, and the next one follows.
    """
    chosen = list(to_write(items, mode))
    work.total = len(chosen)
    for number, item in enumerate(chosen, 1):
        work.if_cancelled = f"cancelled: {number - 1:,} of {len(chosen):,} keys were looked after"
        await _import(writer, kv, item)
        work.advance(number)
    failed = sum(item.failed for item in chosen)
    done = f"{len(chosen) - failed:,} of {len(chosen):,} keys imported into {kv.name}"
    return f"{done}, {failed:,} refused" if failed else done


async def _import(writer: Writer, kv: KeyValueSession, item: ImportItem) -> None:
    last = item.now.revision if item.now else 0
    what = f"import {item.key} into bucket {kv.name}"
    try:
        revision = await kv_writing.put(
            writer, kv, item.key, item.value, last, ttl=item.ttl, what=what
        )
    except KeyWrongLastSequenceError:
        item.result, item.failed = "changed meanwhile: not written over", True
    except asyncio.CancelledError:
        item.result, item.failed = "cancelled: it may be written", True
        raise
    except errors.PublishRefusedError:
        raise
    except (errors.Error, TimeoutError) as error:
        item.result, item.failed = str(error) or "no answer: it may be written", True
    else:
        item.result, item.failed = f"revision {revision:,}", False
