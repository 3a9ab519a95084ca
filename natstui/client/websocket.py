"""NATS over WebSocket, for the code that speaks NATS over TCP.

`connect_websocket` opens the connection and does the upgrade; from then on the inner protocol sees
an ordinary stream: what the binary frames hold arrives in `data_received`, what it writes leaves in
binary frames. Frames mean nothing to NATS, so they need not begin or end where its messages do.

The WebSocket protocol itself is the sans-I/O half of the `websockets` package (the extra
`natstui[ws]`), which is imported when the first connection is made.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from natstui.client.errors import Error, ProtocolError, UnexpectedEOF
from natstui.client.protocol.headers import HeadersLike, encode_headers, parse_headers

if TYPE_CHECKING:
    from websockets.client import ClientProtocol
    from websockets.frames import Frame
    from websockets.http11 import Response

__all__ = ["WebSocketTransport", "connect_websocket"]

logger = logging.getLogger(__name__)

CONTINUATION = 0x0
TEXT = 0x1
BINARY = 0x2
DATA = (CONTINUATION, TEXT, BINARY)

SWITCHING_PROTOCOLS = 101
NORMAL_CLOSURE = 1000
# How long what was written, and the end of TLS, may take to leave once the connection is closed.
CLOSE_TIMEOUT = 1.0
MAX_SHOWN_BODY = 200


async def connect_websocket(
    protocol_factory: Callable[[], asyncio.Protocol],
    *,
    host: str,
    port: int,
    path: str = "/",
    secure: ssl.SSLContext | None = None,
    server_hostname: str | None = None,
    headers: HeadersLike | None = None,
    sock: socket.socket | None = None,
) -> tuple[asyncio.Transport, asyncio.Protocol]:
    """Connect to `host` and `port`, upgrade to WebSocket, and put the protocol on top.

    With `secure` it is wss: the certificate must name `server_hostname`, or else `host`. `headers`
    go into the upgrade request, in the place of its own where they have the same name. `sock`, if
    given, is connected already, and `host` is then only a name; it is closed whatever happens.

    There is no timeout: cancelling closes the socket. Raises Error when the `websockets` package
    is missing and when the server refuses the upgrade or does not speak WebSocket, BadHeaderError
    for headers that cannot be sent, OSError when there is no connection.
    """
    try:
        adapter = _Adapter(
            _handshake(secure is not None, host, port, path, headers), protocol_factory
        )
        tls: dict[str, Any] = {}
        if secure is not None:
            tls["server_hostname"] = server_hostname or host
            tls["ssl_shutdown_timeout"] = CLOSE_TIMEOUT
        where: dict[str, Any] = {"sock": sock} if sock else {"host": host, "port": port}
        loop = asyncio.get_running_loop()
        tcp, _ = await loop.create_connection(lambda: adapter, ssl=secure, **where, **tls)
    except BaseException:
        if sock is not None:
            sock.close()
        raise
    try:
        return await adapter.opened
    except BaseException:
        tcp.abort()
        raise


def _handshake(
    secure: bool, host: str, port: int, path: str, headers: HeadersLike | None
) -> ClientProtocol:
    """A WebSocket whose upgrade request waits to be sent."""
    websocket = _client(secure, host, port, path)
    request = websocket.connect()
    for key, values in _by_key(headers or {}).items():
        request.headers.pop(key, None)
        for value in values:
            request.headers[key] = value
    websocket.send_request(request)
    return websocket


def _client(secure: bool, host: str, port: int, path: str) -> ClientProtocol:
    try:
        from websockets.client import ClientProtocol
        from websockets.uri import WebSocketURI
    except ImportError as error:
        raise Error(
            "nats: ws:// and wss:// servers need the websockets package: pip install 'natstui[ws]'"
        ) from error
    path, _, query = path.partition("?")
    uri = WebSocketURI(secure, host, port, path, query)
    # A server's frame holds as much as it had to send: INFO.max_payload is the limit that counts.
    return ClientProtocol(uri, max_size=None, logger=logger)


def _by_key(headers: HeadersLike) -> dict[str, list[str]]:
    # HTTP has the same rules for keys and values as a message, so the same check keeps them out.
    checked = parse_headers(encode_headers(headers)).headers
    return {key: checked.get_all(key) for key in checked}


class WebSocketTransport(asyncio.Transport):
    """A transport whose bytes travel in binary frames. Each `write` or `writelines` is a frame."""

    def __init__(self, adapter: _Adapter) -> None:
        super().__init__()
        self._adapter = adapter

    @property
    def _tcp(self) -> asyncio.Transport:
        return self._adapter.tcp

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data` in one frame; nothing after `close`, as with any transport."""
        if data:
            self._adapter.send(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        """Send what was written and a close frame, then close: without waiting for the server's
        close frame, and within a second even if it takes nothing any more."""
        self._adapter.close(None)

    def abort(self) -> None:
        self._adapter.closing = True
        self._tcp.abort()

    def is_closing(self) -> bool:
        return self._adapter.closing or self._tcp.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._tcp.get_extra_info(name, default)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._adapter.inner

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._adapter.inner = cast(asyncio.Protocol, protocol)

    def is_reading(self) -> bool:
        return self._tcp.is_reading()

    def pause_reading(self) -> None:
        self._tcp.pause_reading()

    def resume_reading(self) -> None:
        self._tcp.resume_reading()

    def get_write_buffer_size(self) -> int:
        return self._tcp.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._tcp.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._tcp.set_write_buffer_limits(high, low)


class _Adapter(asyncio.Protocol):
    """Between the TCP (or TLS) transport and the inner protocol, which exists once upgraded."""

    inner: asyncio.Protocol
    tcp: asyncio.Transport

    def __init__(
        self, websocket: ClientProtocol, protocol_factory: Callable[[], asyncio.Protocol]
    ) -> None:
        self._websocket = websocket
        self._protocol_factory = protocol_factory
        self._upgraded = False
        self._error: Exception | None = None
        self._abort_timer: asyncio.TimerHandle | None = None
        self.closing = False
        self.opened: asyncio.Future[tuple[asyncio.Transport, asyncio.Protocol]] = (
            asyncio.get_running_loop().create_future()
        )

    # What the network says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.tcp = cast(asyncio.Transport, transport)
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._websocket.receive_data(data)
        events = self._websocket.events_received()
        if not self._upgraded and not self._upgrade(cast("list[Response]", events)):
            return
        # Answers to PINGs leave before the inner protocol, which may write too, is run.
        self._flush()
        frames = cast("list[Frame]", events)
        payload = b"".join([frame.data for frame in frames if frame.opcode in DATA])
        if payload:
            self.inner.data_received(payload)
        self._check_end()

    def eof_received(self) -> None:
        self._websocket.receive_eof()
        if not self._upgraded:
            self._refuse(None)
        else:
            self.closing = True
            self._abort_soon()
            self.inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closing = True
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        if self._upgraded:
            self.inner.connection_lost(self._error or exc)
        if not self.opened.done():
            self.opened.set_exception(exc or UnexpectedEOF())

    def pause_writing(self) -> None:
        if self._upgraded:
            self.inner.pause_writing()

    def resume_writing(self) -> None:
        if self._upgraded:
            self.inner.resume_writing()

    # What the inner protocol says

    def send(self, data: bytes | bytearray | memoryview) -> None:
        if not self.closing:
            self._websocket.send_binary(data)
            self._flush()

    def close(self, error: Exception | None) -> None:
        """Start closing; the inner protocol is told `error` when it is done."""
        if self.closing:
            return
        self.closing = True
        self._error = error
        if self._websocket.close_sent is None:
            self._websocket.send_close(NORMAL_CLOSURE)
        self._flush()
        self.tcp.close()
        self._abort_soon()

    def _abort_soon(self) -> None:
        """Closing sends what is buffered first, which a server that reads nothing would prevent."""
        if self._abort_timer is None:
            loop = asyncio.get_running_loop()
            self._abort_timer = loop.call_later(CLOSE_TIMEOUT, self.tcp.abort)

    def _flush(self) -> None:
        for data in self._websocket.data_to_send():
            self.tcp.write(data)

    # From HTTP to WebSocket, and the end

    def _upgrade(self, events: list[Response]) -> bool:
        """Go on with the handshake: whether the WebSocket is open, with its frames in `events`."""
        if self._websocket.handshake_exc is not None:
            self._refuse(events[0] if events else None)
            return False
        if not events:
            return False
        if self.opened.done():  # cancelled: the socket is about to be closed
            return False
        del events[0]
        self.inner = self._protocol_factory()
        self._upgraded = True
        transport = WebSocketTransport(self)
        self.inner.connection_made(transport)
        self.opened.set_result((transport, self.inner))
        return True

    def _refuse(self, response: Response | None) -> None:
        self.closing = True
        if not self.opened.done():
            self.opened.set_exception(_refusal(response, self._websocket.handshake_exc))
        self.tcp.abort()

    def _check_end(self) -> None:
        """Close after a close frame of the server, or after a frame that it must not send."""
        fault = self._websocket.parser_exc
        if fault is not None:
            error = ProtocolError(f"nats: the server broke the WebSocket protocol: {fault}")
            error.__cause__ = fault
            self.close(error)
        elif self._websocket.close_rcvd is not None:
            reason = self._websocket.close_rcvd
            self.close(UnexpectedEOF(f"nats: the server closed the WebSocket: {reason}"))


def _refusal(response: Response | None, cause: Exception | None) -> Error:
    if response is None:
        error = Error("nats: the server does not speak WebSocket here: no valid HTTP response")
    elif response.status_code == SWITCHING_PROTOCOLS:
        error = Error(f"nats: the server's WebSocket handshake is wrong: {cause}")
    else:
        body = bytes(response.body or b"")[:MAX_SHOWN_BODY].decode("utf-8", "replace").strip()
        error = Error(
            "nats: the server refused the WebSocket upgrade:"
            f" HTTP {response.status_code} {response.reason_phrase}{f': {body!r}' if body else ''}"
        )
    error.__cause__ = cause
    return error
