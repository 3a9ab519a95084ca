"""Changing what a bucket keeps of an object, only over what was seen; and undoing it."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from natstui.client.js import api
from natstui.client.js.api import Header, ObjectInfo, ObjectLink, ObjectMetaOptions
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import APIError
from natstui.client.js.object_info import STREAM_PREFIX, decode_info, encode_info, info_subject
from natstui.client.js.requester import to_json
from natstui.client.nuid import NUID
from natstui.client.protocol.headers import Headers
from natstui.model.journal import Entry
from natstui.model.object_chunks import TransferError
from natstui.model.object_entry import ObjectEntry
from natstui.model.object_saving import INFO, info_item, save_entry
from natstui.model.object_session import ObjectSession
from natstui.model.object_upload import WRONG_LAST, ConflictError, Put, Upload, new_info
from natstui.model.work import Work
from natstui.model.writing import Writer


async def delete(
    writer: Writer, entry: ObjectEntry, work: Work, *, chunks_are_shared: bool = False
) -> str:
    """Mark the object or link as deleted and remove its bytes; in words what was done.

    Raises ConflictError if it is not as it was seen, what a request to JetStream can, OSError.
    """
    info = _info(entry)
    what = f"delete object {entry.name} in bucket {entry.bucket}"
    saved = await save_entry(writer, what, entry, info.nuid, work)
    gone = info.evolve(deleted=True, size=0, chunks=0, digest=None)

    async def change(js: JetStreamContext) -> None:
        await _publish(js, gone, entry.revision)
        if entry.chunks and not chunks_are_shared:
            await js.purge_stream(_stream(entry.bucket), subject=entry.chunk_subject)

    await writer.write(what, change, saved)
    return f"{entry.name} is deleted" + ("; U restores it" if saved else "")


async def edit(writer: Writer, entry: ObjectEntry, changed: ObjectInfo) -> None:
    """Say something else of an object: name, description, headers, metadata are as in `changed`.

    Raises ConflictError if it is not as it was seen, or if the new name is taken.
    """
    info = _info(entry)
    what = f"change what is said of object {entry.name} in bucket {entry.bucket}"
    item = {"info": info_item(info), "name": changed.name}
    saved = await writer.save(INFO, entry.bucket, what, _one(item))

    async def change(js: JetStreamContext) -> None:
        if changed.name == entry.name:
            await _publish(js, changed, entry.revision)
            return
        place = await ObjectSession(writer.session, entry.bucket).latest(changed.name)
        if place is not None and place.kind != "deleted":
            raise ConflictError(f"there is an object {changed.name} already")
        await _publish(js, changed, place.revision if place else 0)
        await js.purge_stream(_stream(entry.bucket), subject=entry.subject, seq=entry.revision + 1)

    await writer.write(what, change, saved)


async def add_link(
    writer: Writer, bucket: str, name: str, link: ObjectLink, seen: ObjectEntry | None
) -> None:
    """Let a name stand for an object, or for a bucket; `seen` is what the name was before.

    Raises ConflictError if it is not as it was seen, or an object.
    """
    if seen is not None and seen.kind == "object":
        raise ConflictError(f"there is an object {name} already")
    info = ObjectInfo(
        name=name,
        bucket=bucket,
        nuid=NUID().next().decode(),
        size=0,
        chunks=0,
        options=ObjectMetaOptions(link=link),
    )
    what = f"link {name} in bucket {bucket} to {link.bucket}/{link.name or ''}"
    saved = await save_entry(writer, what, seen, info.nuid, Work(what))
    await writer.write(what, lambda js: _publish(js, info, seen.revision if seen else 0), saved)


async def remove_chunks(writer: Writer, bucket: str, nuids: list[str]) -> str:
    """Remove chunks that no object refers to."""
    what = f"remove the chunks that nothing refers to from bucket {bucket}: {', '.join(nuids)}"

    async def change(js: JetStreamContext) -> None:
        for nuid in nuids:
            await js.purge_stream(_stream(bucket), subject=f"$O.{bucket}.C.{nuid}")

    await writer.write(what, change)
    return f"the chunks of {len(nuids):,} are removed from {bucket}"


def editable(info: ObjectInfo) -> dict[str, Any]:
    """What a person may say of an object, to be edited as text."""
    headers = Headers(info.headers or {})
    return {
        "name": info.name,
        "description": info.description or "",
        "headers": {key: headers.get_all(key) for key in headers},
        "metadata": dict(info.metadata or {}),
    }


def edited(info: ObjectInfo, said: dict[str, Any]) -> ObjectInfo:
    """The info with what was written in the form of `editable`; ValueError says what is wrong."""
    if unknown := said.keys() - {"name", "description", "headers", "metadata"}:
        raise ValueError(f"{sorted(unknown)[0]}? It is one of name, description, headers, metadata")
    name, description = said.get("name"), said.get("description") or ""
    if not isinstance(name, str) or not name:
        raise ValueError("name is a text, and not empty")
    if not isinstance(description, str):
        raise ValueError("description is a text")
    metadata = said.get("metadata") or {}
    if not isinstance(metadata, dict) or not all(
        isinstance(each, str) for each in metadata.values()
    ):
        raise ValueError("metadata are texts by name")
    headers = said.get("headers") or {}
    if not isinstance(headers, dict) or not all(map(_is_texts, headers.values())):
        raise ValueError("headers are a text or a list of texts, by name")
    try:
        kept = Headers(headers) if headers else None
        (name + description).encode()
    except ValueError as error:  # UnicodeEncodeError, BadHeaderError
        raise ValueError(str(error)) from None
    return info.evolve(
        name=name, description=description or None, headers=kept, metadata=metadata or None
    )


def _is_texts(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
    )


# Restoring


async def restore_object(writer: Writer, entry: Entry, work: Work) -> str:
    """Put the object or link again that was saved; ValueError if the name is another's by now."""
    items = writer.journal.items(entry)
    head = next(items)
    saved = _read_info(head["info"])
    now = await ObjectSession(writer.session, entry.target).latest(saved.name)
    if now is not None and now.kind != "deleted" and not _is(now, head["written"]):
        raise ValueError(f"{saved.name} was written to since: nothing was restored")
    if saved.is_link():
        await _restore_link(writer, entry, saved, now)
        return f"the link {saved.name} is back"
    put = Put(
        entry.target, new_info(entry.target, saved.name, saved), now, verb=f"restore {entry.what}:"
    )
    with tempfile.NamedTemporaryFile(prefix="natstui-") as file:
        for item in items:
            file.write(base64.b64decode(item["chunk"]))
        file.flush()
        info = await Upload(writer, put, Path(file.name), work).run()
    whole = "" if info.size == saved.size else f", of which it had {saved.size or 0:,}"
    return f"{saved.name} is back, {info.size or 0:,} bytes{whole}"


