"""Sending the bytes of an object: several chunks under way at a time, in order, all or nothing."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from typing import TYPE_CHECKING

import natstui.client.errors
from natstui.client.js.errors import Error
from natstui.client.js.object_info import digest_text

if TYPE_CHECKING:
    from natstui.client.js.api import PubAck
    from natstui.client.js.client import JetStreamContext

# Bytes that are sent and not acknowledged: enough that nobody waits, little enough to keep.
WINDOW = 4 * 1024 * 1024


class Upload:
    """The chunks of one object. `size` in bytes, `chunks` how many; `digest` when all are sent."""

    def __init__(self, js: JetStreamContext, stream: str, subject: str) -> None:
        self._js = js
        self._stream = stream
        self._subject = subject
        self._sha256 = hashlib.sha256()
        self._sent: deque[tuple[int, asyncio.Future[PubAck]]] = deque()
        self._unacknowledged = 0  # bytes
        self._last_seq = 0
        self.size = 0
        self.chunks = 0

    @property
    def digest(self) -> str:
        """As it is stored in the info."""
        return digest_text(self._sha256.digest())

    async def send(self, chunk: bytes) -> None:
        """Send one more, when there is room. Raises what is wrong with it or an earlier one."""
        while self._sent and self._unacknowledged + len(chunk) > WINDOW:
            await self._acknowledged()
        self._sent.append((len(chunk), await self._js.publish_async(self._subject, chunk)))
        self._unacknowledged += len(chunk)
        self._sha256.update(chunk)
        self.size += len(chunk)
        self.chunks += 1

    async def finish(self) -> None:
        """Wait until all are stored."""
        while self._sent:
            await self._acknowledged()

    async def _acknowledged(self) -> None:
        size, future = self._sent[0]
        ack = await asyncio.shield(future)
        self._sent.popleft()
        self._unacknowledged -= size
        # One that nobody heard was sent again, behind later ones. Who reads would get them so.
        if ack.seq <= self._last_seq:
            raise Error("the chunks of the object were not stored in order; put it again")
        self._last_seq = ack.seq

    async def discard(self) -> None:
        """Remove what was stored; what cannot be removed is reported."""
        if not self.chunks and not self._sent:
            return
        # What is still under way would be stored after the purge.
        if futures := [future for _, future in self._sent]:
            await asyncio.wait(futures)
        for future in futures:
            future.exception()  # not of interest any more, and known to have been seen
        await purge_chunks(self._js, self._stream, self._subject)


async def purge_chunks(js: JetStreamContext, stream: str, subject: str) -> None:
    """Remove chunks that nobody refers to. It is not the caller's affair if that fails."""
    try:
        await js.purge_stream(stream, subject=subject)
    except natstui.client.errors.Error as error:
        js._nc._report(error)
