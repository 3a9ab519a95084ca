"""What is to be written, in order, and the one `transport.write` a loop turn that writes it.

A publish is two pieces of bytes appended to a list: its line and its payload. A piece ends where
CR LF stands, so the whole list is one `CRLF.join` away from the wire, and nothing is counted or
copied per message: sums are taken when the list is sealed. Commands (SUB, UNSUB, PING, …) seal
the publishes before them, which keeps everything in the order it was called in, PING included:
the PONG of a flush proves that all earlier publishes have arrived.

The list also outlives a connection. Publishes that were not handed to the transport yet are
written to the next one, but for those that it would not take and hang up over; commands are not
(subscriptions are replayed, and a PING of the lost connection would bring a PONG that nobody waits
for).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .errors import FlushTimeoutError

CRLF = b"\r\n"
FULL = 1024  # pieces that are written at once instead of at the end of the loop turn
FULL_SIZE = 768 * 1024  # or pieces times the bytes of the last: half as much, or one message
_WRITES_BEFORE_YIELD = 8  # a publisher that never waits lets the loop read after so many


class Outbox:
    """The write side of a client; it has at most one transport at a time.

    `pieces` and `prefixes` are public for the sake of `Client.publish`, which is hot: appending
    (line, payload) to `pieces` is publishing. `prefixes` holds `PUB subject ` of subjects that
    were checked, only while nothing stands in the way of a publish; it is emptied by whatever
    does (a lost connection, a transport that asks for a pause, draining).
    """

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        self.pieces: list[bytes] = []
        self.prefixes: dict[str, bytes] = {}
        self.flush_timeout: float | None = None
        self._on_error = on_error
        self._sealed: list[tuple[bool, list[bytes]]] = []  # (is publishes, their pieces)
        self._sealed_size = 0
        self._transport: asyncio.WriteTransport | None = None
        self._resumed: asyncio.Future[None] | None = None  # set while the transport is paused
        self._writes = 0
        self._messages = 0
        self._bytes = 0

    @property
    def clear_way(self) -> bool:
        """Whether a publish can go straight out: connected, and the transport takes bytes."""
        return self._transport is not None and self._resumed is None

    @property
    def is_offline(self) -> bool:
        """Whether what is put in waits for a connection to come."""
        return self._transport is None

    @property
    def pending_size(self) -> int:
        """Bytes that were not handed to the operating system yet."""
        written = self._transport.get_write_buffer_size() if self._transport else 0
        return self._sealed_size + _size(self.pieces) + written

    def totals(self) -> tuple[int, int]:
        """(messages, bytes of headers and payload) published so far."""
        self._seal()
        return self._messages, self._bytes

    def publish(self, line: bytes, head: bytes, payload: bytes) -> None:
        """Put one message in: PUB or HPUB line without its CR LF, header block or b"", payload."""
        pieces = self.pieces
        pieces.append(line)
        pieces.append(head + payload)
        if self._transport is None:
            self._seal()  # every byte of what waits is counted
        elif len(pieces) == 2:
            self.flush_soon()

    def command(self, line: bytes) -> None:
        """Put a line in that is worth nothing after this connection. Ignored without one."""
        if self._transport is None:
            return
        self._seal()
        self._sealed.append((False, [line]))
        self._sealed_size += _size([line])
        if len(self._sealed) < 3:
            self.flush_soon()

    def flush_soon(self) -> None:
        """Write at the end of this loop turn."""
        if self._transport is not None:
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Hand everything to the transport, in one write; nothing while it asks for a pause.

        What is kept back meanwhile is not lost when the connection never recovers.
        """
        if self._resumed is None:
            self.write()

    def write(self) -> None:
        """As `flush`, but whatever the transport asks for; nothing to one that is closing."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._sealed:
            self._seal()
            pieces = [piece for _, part in self._sealed for piece in part]
            self._sealed.clear()
            self._sealed_size = 0
        elif self.pieces:
            pieces = self.pieces
            self._count()
        else:
            return
        pieces.append(b"")
        data = CRLF.join(pieces)
        pieces.clear()
        transport.write(data)

    async def relieve(self) -> None:
        """Write, and wait for as long as the transport asks for. For publishers with much to say.

        The wait is bounded by `flush_timeout` (seconds) if there is one; running into it reports
        FlushTimeoutError.
        """
        self.flush()
        if self._resumed is not None:
            await self._wait_for_transport(self._resumed)
            return
        self._writes += 1
        if self._writes % _WRITES_BEFORE_YIELD == 0:
            await asyncio.sleep(0)

    async def _wait_for_transport(self, resumed: asyncio.Future[None]) -> None:
        try:
            async with asyncio.timeout(self.flush_timeout):
                await asyncio.shield(resumed)
        except TimeoutError:
            self._on_error(FlushTimeoutError())

    @property
    def full(self) -> bool:
        """Whether a publisher should `relieve` before it goes on."""
        pieces = self.pieces
        waiting = len(pieces)
        return (
            self._resumed is not None
            or waiting > FULL
            or (waiting > 0 and waiting * len(pieces[-1]) > FULL_SIZE)
        )

    def attach(self, transport: asyncio.WriteTransport, greeting: bytes) -> None:
        """Write to `transport` from now on: `greeting` (the SUBs) first, then what waited."""
        self._transport = transport
        transport.write(greeting)
        self.flush()

    def detach(self) -> None:
        """The transport is gone: keep the publishes, forget the commands."""
        self._seal()
        self._transport = None
        self._sealed = [part for part in self._sealed if part[0]]
        self._sealed_size = sum(_size(part) for _, part in self._sealed)
        self.prefixes.clear()
        self.resume()

    def drop_larger(self, most: int) -> list[tuple[bytes, int]]:
        """Take out what has more than `most` bytes of headers and payload.

        Gives (line, size) of each. They do not count as published.
        """
        self._seal()
        dropped = []
        for is_publishes, part in self._sealed:
            if is_publishes and max(map(len, part[1::2]), default=0) > most:
                messages = list(zip(part[::2], part[1::2], strict=True))
                dropped += [(line, len(body)) for line, body in messages if len(body) > most]
                part[:] = [
                    piece for message in messages if len(message[1]) <= most for piece in message
                ]
        self._messages -= len(dropped)
        self._bytes -= sum(size for _, size in dropped)
        self._sealed_size = sum(_size(part) for _, part in self._sealed)
        return dropped

    def discard(self) -> None:
        """Forget everything: nobody will connect any more."""
        self.detach()
        self._sealed.clear()
        self._sealed_size = 0

    def pause(self) -> None:
        """The transport's buffer is full: publishers wait until `resume`."""
        self.prefixes.clear()
        if self._resumed is None:
            self._resumed = asyncio.get_running_loop().create_future()

    def resume(self) -> None:
        """The transport takes bytes again."""
        if self._resumed is not None:
            self._resumed.set_result(None)
            self._resumed = None
            self.flush_soon()

    def _seal(self) -> None:
        pieces = self.pieces
        if pieces:
            self._count()
            self._sealed_size += _size(pieces)
            if self._sealed and self._sealed[-1][0]:
                self._sealed[-1][1].extend(pieces)
            else:
                self._sealed.append((True, pieces[:]))
            pieces.clear()

    def _count(self) -> None:
        self._messages += len(self.pieces) // 2
        self._bytes += sum(map(len, self.pieces[1::2]))


def _size(pieces: list[bytes]) -> int:
    """Bytes on the wire."""
    return sum(map(len, pieces)) + len(CRLF) * len(pieces)
