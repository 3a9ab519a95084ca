"""The part of the client that publishes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..errors import (
    BadTimeoutError,
    ConnectionClosedError,
    ConnectionDrainingError,
    Error,
    FlushTimeoutError,
    MaxPayloadError,
    OutboundBufferLimitError,
)
from ..outbox import FULL, FULL_SIZE
from ..protocol.headers import HeadersLike, encode_headers
from ..protocol.subjects import check_publish_subject
from ..state import LIVE, WAITING, ConnectionStatus
from .standing import Standing

_SMALL = 4096  # bytes; no max_payload is less, or the quick way to publish is not taken
_LARGE = 1024  # bytes; FULL pieces of fewer are not much
_SIZES = tuple(b"%d" % size for size in range(_SMALL))
_PREFIXES_KEPT = 4096


class Publishing(Standing):
    """Puts messages into the outbox, and finds out whether the server has them."""

    _loop: asyncio.AbstractEventLoop
    # Those of the outbox, which is one step less to each.
    _pieces: list[bytes]
    _prefixes: dict[str, bytes]

    async def publish(
        self,
        subject: str,
        payload: bytes = b"",
        reply: str = "",
        headers: HeadersLike | None = None,
    ) -> None:
        """Publish a message.

        It is written at the end of this turn of the loop at the latest. Returns sooner, unless the
        connection cannot take more, which is then waited for; who cancels that wait does not take
        the message back. While reconnecting, messages are kept for the next connection,
        `pending_size` bytes of them.

        `payload` is anything bytes-like. `headers` maps keys to a str or a list of them.

        Raises BadSubjectError, BadHeaderError, MaxPayloadError (headers and payload count),
        OutboundBufferLimitError, ConnectionClosedError, ConnectionDrainingError, and what the
        publish guard raises.
        """
        # Everything out of the ordinary (first publish to a subject, not connected, transport
        # paused, a guard, …) has no prefix here and goes the long way.
        prefix = self._prefixes.get(subject)
        if prefix is None or reply or payload.__class__ is not bytes:
            self._send(subject, payload, reply, headers)
            if self._outbox.full:
                await self._outbox.relieve()
            return
        if headers:
            head = encode_headers(headers)
            payload = head + payload
            line = b"H%b%d " % (prefix, len(head))
        else:
            line = prefix
        size = len(payload)
        try:
            line += _SIZES[size]
        except IndexError:
            self._check_size(size)
            line += b"%d" % size
        pieces = self._pieces
        pieces.append(line)
        pieces.append(payload)
        waiting = len(pieces)
        if waiting == 2:
            self._loop.call_soon(self._outbox.flush)
        elif waiting > FULL or (size >= _LARGE and waiting * size > FULL_SIZE):
            await self._outbox.relieve()

    def _send(
        self,
        subject: str,
        payload: bytes,
        reply: str = "",
        headers: HeadersLike | None = None,
        open_first: Callable[[], None] | None = None,
    ) -> None:
        """Put a message into the outbox, without waiting; raises what `publish` does.

        `open_first` begins the subscription for the answers: nothing of a message that the guard
        refuses may be written, and it is asked once.
        """
        life = self._life
        if life is None or life.status not in LIVE:
            self._check_may_wait()
        options = self._options
        if options.publish_guard is not None:
            options.publish_guard(subject)
        if not options.skip_subject_validation:
            check_publish_subject(subject)
            if reply:
                check_publish_subject(reply)
        if payload.__class__ is not bytes:
            payload = _as_bytes(payload)
        head = encode_headers(headers) if headers else b""
        self._check_size(len(head) + len(payload))
        line = b" ".join(_fields(subject, reply, head, payload))
        outbox = self._outbox
        if outbox.is_offline:
            self._check_room(len(line) + len(head) + len(payload) + 4)
        if open_first is not None:
            open_first()
        outbox.publish(line, head, payload)
        if outbox.clear_way and not options.publish_guard and self._max_payload >= _SMALL:
            self._remember_prefix(subject)

    def _send_with_reply(
        self,
        subject: str,
        payload: bytes,
        reply: str,
        headers: HeadersLike | None,
        write_at: int,
    ) -> None:
        """As `publish` does, without waiting for anything.

        `reply` is one of ours. Written when there are `write_at` pieces, two a message.
        """
        pieces = self._pieces
        prefix = self._prefixes.get(subject)
        if prefix is None or headers or payload.__class__ is not bytes:
            self._send(subject, payload, reply, headers)
            return
        size = len(payload)
        if size > self._max_payload:
            self._check_size(size)
        pieces.append(b"%b%b %d" % (prefix, reply.encode(), size))
        pieces.append(payload)
        if len(pieces) >= write_at:
            self._outbox.flush()
        elif len(pieces) == 2:
            self._loop.call_soon(self._outbox.flush)

    def _remember_prefix(self, subject: str) -> None:
        if len(self._prefixes) >= _PREFIXES_KEPT:
            self._prefixes.clear()
        self._prefixes[subject] = b"PUB %b " % subject.encode()

    # What may be sent.

    def _check_may_wait(self) -> None:
        """Whether a message may be kept for a connection to come. Raises if not."""
        status = self.status
        if status is ConnectionStatus.DRAINING_PUBS:
            raise ConnectionDrainingError()
        if status not in WAITING:
            raise ConnectionClosedError()

    def _check_room(self, size: int) -> None:
        if self._outbox.pending_size + size > self._options.pending_size:
            raise OutboundBufferLimitError(
                f"nats: {self._outbox.pending_size} bytes wait for a connection already, "
                f"{self._options.pending_size} is the most (pending_size)"
            )

    def _check_size(self, size: int) -> None:
        if self._max_payload and size > self._max_payload:
            raise MaxPayloadError(
                f"nats: {size} bytes of headers and payload; "
                f"the server takes {self._max_payload} at most (max_payload)"
            )

    # Round trips.

    async def flush(self, timeout: float = 10) -> None:
        """Return when the server has processed everything that was written before.

        While reconnecting, it waits for the connection first. Raises BadTimeoutError for a timeout
        (seconds) that is not positive, FlushTimeoutError, ConnectionClosedError, and the reason
        when the connection is lost meanwhile.
        """
        if not timeout > 0:  # nor is NaN
            raise BadTimeoutError()
        self._live()
        await self._flush_link(timeout)

    async def _flush_link(self, timeout: float) -> None:
        life = self._live()
        try:
            async with asyncio.timeout(timeout):
                connection = life.connection or await life.connected()
                await connection.ping()
        except Error:
            raise
        except TimeoutError:
            raise FlushTimeoutError() from None

    async def rtt(self, timeout: float = 10) -> float:
        """Seconds that a PING and its PONG take. Raises what `flush` raises."""
        start = self._loop.time() if self._life else 0
        await self.flush(timeout)
        return self._loop.time() - start


def _fields(subject: str, reply: str, head: bytes, payload: bytes) -> list[bytes]:
    """The fields of the PUB or HPUB line."""
    fields = [b"HPUB" if head else b"PUB", subject.encode()]
    if reply:
        fields.append(reply.encode())
    if head:
        fields.append(b"%d" % len(head))
    fields.append(b"%d" % (len(head) + len(payload)))
    return fields


def _as_bytes(payload: object) -> bytes:
    if isinstance(payload, bytes | bytearray | memoryview):
        return bytes(payload)
    raise TypeError(f"nats: a payload is bytes, not {type(payload).__name__}")
