"""Publishing to streams: one message, many at a time, all or nothing, later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from natstui.client.errors import NoRespondersError
from natstui.client.js import api
from natstui.client.js.acknowledgement import Acknowledgements
from natstui.client.js.atomic_batch import AtomicBatch
from natstui.client.js.errors import NoStreamResponseError
from natstui.client.js.fast_batch import FastBatch
from natstui.client.js.publish_headers import publish_headers
from natstui.client.js.publisher import ATTEMPTS, PAUSE_BEFORE_REPEAT, AsyncPublisher
from natstui.client.js.requester import Requester
from natstui.client.js.schedule import schedule_headers, schedule_level

if TYPE_CHECKING:
    from datetime import datetime

    from natstui.client.aio.client import Client
    from natstui.client.aio.msg import Msg
    from natstui.client.protocol.headers import HeadersLike

TTL_LEVEL = 1
SMALL = 4096  # bytes; few enough of them wait in the outbox


class Publishing(Requester):
    """The part of the context that publishes."""

    _publish_async_max_pending = 4000
    _publisher: AsyncPublisher | None = None

    def __init__(self, conn: Client, prefix: str, timeout: float) -> None:
        super().__init__(conn, prefix, timeout)
        self._acknowledgements = Acknowledgements()

    async def publish(
        self,
        subject: str,
        payload: bytes = b"",
        timeout: float | None = None,
        stream: str | None = None,
        headers: HeadersLike | None = None,
        *,
        msg_ttl: float | str | None = None,
    ) -> api.PubAck:
        """publish emits a new message to JetStream, and waits until it is stored.

        `timeout`: seconds for the acknowledgement (None: that of the context). `stream`: the one
        that must store it. `msg_ttl`: its lifetime in seconds, 1 at least, or "never" (the stream
        must allow it; server 2.11).

        Raises NoStreamResponseError if no stream has the subject, also half a second later (it may
        be between two leaders, ADR-22); TimeoutError; the APIError that the stream answers with;
        ApiLevelError for a lifetime that the server would ignore; ValueError for a timeout that is
        none.
        """
        if msg_ttl is not None:
            self._check_level(TTL_LEVEL)
        if stream is not None or msg_ttl is not None:
            headers = publish_headers(headers, stream, msg_ttl)
        return self._acknowledgements.read(await self._publish(subject, payload, headers, timeout))

    async def publish_async(
        self,
        subject: str,
        payload: bytes = b"",
        wait_stall: float | None = None,
        stream: str | None = None,
        headers: HeadersLike | None = None,
        msg_ttl: float | str | None = None,
    ) -> asyncio.Future[api.PubAck]:
        """Publish without waiting for the acknowledgement, which the future is.

        It waits only while `publish_async_max_pending` others are not acknowledged: at most
        `wait_stall` seconds (None: for as long as it takes), then raises TooManyStalledMsgsError.
        The future raises what `publish` does.
        """
        publisher = self._publisher
        if publisher is None or publisher._closed:
            publisher = self._new_publisher()
        if msg_ttl is not None:
            self._check_level(TTL_LEVEL)
        if stream is not None or msg_ttl is not None:
            headers = publish_headers(headers, stream, msg_ttl)
        if len(publisher.outstanding) >= publisher.most:
            await publisher.room(wait_stall)
        future = publisher.send(subject, payload, headers)
        outbox = self._nc._outbox
        if len(outbox.pieces) >= publisher.write_at or (len(payload) > SMALL and outbox.full):
            await outbox.relieve()
        return future

    def _new_publisher(self) -> AsyncPublisher:
        publisher = AsyncPublisher(self._nc, self._publish_async_max_pending, self._timeout)
        self._publisher = publisher
        return publisher

    def publish_async_pending(self) -> int:
        """How many publishes of `publish_async` are not acknowledged yet."""
        return len(self._publisher.outstanding) if self._publisher is not None else 0

    async def publish_async_completed(self) -> None:
        """Wait until all publishes of `publish_async` are acknowledged or have failed."""
        if self._publisher is not None:
            await self._publisher.completed()

    # More than one message.

    def atomic_batch(self, timeout: float | None = None) -> AtomicBatch:
        """Messages that are stored all together or not at all (server 2.12).

        `timeout`: seconds for each acknowledgement. Raises ApiLevelError.
        """
        self._check_level(AtomicBatch.LEVEL)
        return AtomicBatch(self, self._seconds(timeout))

    def fast_batch(
        self,
        *,
        ack_every: int = 100,
        acks_ahead: int = 2,
        allow_gaps: bool = False,
        timeout: float | None = None,
    ) -> FastBatch:
        """Many messages for one stream, stored as they come, acknowledged in groups (server 2.14).

        `ack_every` so many messages at most; at most `acks_ahead` such groups are on their way.
        `allow_gaps`: go on when one is lost or refused. `timeout`: seconds without an
        acknowledgement. Raises ApiLevelError.
        """
        self._check_level(FastBatch.LEVEL)
        return FastBatch(self, ack_every, acks_ahead, allow_gaps, self._seconds(timeout))

    # At a later time.

    async def schedule(
        self,
        subject: str,
        payload: bytes = b"",
        *,
        target: str,
        at: datetime | str | None = None,
        every: float | str | None = None,
        cron: str | None = None,
        time_zone: str | None = None,
        source: str | None = None,
        msg_ttl: float | str | None = None,
        rollup: bool = False,
        headers: HeadersLike | None = None,
        timeout: float | None = None,
    ) -> api.PubAck:
        """Have a message published to `target`, at a time or again and again (ADR-51).

        The schedule is the last message of `subject`; both subjects are of the same stream, which
        must allow schedules. Purging `subject` ends it; `at` ends by itself.

        One of `at` (server 2.12); `every` so many seconds (1 at least) or a Go duration; `cron`,
        with six fields from the seconds to the day of the week, or "@hourly", "@daily" and so on,
        in UTC or `time_zone` (both server 2.14). What is published is `payload` and `headers`, or
        the last message of `source` (2.14); it lives for `msg_ttl`; with `rollup` (2.14) it
        replaces all earlier ones of the target.

        Raises ValueError for none or several of `at`, `every`, `cron`; ApiLevelError; and what
        `publish` does.
        """
        own = schedule_headers(target, at, every, cron, time_zone, source, msg_ttl, rollup, headers)
        self._check_level(schedule_level(own))
        return self._acknowledgements.read(await self._publish(subject, payload, own, timeout))

    async def _publish(
        self,
        subject: str,
        payload: bytes,
        headers: HeadersLike | None,
        timeout: float | None = None,
    ) -> Msg:
        """What the stream answers; a few times, while none has the subject."""
        seconds = self._seconds(timeout)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._nc.request(subject, payload, seconds, headers=headers)
            except NoRespondersError:
                if attempt == ATTEMPTS:
                    raise NoStreamResponseError(f"no stream has the subject {subject!r}") from None
            await asyncio.sleep(PAUSE_BEFORE_REPEAT)
        raise AssertionError
