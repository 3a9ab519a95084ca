"""What changes to objects destroy, as journal entries."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from natstui.client.js.api import ObjectInfo
from natstui.client.js.object_info import encode_info
from natstui.model.journal import Entry
from natstui.model.object_chunks import ChunkReader, TransferError
from natstui.model.object_entry import ObjectEntry
from natstui.model.session import Session
from natstui.model.work import Work
from natstui.model.writing import Writer

OBJECT, INFO = "object", "object.info"
# What is larger is not saved before it is destroyed: a download is the better place for it.
MOST_SAVED = 64 * 1024 * 1024


def is_saved(entry: ObjectEntry) -> bool:
    """Whether it is small enough to be saved before it is destroyed."""
    return entry.size <= MOST_SAVED


def info_item(info: ObjectInfo) -> dict[str, Any]:
    """An info as it is stored, as a part of a line of the journal."""
    item: dict[str, Any] = json.loads(encode_info(info))
    return item


async def save_entry(
    writer: Writer, what: str, entry: ObjectEntry | None, written: str, work: Work
) -> Entry | None:
    """Save what will be destroyed; None if that is nothing, or too much.

    `written` is the nuid of what takes its place: only that may be written over again.
    """
    if entry is None or entry.info is None or entry.kind == "deleted" or not is_saved(entry):
        return None
    items = _items(writer.session, entry, entry.info, written, work)
    return await writer.save(OBJECT, entry.bucket, what, items)


async def _items(
    session: Session, entry: ObjectEntry, info: ObjectInfo, written: str, work: Work
) -> AsyncIterator[dict[str, Any]]:
    yield {"info": info_item(info), "written": written}
    if entry.link is not None or not entry.size:
        return
    reader = ChunkReader(session, entry, work)
    try:
        async with aclosing(reader.runs()) as runs:
            async for chunks in runs:
                for chunk in chunks:
                    yield {"chunk": base64.b64encode(chunk).decode("ascii")}
    except TransferError:
        return  # chunks are missing: what is there is saved
