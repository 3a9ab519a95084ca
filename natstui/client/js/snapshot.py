"""Snapshots: a whole stream, sent at the pace of who writes it down."""

from __future__ import annotations

import asyncio
import builtins
from typing import TYPE_CHECKING, Any

from natstui.client.aio.subscription import Subscription
from natstui.client.errors import Error, TimeoutError, UnexpectedEOF
from natstui.client.js import api
from natstui.client.js.requester import checked_name
from natstui.client.js.status import status_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Self

    from natstui.client.aio.msg import Msg
    from natstui.client.js.requester import Requester
    from natstui.client.js.restore import Progress

CHUNK = 128 * 1024  # bytes
END = 204


class Snapshot:
    """A stream as chunks of bytes; made by `JetStreamManager.snapshot_stream`.

        async with await js.snapshot_stream("ORDERS") as snapshot:
            async for chunk in snapshot:
                file.write(chunk)

    `config` and `state` are those of the stream when it was made, and needed to restore it.
    `received` counts bytes. A chunk is asked for when the one before it was taken, so what waits
    in memory is bounded.

    Iterating raises TimeoutError when the server goes silent, UnexpectedEOF when the connection is
    lost, an APIError when the server gives up: there is no going on, begin anew.
    """

    def __init__(
        self,
        inbox: _Inbox,
        config: api.StreamConfig,
        state: api.StreamState,
        progress: Progress | None,
    ) -> None:
        self._inbox = inbox
        self._progress = progress
        self.received = 0
        self.config = config
        self.state = state

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._inbox.leave()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while (chunk := await self._inbox.next_chunk()).data:
                self.received += len(chunk.data)
                yield chunk.data
                await self._inbox.acknowledge(chunk)
                if self._progress is not None:
                    self._progress(self.received)
            if chunk.status not in (None, END):
                raise status_error(chunk)
        finally:
            self._inbox.leave()


class _Inbox(Subscription):
    """Where the chunks arrive."""

    _silent = True

    def __init__(self, js: Requester) -> None:
        super().__init__(js._nc, 0, js._nc.new_inbox(), pending_msgs_limit=0, pending_bytes_limit=0)
        self._timeout = js._timeout
        self._lost = False

    async def next_chunk(self) -> Msg:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._next()
        except Error:
            raise
        except builtins.TimeoutError:
            raise TimeoutError(
                f"nats: the snapshot did not go on for {self._timeout:g} s"
            ) from None

    async def _next(self) -> Msg:
        while True:
            for message in self._run:
                return message
            if self._advance():
                continue
            if self._lost:
                raise UnexpectedEOF("nats: the connection was lost during the snapshot")
            if self._finished():
                self._check_usable()
            await self._arrival()

    async def acknowledge(self, chunk: Msg) -> None:
        """It was taken: the next one may come. The last one needs none."""
        if chunk.reply:
            await self._conn.publish(chunk.reply)

    def _resumed(self) -> None:
        # What was on its way did not come.
        self._lost = True
        self._wake()

    def leave(self) -> None:
        if not (self._closed or self._conn.is_closed):
            self._conn._unsubscribe(self, 0)


async def snapshot(
    js: Requester,
    stream: str,
    consumers: bool,
    check: bool,
    chunk_size: int,
    window: int,
    progress: Progress | None,
) -> Snapshot:
    """Begin a snapshot; see `JetStreamManager.snapshot_stream`."""
    if chunk_size < 1024 or window < chunk_size:
        raise ValueError("nats: chunk_size must be 1024 at least, chunks_ahead 1 at least")
    inbox = _Inbox(js)
    js._nc._open(inbox)
    request: dict[str, Any] = {
        "deliver_subject": inbox.subject,
        "no_consumers": not consumers,
        "jsck": check,
        "chunk_size": chunk_size,
        "window_size": window,
    }
    try:
        subject = f"STREAM.SNAPSHOT.{checked_name('stream', stream)}"
        answer = await js._api_request(subject, request, sub=inbox)
    except BaseException:
        inbox.leave()
        raise
    config = api.StreamConfig.from_response(answer["config"])
    state = api.StreamState.from_response(answer["state"])
    return Snapshot(inbox, config, state, progress)
