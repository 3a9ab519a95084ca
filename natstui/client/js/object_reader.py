"""Getting the bytes of an object: chunk by chunk, checked against its digest at the end."""

from __future__ import annotations

import asyncio
import hashlib
import io
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Protocol

from natstui.client.js import api
from natstui.client.js.errors import DigestMismatchError, NotFoundError
from natstui.client.js.object_info import chunk_subject, digest_bytes
from natstui.client.js.position import position
from natstui.client.js.watching import WatchSubscription
from natstui.client.options import is_coroutine_callable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from typing import Self

    from natstui.client.js.client import JetStreamContext


class Writer(Protocol):
    """A file opened for writing."""

    def write(self, data: bytes, /) -> object: ...


class AsyncWriter(Protocol):
    """What is written to by awaiting."""

    async def write(self, data: bytes, /) -> object: ...


# Bytes: a thread writes to files, and going there costs as much as some chunks.
WRITTEN_AT_ONCE = 1024 * 1024
#: Seconds that a server which lags behind is given before it is asked again.
PAUSES = (0.05, 0.1, 0.2, 0.5, 1, 2, 5)

Target = Writer | AsyncWriter | io.TextIOWrapper


class ObjectReader:
    """The bytes of an object, as they arrive; made by `ObjectStore.open`.

    `info` is the object's. Iterate over it once; leaving `async with` ends it early. It goes on
    after the connection was lost. At the end it raises DigestMismatchError if size or digest are
    not those of the info, which is also so if the object was replaced meanwhile.
    """

    def __init__(self, js: JetStreamContext, stream: str, info: api.ObjectInfo) -> None:
        self.info = info
        self._js = js
        self._stream = stream
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._last = 0  # sequence of the last chunk that came
        self._pauses = iter(PAUSES)
        self._subject = chunk_subject(info.bucket, info.nuid)
        self._sub: WatchSubscription | None = None

    async def open(self) -> Self:
        """Have the chunks sent. Raises what `add_consumer` does."""
        if self.info.size:
            await self._ask(api.ConsumerConfig())
        return self

    async def _ask(self, start: api.ConsumerConfig) -> None:
        config = start.evolve(filter_subject=self._subject)
        self._sub = await WatchSubscription(self._js, self._stream, config, once=True).open()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks()

    async def _chunks(self) -> AsyncIterator[bytes]:
        async with aclosing(self._runs()) as runs:
            async for run in runs:
                for chunk in run:
                    yield chunk

    async def _runs(self) -> AsyncGenerator[list[bytes], None]:
        """The chunks as they arrive together."""
        if self._sub is None:
            return
        while True:
            async with aclosing(self._sub.initial()) as runs:
                async for messages in runs:
                    self._last = position(messages[-1].reply).stream_seq
                    run = [message.data for message in messages]
                    self._add(run)
                    yield run
            if not await self._ask_for_the_rest():
                break
        self._check()

    def _add(self, run: list[bytes]) -> None:
        for chunk in run:
            self._sha256.update(chunk)
            self._size += len(chunk)

    async def _ask_for_the_rest(self) -> bool:
        """Go on where the end seemed to be, if it was not the end.

        The consumer may be on a server that does not have yet what its leader has acknowledged.
        """
        if self._size >= (self.info.size or 0):
            return False
        try:
            last = await self._js.get_last_msg(self._stream, self._subject)
        except NotFoundError:
            return False
        pause = next(self._pauses, None)
        if (last.seq or 0) <= self._last or pause is None:
            return False
        await asyncio.sleep(pause)
        behind = api.ConsumerConfig(
            deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=self._last + 1
        )
        await self._ask(behind)
        return True

    def _check(self) -> None:
        info = self.info
        if self._size != info.size:
            raise DigestMismatchError(
                f"object {info.name!r} has {info.size} bytes, and {self._size} came"
            )
        if info.digest and self._sha256.digest() != digest_bytes(info.digest):
            raise DigestMismatchError(f"object {info.name!r} is not what its digest says")

    async def read(self) -> bytes:
        """All of it."""
        parts: list[bytes] = []
        async for run in self._runs():
            parts += run
        return b"".join(parts)

    async def write_into(self, target: Target) -> None:
        """Write all of it to a file or to something that is written to by awaiting.

        What was written before an error is raised stays written.
        """
        waiting: list[bytes] = []
        size = 0
        async for run in self._runs():
            waiting += run
            size += sum(map(len, run))
            if size >= WRITTEN_AT_ONCE:
                await _write(target, waiting)
                waiting.clear()
                size = 0
        if waiting:
            await _write(target, waiting)

    async def close(self) -> None:
        """End it."""
        if self._sub is not None:
            self._sub.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()


async def _write(target: Any, run: list[bytes]) -> None:
    target = getattr(target, "buffer", target)  # below the text of a text file
    if is_coroutine_callable(target.write):
        for chunk in run:
            await target.write(chunk)
    elif hasattr(target, "drain"):
        target.writelines(run)
        await target.drain()
    elif isinstance(target, io.BytesIO):
        target.writelines(run)
    else:
        await asyncio.to_thread(_write_all, target, run)


def _write_all(target: Writer, run: list[bytes]) -> None:
    for chunk in run:
        rest = chunk
        # An unbuffered file may take less than it is given.
        while isinstance(written := target.write(rest), int) and written < len(rest):
            rest = rest[written:]
