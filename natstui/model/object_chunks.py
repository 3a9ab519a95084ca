"""The bytes of an object, read without a consumer, page by page, through restarts of the server."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator

from natstui.client import errors
from natstui.client.js.errors import BadObjectMetaError, DigestMismatchError
from natstui.client.js.object_info import STREAM_PREFIX, digest_bytes
from natstui.model.object_entry import ObjectEntry
from natstui.model.object_session import ObjectSession
from natstui.model.patience import TRANSIENT, NotYetError, Patience
from natstui.model.session import Session
from natstui.model.stream_reader import Page, StreamReader
from natstui.model.work import Work

PAGE_BYTES = 2 * 1024 * 1024  # in memory at a time


class TransferError(errors.Error):
    """Bytes could not be brought from one place to the other; the text says why."""


class LinkNowhereError(TransferError):
    """What the link stands for cannot be read."""


async def followed(session: Session, entry: ObjectEntry) -> ObjectEntry:
    """The object that an entry is, or that it is a link to, as it is now.

    Raises LinkNowhereError, TransferError, what a request to JetStream can.
    """
    if entry.kind == "object":
        return entry
    if entry.kind == "bucket link":
        raise LinkNowhereError(f"it is a link to the whole bucket {entry.target}")
    if entry.kind != "link":
        raise TransferError(f"there is nothing to read: {entry.problem or 'it was deleted'}")
    link = entry.link
    assert link is not None
    assert link.name is not None
    target = await ObjectSession(session, link.bucket).latest(link.name)
    if target is None or target.kind != "object":
        what = "is not there" if target is None else f"is {_ARTICLES[target.kind]}"
        raise LinkNowhereError(f"the link leads to {entry.target}, which {what}")
    return target


_ARTICLES = {
    "deleted": "deleted",
    "link": "a link itself",
    "bucket link": "a link to a bucket",
    "unreadable": "unreadable",
}


class ChunkReader:
    """Reads one object; `size` is how much came, `check` compares it with what was put."""

    def __init__(self, session: Session, entry: ObjectEntry, work: Work) -> None:
        self.entry = entry
        self.size = 0
        self._session = session
        self._patience = Patience(session, work)
        self._reader = self._new_reader()
        self._limit = max(1, PAGE_BYTES // entry.chunk_size)
        self._next = 1
        self._sha256 = hashlib.sha256()

    def _new_reader(self) -> StreamReader:
        stream = STREAM_PREFIX + self.entry.bucket
        subject = self.entry.chunk_subject
        return StreamReader(self._session, stream, subject, page_bytes=PAGE_BYTES)

    async def runs(self) -> AsyncGenerator[list[bytes], None]:
        """The chunks, as many at a time as a page holds.

        After a lost connection it goes on where it was. Raises TransferError if they end too soon,
        and what a request to JetStream can.
        """
        while self.size < self.entry.size:
            try:
                page = await self._read()
            except TRANSIENT as error:
                await self._patience.wait(error)
                self._reader = self._new_reader()  # it may have come to think ill of the server
                continue
            self._patience.went_on()
            self._next = page.records[-1].seq + 1
            chunks = [record.payload for record in page.records]
            self.size += sum(map(len, chunks))
            yield chunks

    async def _read(self) -> Page:
        page = await self._reader.after(self._next, self._limit)
        if not page.records:
            await self._say_why_there_is_nothing()
        return page

    async def _say_why_there_is_nothing(self) -> None:
        entry = self.entry
        now = await ObjectSession(self._session, entry.bucket).latest(entry.name)
        if now is None or now.kind == "deleted":
            raise TransferError(f"{entry.name} was deleted while it was read")
        if now.chunk_subject != entry.chunk_subject:
            raise TransferError(f"{entry.name} was replaced while it was read; read it again")
        last = await self._reader.last()
        if last is not None and last.seq >= self._next:
            raise NotYetError("a replica does not have the newest chunks yet")
        raise TransferError(
            f"chunks of {entry.name} are missing: it has {entry.size:,} bytes,"
            f" of which {self.size:,} are stored"
        )

    def hash(self, chunks: list[bytes]) -> None:
        """Add what was read to the digest; may be called from a thread."""
        for chunk in chunks:
            self._sha256.update(chunk)

    def check(self) -> str:
        """What the digest says, in words. Raises DigestMismatchError."""
        entry = self.entry
        if self.size != entry.size:
            raise DigestMismatchError(
                f"{entry.name} has {entry.size:,} bytes, and {self.size:,} came"
            )
        if not entry.digest:
            return "it has no digest that could be checked"
        try:
            wanted = digest_bytes(entry.digest)
        except BadObjectMetaError as error:
            return f"its digest cannot be checked: {error}"
        if self._sha256.digest() != wanted:
            raise DigestMismatchError(
                f"the bytes of {entry.name} are not those that its digest was made of"
            )
        return "its digest is right"
