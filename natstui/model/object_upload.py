"""A file into a bucket: chunk by chunk, several under way at a time, all or nothing (ADR-20).

A server that goes away in the middle does not end it. What was acknowledged may be lost with a
server that is killed, and what was not may be stored: so after each interruption what is there is
read and compared with the file, and sending goes on behind it. Only then is the info published,
over what was seen and nothing else.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from array import array
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from natstui.client import errors
from natstui.client.js.api import Header, ObjectInfo, ObjectMetaOptions, PubAck
from natstui.client.js.client import JetStreamContext
from natstui.client.js.errors import APIError, ErrorCode, NotFoundError
from natstui.client.js.object_info import (
    STREAM_PREFIX,
    chunk_subject,
    digest_text,
    encode_info,
    info_subject,
)
from natstui.client.nuid import NUID
from natstui.model.asking import ask, connected, jetstream
from natstui.model.object_chunks import TransferError
from natstui.model.object_entry import ObjectEntry
from natstui.model.object_saving import save_entry
from natstui.model.object_session import ObjectSession, count_messages
from natstui.model.patience import TRANSIENT, NotYetError, Patience
from natstui.model.session import Session
from natstui.model.stream_reader import StreamReader
from natstui.model.work import Work
from natstui.model.writing import Writer

CHUNK = 128 * 1024
WINDOW = 4 * 1024 * 1024  # bytes that are sent and not acknowledged
COMMIT_SECONDS = 10.0  # that a cancelled upload waits for an answer that is on its way
_HEADERS_ROOM = 1024  # of a message, for what JetStream puts beside a chunk
_AT_ONCE = 64  # chunks that are read again at a time
WRONG_LAST = (ErrorCode.WRONG_LAST_SEQUENCE, ErrorCode.WRONG_LAST_SEQUENCE_CONSTANT)


class ConflictError(TransferError):
    """Somebody else wrote to the name meanwhile."""


@dataclass
class Put:
    """What will be put: `meta` has name, description, headers and metadata, `replaced` is what was
    seen under that name. `chunks_are_shared`: another object refers to the bytes of that one too.
    """

    bucket: str
    meta: ObjectInfo
    replaced: ObjectEntry | None = None
    chunks_are_shared: bool = False
    verb: str = "put"

    @property
    def what(self) -> str:
        return f"{self.verb} object {self.meta.name} in bucket {self.bucket}"


def new_info(bucket: str, name: str, like: ObjectInfo | None = None) -> ObjectInfo:
    """The info of a new version of an object, with what people said of the one before."""
    said = like or ObjectInfo(name=name, bucket=bucket, nuid="")
    return ObjectInfo(
        name=name,
        bucket=bucket,
        nuid=NUID().next().decode(),
        description=said.description,
        headers=said.headers,
        metadata=said.metadata,
        options=ObjectMetaOptions(max_chunk_size=CHUNK),
    )


class Upload:
    """One file on its way; `aftermath` says what is left behind when it did not arrive."""

    def __init__(self, writer: Writer, put: Put, path: Path, work: Work) -> None:
        self.writer = writer
        self.put = put
        self.path = path
        self.work = work
        self.aftermath = ""
        self.stream = STREAM_PREFIX + put.bucket
        self.subject = chunk_subject(put.bucket, put.meta.nuid)
        self._objects = ObjectSession(writer.session, put.bucket)
        self._patience = Patience(writer.session, work)
        self._seqs = array("Q")  # of the chunks that are stored, in their order
        self._sha256 = hashlib.sha256()
        self._hashed = 0
        self._descriptor = -1
        self._size = 0
        self._chunk_size = CHUNK
        self._began = False
        self._js: JetStreamContext | None = None

    @property
    def session(self) -> Session:
        return self.writer.session

    async def run(self) -> ObjectInfo:
        """Send it all; the info that was stored.

        If it fails or is cancelled, what was sent is removed again. Raises OSError, TransferError,
        what a request to JetStream can.
        """
        # Not only at the end: what is sent must be able to be written down.
        await asyncio.to_thread(self.writer.journal.check_audit)
        self._descriptor = os.open(self.path, os.O_RDONLY)
        try:
            await self._run()
        finally:
            os.close(self._descriptor)
            with suppress(errors.Error):
                await self._close_inbox()
        return self.put.meta

    async def _run(self) -> None:
        before = os.fstat(self._descriptor)
        self._size = self.work.total = before.st_size
        try:
            await self._prepare()
            await self._send_all()
            after = os.fstat(self._descriptor)
            if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                raise TransferError(f"{self.path} was written to while it was read")
            await self._count()
            info = self.put.meta
            info.size, info.chunks = self._size, len(self._seqs)
            info.digest = digest_text(self._sha256.digest())
            saved = await save_entry(
                self.writer, self.put.what, self.put.replaced, info.nuid, self.work
            )
        except BaseException:
            await self._discard()
            raise
        commit = asyncio.create_task(self.writer.write(self.put.what, self._commit, saved))
        await self._outcome_of(commit)

    # Chunks

    async def _prepare(self) -> None:
        await self._objects.load()
        bucket = self._objects.bucket
        assert bucket is not None, "it was loaded"
        if bucket.why_unchangeable:
            raise TransferError(bucket.why_unchangeable)
        info = connected(self.session).server_info
        limits = [CHUNK, bucket.max_message]
        if info is not None and info.max_payload:
            limits.append(info.max_payload - _HEADERS_ROOM)
        self._chunk_size = max(1, min(limit for limit in limits if limit))
        self.put.meta.options = ObjectMetaOptions(max_chunk_size=self._chunk_size)

    async def _send_all(self) -> None:
        is_known = True
        while True:
            try:
                if not is_known:
                    await ask(self.session, self._look_what_is_stored())
                    is_known = True
                await ask(self.session, self._send())
            except TRANSIENT as error:
                is_known = False
                await self._patience.wait(error)
            else:
                return

    async def _send(self) -> None:
        """Send what is not stored yet."""
        sent: deque[tuple[int, asyncio.Future[PubAck]]] = deque()
        under_way = 0
        index = first = len(self._seqs)
        try:
            while chunk := await asyncio.to_thread(self._read, index):
                self._check_connected()
                while sent and under_way + len(chunk) > WINDOW:
                    under_way -= await self._acknowledged(sent)
                if index == first:
                    await self._send_first(chunk)
                else:
                    future = await self._context().publish_async(self.subject, chunk)
                    sent.append((len(chunk), future))
                    under_way += len(chunk)
                index += 1
            while sent:
                await self._acknowledged(sent)
        finally:
            # What is under way would be stored behind whatever is done next.
            if futures := [future for _, future in sent]:
                await asyncio.wait(futures)
            for future in futures:
                if not future.cancelled():
                    future.exception()  # not of interest any more, and known to have been seen

    def _check_connected(self) -> None:
        """What is published without a connection is sent later, behind what was lost."""
        connected(self.session)

    async def _send_first(self, chunk: bytes) -> None:
        """The first one after an interruption: only if nothing else arrived meanwhile."""
        last = self._seqs[-1] if self._seqs else 0
        self._began = True
        try:
            ack = await self._context().publish(
                self.subject,
                chunk,
                headers={Header.EXPECTED_LAST_SUBJECT_SEQUENCE: str(last)},
            )
        except APIError as error:
            if error.err_code in WRONG_LAST:
                raise NotYetError("an earlier chunk arrived late") from None
            raise
        self._stored(ack, len(chunk))

    async def _acknowledged(self, sent: deque[tuple[int, asyncio.Future[PubAck]]]) -> int:
        size, future = sent[0]
        ack = await asyncio.shield(future)
        sent.popleft()
        self._stored(ack, size)
        return size

    def _stored(self, ack: PubAck, size: int) -> None:
        # One that nobody heard was sent again, behind later ones.
        if self._seqs and ack.seq <= self._seqs[-1]:
            raise NotYetError("chunks were not stored in their order")
        self._seqs.append(ack.seq)
        self.work.advance(min(self._size, len(self._seqs) * self._chunk_size))
        self._patience.went_on()

    def _read(self, index: int) -> bytes:
        """A chunk of the file, as it is; in a thread."""
        offset = index * self._chunk_size
        wanted = min(self._chunk_size, self._size - offset)
        chunk = b""
        while len(chunk) < wanted:
            piece = os.pread(self._descriptor, wanted - len(chunk), offset + len(chunk))
            if not piece:
                raise TransferError(f"{self.path} became shorter while it was read")
            chunk += piece
        if index == self._hashed and chunk:
            self._sha256.update(chunk)
            self._hashed += 1
        return chunk

    # After an interruption

    async def _look_what_is_stored(self) -> None:
        """Find out which chunks are there, and remove those that are not where they belong.

        A killed server loses the end of what it acknowledged, and gives its sequences away again.
        """
        await connected(self.session).flush()
        known, step = len(self._seqs), 1
        while known and not await self._is_stored(known - 1):
            known, step = max(0, known - step), step * 2
        del self._seqs[known:]
        wrong: list[int] = []
        reader = StreamReader(self.session, self.stream, self.subject)
        # A replica may not have the newest ones yet: then the next chunk is refused, and this is
        # done again.
        seq = self._seqs[-1] + 1 if self._seqs else 1
        while records := (await reader.after(seq, _AT_ONCE)).records:
            for record in records:
                if not wrong and await self._is_chunk(len(self._seqs), record.payload):
                    self._seqs.append(record.seq)
                else:
                    wrong.append(record.seq)
            seq = records[-1].seq + 1
        for each in wrong:
            await self._context().delete_msg(self.stream, each, no_erase=True)
        self.work.advance(min(self._size, len(self._seqs) * self._chunk_size))

    async def _is_stored(self, index: int) -> bool:
        try:
            message = await self._context().get_msg(self.stream, self._seqs[index])
        except NotFoundError as error:
            if error.err_code == ErrorCode.MESSAGE_NOT_FOUND:
                return False
            raise
        return message.subject == self.subject and await self._is_chunk(index, message.data or b"")

    async def _is_chunk(self, index: int, payload: bytes) -> bool:
        return index < self._hashed and payload == await asyncio.to_thread(self._read, index)

    async def _count(self) -> None:
        """As many as were sent, or it is not what the file is."""
        stored = await self._asked_until_answered()
        if stored != len(self._seqs):
            raise TransferError(
                f"the server keeps {stored:,} of {len(self._seqs):,} chunks; put it again"
            )

    async def _asked_until_answered(self) -> int:
        while True:
            try:
                return await count_messages(self.session, self.stream, self.subject)
            except TRANSIENT as error:
                await self._patience.wait(error)

    # The end

    async def _commit(self, _: JetStreamContext) -> None:
        """All chunks are stored: put the info in the place of what was seen there."""
        is_sure = True
        while True:
            try:
                if is_sure or not await self._is_ours():
                    await self._publish_info()
                break
            except TRANSIENT as error:
                # It may have been stored all the same.
                is_sure = False
                await self._patience.wait(error)
        self._patience.went_on()
        await self._purge_replaced()

    async def _publish_info(self) -> None:
        info, replaced = self.put.meta, self.put.replaced
        try:
            await self._context().publish(
                info_subject(info.bucket, info.name),
                encode_info(info),
                headers={
                    Header.ROLLUP: "sub",
                    Header.EXPECTED_LAST_SUBJECT_SEQUENCE: str(
                        replaced.revision if replaced else 0
                    ),
                },
            )
        except APIError as error:
            if error.err_code not in WRONG_LAST:
                raise
            if not await self._is_ours():
                raise ConflictError(
                    f"somebody else wrote to {info.name} meanwhile: it is as they left it"
                ) from None

    async def _is_ours(self) -> bool:
        now = await self._objects.latest(self.put.meta.name)
        return now is not None and now.info is not None and now.info.nuid == self.put.meta.nuid

    async def _purge_replaced(self) -> None:
        replaced = self.put.replaced
        if replaced is None or not replaced.chunks or self.put.chunks_are_shared:
            return
        try:
            await self._context().purge_stream(self.stream, subject=replaced.chunk_subject)
        except (errors.Error, TimeoutError) as error:
            self.aftermath = (
                f"the chunks of the one before are left under {replaced.chunk_subject}: {error}"
            )

    async def _outcome_of(self, commit: asyncio.Task[None]) -> None:
        try:
            await asyncio.shield(commit)
        except asyncio.CancelledError:
            # Half of it would be an object without bytes.
            await asyncio.wait([commit], timeout=COMMIT_SECONDS)
            if commit.done() and commit.exception() is None:
                self.aftermath = "that was too late, it is stored"
            elif commit.done():
                await self._discard()
            else:
                commit.cancel()
                await asyncio.wait([commit])
                self.aftermath = "no answer came: look whether it is stored"
            raise
        except TRANSIENT:
            self.aftermath = "no answer came: look whether it is stored"
            raise
        except BaseException:
            await self._discard()
            raise

    async def _discard(self) -> None:
        """Remove what was stored, and say what is left; waits for a server, until cancelled."""
        if not self._began:
            self.aftermath = "nothing of it was sent"
            return
        left = f"what was sent of it is left under {self.subject}"
        what = f"remove the chunks of {self.put.meta.name}, not completely put, in bucket"
        try:
            while True:
                try:
                    await connected(self.session).flush()
                    self.work.note = "removing what was sent"
                    await self.writer.write(
                        f"{what} {self.put.bucket}",
                        lambda js: js.purge_stream(self.stream, subject=self.subject),
                    )
                    if not await count_messages(self.session, self.stream, self.subject):
                        break
                except TRANSIENT as error:
                    await self._patience.wait(error)
        except NotFoundError:
            self.aftermath = "nothing of it is left: the bucket is gone"
        except (asyncio.CancelledError, errors.Error, OSError, TimeoutError) as error:
            self.aftermath = left
            if isinstance(error, asyncio.CancelledError):
                raise
        else:
            self.aftermath = f"nothing of it is left in {self.put.bucket}"

    # JetStream

    def _context(self) -> JetStreamContext:
        """The same one for as long as the client is: its acknowledgements have an inbox."""
        client = connected(self.session)
        if self._js is None or self._js._nc is not client:
            self._js = jetstream(self.session)
        return self._js

    async def _close_inbox(self) -> None:
        publisher = self._js._publisher if self._js is not None else None
        if publisher is not None and not publisher._closed:
            await publisher.unsubscribe()
