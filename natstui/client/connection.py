"""One connection to one server: the asyncio protocol between the socket and the parser.

It answers PINGs, hands every delivery to its subscription, keeps the PONGs in step with the
PINGs, and tells its owner the rest. It never awaits anything of the user's, and whatever goes
wrong in here ends the connection, so that a connection which is there is a connection that reads.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from .errors import (
    AuthorizationError,
    Error,
    MaxPayloadError,
    ProtocolError,
    StaleConnectionError,
    UnexpectedEOF,
)
from .outbox import Outbox
from .protocol.events import Delivery, Err, Event, Info, Malformed, Ping, Pong
from .protocol.info import ServerInfo
from .protocol.message import Message
from .protocol.parser import MAX_MESSAGE, Parser


@dataclass
class Traffic:
    """What a client received so far; `bytes` are of headers and payloads."""

    messages: int = 0
    bytes: int = 0


class Owner(Protocol):
    """Who is told what happens on a connection."""

    def on_info(self, connection: Connection, info: ServerInfo) -> None:
        """The server said INFO again."""

    def on_server_error(self, error: Error) -> None:
        """The server refused something, and stays connected."""

    def on_lost(self, connection: Connection, error: Exception) -> None:
        """The connection is gone, once."""


# The server goes on after these; everything else it says with -ERR it says before it hangs up.
_SURVIVED = (
    "invalid subject",
    "invalid publish subject",
    "permissions violation",
    "maximum subscriptions exceeded",
)


# Bytes that one read may take. Asyncio's own 256 KiB, with the messages in them, are more than
# malloc keeps between two reads: each read would pay for fresh pages, up to half of all the time.
_READ_SIZE = 96 * 1024
_LARGE_READ_SIZE = 256 * 1024  # while a message comes that is larger than the other


class Connection(asyncio.Protocol):
    """The connection; INFO first, then the handshake of the dialer, then deliveries.

    The routes of its `parser` lead to objects with `deliver(messages, size)`, which take a run of
    messages of `size` bytes together.
    """

    def __init__(
        self, owner: Owner, outbox: Outbox, message_type: type[Message], traffic: Traffic
    ) -> None:
        loop = asyncio.get_running_loop()
        self.parser = Parser(message_type)
        self.transport: asyncio.Transport | None = None
        self.info: ServerInfo | None = None
        self.first_info: asyncio.Future[ServerInfo] = loop.create_future()
        self._owner = owner
        self._traffic = traffic
        self._outbox = outbox
        self._pongs: deque[asyncio.Future[None]] = deque()
        self._read_size = 0
        self._established = False
        self._reason: Exception | None = None
        self._lost = False
        self._gone: asyncio.Future[None] = loop.create_future()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # a stream's transport is both
        self._read_up_to(_READ_SIZE)

    def data_received(self, data: bytes) -> None:
        traffic = self._traffic
        try:
            for event in self.parser.feed(data):
                if isinstance(event, Delivery):
                    traffic.messages += len(event.messages)
                    traffic.bytes += event.size
                    event.origin.deliver(event.messages, event.size)  # type: ignore[attr-defined]
                else:
                    self._on_control(event)
            large = self.parser.incomplete > _READ_SIZE
            if large != (self._read_size > _READ_SIZE):
                self._read_up_to(_LARGE_READ_SIZE if large else _READ_SIZE)
        except Exception as error:  # a reader that died silently would look connected for ever
            self.abort(error)

    def _read_up_to(self, size: int) -> None:
        self._read_size = size
        transport = self.transport
        if transport is not None and hasattr(transport, "max_size"):  # of asyncio's own transports
            transport.max_size = size

    def eof_received(self) -> None:
        # asyncio would first write what is left, which a peer that is gone may never read.
        self.abort(UnexpectedEOF())

    def connection_lost(self, exc: Exception | None) -> None:
        if self._lost:
            return
        self._lost = True
        self._gone.set_result(None)
        error = self._reason or exc or UnexpectedEOF()
        if not self.first_info.done():
            self.first_info.set_exception(error)
            self.first_info.exception()  # the dialer may have left already
        self._fail_pongs(error)
        if self._established:
            self._owner.on_lost(self, error)

    def pause_writing(self) -> None:
        if self._established:
            self._outbox.pause()

    def resume_writing(self) -> None:
        if self._established:
            self._outbox.resume()

    # What the client calls.

    def establish(self) -> None:
        """The handshake is done: from now on the owner hears of the end.

        Raises the reason when the end has come already, together with the PONG.
        """
        if self._lost or self.transport is None or self.transport.is_closing():
            raise self._reason or UnexpectedEOF()
        self._established = True

    def ping(self) -> asyncio.Future[None]:
        """Send PING behind everything written so far; the future is done when its PONG comes.

        A future that its caller gave up stays in line, so that the PONGs after it still match.
        """
        future = asyncio.get_running_loop().create_future()
        if self._lost:
            future.set_exception(self._reason or UnexpectedEOF())
            return future
        self._pongs.append(future)
        self._outbox.command(b"PING")
        return future

    def expect_pong(self) -> asyncio.Future[None]:
        """The dialer wrote a PING of its own."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pongs.append(future)
        return future

    def abort(self, reason: Exception) -> None:
        """End it now, without waiting for a peer that may be gone. The owner hears of it."""
        self._reason = self._reason or reason
        self._abort_transport()
        # The transport calls back in a later loop turn, or never if it was closed before.
        asyncio.get_running_loop().call_soon(self.connection_lost, None)

    def _abort_transport(self) -> None:
        if self.transport is not None and not self._lost:  # a transport that is gone may raise
            self.transport.abort()

    async def close(self, timeout: float) -> None:
        """Write what is left and end it, waiting at most `timeout` seconds for the peer."""
        if self.transport is None or self._lost:
            return
        try:
            self.transport.close()
            await asyncio.wait([self._gone], timeout=timeout)
        finally:
            self._abort_transport()

    # What the parser found.

    def _on_control(self, event: Event) -> None:
        match event:
            case Ping():
                self._answer_ping()
            case Pong():
                self._on_pong()
            case Info(json):
                self._on_info(ServerInfo.parse(json))
            case Err(text):
                self._on_err(text)
            case Malformed(error):
                self.abort(error)

    def _answer_ping(self) -> None:
        if self._established:
            self._outbox.command(b"PONG")
        elif self.transport is not None:
            self.transport.write(b"PONG\r\n")

    def _on_pong(self) -> None:
        if self._pongs:
            future = self._pongs.popleft()
            if not future.done():
                future.set_result(None)

    def _on_info(self, info: ServerInfo) -> None:
        self.info = info
        # A cluster's members may allow different sizes; ours is only the likeliest.
        self.parser.max_message = max(MAX_MESSAGE, 2 * info.max_payload)
        if not self.first_info.done():
            self.first_info.set_result(info)
        elif self._established:
            self._owner.on_info(self, info)

    def _on_err(self, text: str) -> None:
        error = error_of_server(text)
        if text.lower().startswith(_SURVIVED):
            self._owner.on_server_error(error)
        else:
            self.abort(error)

    def _fail_pongs(self, error: Exception) -> None:
        for future in self._pongs:
            if not future.done():
                future.set_exception(error)
                future.exception()  # whoever waits sees it; nobody may be waiting
        self._pongs.clear()


def error_of_server(text: str) -> Error:
    """The exception for the words of a -ERR."""
    lowered = text.lower()
    message = f"nats: {text or 'the server refused something, and does not say what'}"
    if "authorization" in lowered or "authentication" in lowered:
        return AuthorizationError(message)
    if lowered.startswith("stale connection"):
        return StaleConnectionError(message)
    if lowered.startswith("maximum payload"):
        return MaxPayloadError(message)
    if lowered.startswith(("unknown protocol", "parser error", "maximum control line")):
        return ProtocolError(message)
    return Error(message)