async def _restore_link(
    writer: Writer, entry: Entry, saved: ObjectInfo, now: ObjectEntry | None
) -> None:
    what = f"restore {entry.what}"
    replaced = await save_entry(writer, what, now, saved.nuid, Work(what))

    async def change(js: JetStreamContext) -> None:
        await _publish(js, saved, now.revision if now else 0)
        if now is not None and now.chunks:
            await js.purge_stream(_stream(entry.target), subject=now.chunk_subject)

    await writer.write(what, change, replaced)


async def restore_info(writer: Writer, entry: Entry, work: Work) -> str:
    """Say of an object again what was said before; ValueError if it is another one by now."""
    item = next(writer.journal.items(entry))
    saved = _read_info(item["info"])
    now = await ObjectSession(writer.session, entry.target).latest(item["name"])
    if now is None or now.info is None or now.kind == "deleted" or not _is(now, saved.nuid):
        raise ValueError(f"{item['name']} was written to since: nothing was restored")
    await edit(writer, now, saved)
    return f"{saved.name} is described as it was"


def _read_info(item: dict[str, Any]) -> ObjectInfo:
    return decode_info(to_json(item), None)


def _is(entry: ObjectEntry, nuid: str) -> bool:
    return entry.info is not None and entry.info.nuid == nuid


# Publishing


async def _publish(js: JetStreamContext, info: ObjectInfo, last: int) -> api.PubAck:
    headers: dict[str, str] = {
        Header.ROLLUP: "sub",
        Header.EXPECTED_LAST_SUBJECT_SEQUENCE: str(last),
    }
    try:
        return await js.publish(
            info_subject(info.bucket, info.name), encode_info(info), headers=headers
        )
    except APIError as error:
        if error.err_code in WRONG_LAST:
            raise ConflictError(
                f"somebody else wrote to {info.name} meanwhile: it is as they left it"
            ) from None
        raise


def _info(entry: ObjectEntry) -> ObjectInfo:
    if entry.info is None:
        raise TransferError(f"nothing is done with it: {entry.problem}")
    return entry.info


def _stream(bucket: str) -> str:
    return STREAM_PREFIX + bucket


async def _one(item: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    yield item
